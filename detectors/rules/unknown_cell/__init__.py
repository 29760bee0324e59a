"""The rule `unknown_cell`."""
