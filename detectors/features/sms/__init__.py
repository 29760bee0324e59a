"""Messages of phones joined with the records of the centre."""
