"""The rule `caller_rate`."""
