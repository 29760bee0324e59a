"""What comes off the wire, unpacked and taken apart within bounds, below all that knows topics."""
