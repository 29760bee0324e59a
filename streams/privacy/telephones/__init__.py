"""Telephone numbers of calls: what is kept of one, of a column of them, and of one in a message."""
