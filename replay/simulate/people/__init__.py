"""The simulated phones and how they move, camp and call."""
