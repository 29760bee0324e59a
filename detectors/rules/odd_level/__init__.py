"""The rule `odd_level`."""
