"""Recordings that others made, turned into traces as the contract describes them.

A capture is decoded as far as the contract has fields for it and no further: nothing that names a
person leaves this package, and what can't be decoded is counted by reason, never raised.
"""
