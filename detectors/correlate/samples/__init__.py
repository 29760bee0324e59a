"""Ordinary reports that rules have drawn, at a correlator: until their turn, and in it."""
