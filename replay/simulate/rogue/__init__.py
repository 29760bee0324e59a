"""The simulated transmitters: where they are, what they claim, and whom they capture."""
