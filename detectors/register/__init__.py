"""The operator's list of cells as sorted arrays."""
