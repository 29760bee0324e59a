"""The simulated cells and their radio."""
