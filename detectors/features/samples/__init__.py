"""Ordinary reports that several rules draw as a sample: once for all of them, in columns."""
