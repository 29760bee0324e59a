"""What is remembered of a partition's callers, for all rules of calls at once."""
