"""Rows of a batch, picked out and read for rules."""
