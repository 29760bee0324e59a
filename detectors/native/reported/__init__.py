"""Ordinary reports put to their sites, and counted by cell, by our own library."""
