"""Innocent causes: those of a whole incident, and the list of all."""
