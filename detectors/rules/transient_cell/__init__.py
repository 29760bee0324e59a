"""The rule `transient_cell`."""
