"""What the domain of a link looks like beside the brands that frauds pose as."""
