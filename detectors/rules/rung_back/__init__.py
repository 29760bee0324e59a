"""The rule `rung_back`."""
