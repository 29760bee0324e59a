"""Levels that travelled together at a correlator: until their turn, and in it."""
