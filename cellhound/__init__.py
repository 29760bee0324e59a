"""Finds rogue base stations while they are on the air: the commands. The rest is in the rooms."""

from cellhound.door import main

__all__ = ["main"]
