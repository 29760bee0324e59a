"""What the console shows of calls: campaigns, numbers, and the register of numbers."""
