"""What is remembered of a device from one batch to the next, within bounds."""
