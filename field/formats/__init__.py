"""Alerts in the formats of other people's tools. All coordinates that leave are WGS84 unless said.

Pure functions from records to text or bytes; nothing here reads a clock, a file or a network.
"""
