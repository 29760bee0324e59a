"""The rule `sudden_cell`."""
