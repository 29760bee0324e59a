"""What networks, channels and codes are called by those who use them."""
