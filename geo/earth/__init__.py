"""Frames, distances, zones, and the coordinates of mainland China."""
