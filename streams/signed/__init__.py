"""What consoles sign, and whom those who read it believe: keys, seals in messages, and trust."""
