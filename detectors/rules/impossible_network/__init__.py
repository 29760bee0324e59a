"""The rule `impossible_network`."""
