"""The rule `impossible_distance`."""
