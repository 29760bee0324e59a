"""A place from reports, for a transmitter that stands."""
