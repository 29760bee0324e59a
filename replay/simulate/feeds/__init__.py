"""What the simulated phones and networks report."""
