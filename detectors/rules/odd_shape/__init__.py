"""The rule `odd_shape`."""
