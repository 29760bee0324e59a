"""The rule `held_back`."""
