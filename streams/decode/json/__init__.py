"""JSON into columns."""
