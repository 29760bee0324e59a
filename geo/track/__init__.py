"""Where a moving transmitter is and where it goes."""
