"""Alerts scored against the truth."""
