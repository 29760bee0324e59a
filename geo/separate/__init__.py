"""Whether reports come from one transmitter or from two, and which report from which."""
