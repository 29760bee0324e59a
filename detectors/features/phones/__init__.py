"""What is remembered of a partition's phones, for all rules at once."""
