"""The rule `reputation`."""
