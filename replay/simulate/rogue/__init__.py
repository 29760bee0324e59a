"""The simulated transmitter and its victims."""
