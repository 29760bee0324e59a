"""One transmitter or two."""
