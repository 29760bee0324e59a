"""The rule `fallback_share`."""
