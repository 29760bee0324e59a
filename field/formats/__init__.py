"""Alerts in the formats of other people's tools. Coordinates are WGS84 unless named otherwise.

Pure functions from records to text or bytes; nothing here reads a clock, a file or a network.
"""
