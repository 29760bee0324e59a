"""Faust fed in chunks of a partition."""
