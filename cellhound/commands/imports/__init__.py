"""``import``: other tools' recordings, made into traces.

Importing the modules puts their commands into the group, in the order in which help lists them.
"""

from cellhound.commands.imports import logs, registers, captures  # isort: skip  # noqa: F401
from cellhound.commands.imports.group import import_

__all__ = ["import_"]
