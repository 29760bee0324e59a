"""The filter over a grid: whether it stands, and where."""
