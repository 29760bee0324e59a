"""Recordings that others made, turned into traces (docs/messages.md).

A capture is decoded as far as messages have fields for it and no further: nothing that names a
person leaves this package, and what can't be decoded is counted by reason, never raised.
"""
