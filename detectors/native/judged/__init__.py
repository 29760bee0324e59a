"""Levels as zones judge and learn them, many at once."""
