"""The store's tables, as ``tables.toml`` beside this file describes them.

Everything in them can be made anew from the topics, so they have no migrations: a store of another
`SCHEMA` is emptied and filled again.
"""

from pathlib import Path
from typing import Final

from field.console.databases import read_tables

#: Raised with every change of a table or of what is written into one.
SCHEMA: Final = "7"

METADATA: Final = read_tables(Path(__file__).with_suffix(".toml"))
_OF: Final = METADATA.tables
META: Final = _OF["meta"]
OFFSETS: Final = _OF["offsets"]
TOPICS: Final = _OF["topics"]
UNREAD: Final = _OF["unread"]
ALERTS: Final = _OF["alerts"]
SUMMARIES: Final = _OF["summaries"]
REVISIONS: Final = _OF["revisions"]
REVISION_VALUES: Final = _OF["revision_values"]
ALERT_NUMBERS: Final = _OF["alert_numbers"]
HANDLING: Final = _OF["handling"]
ACTIONS: Final = _OF["actions"]
FINDINGS: Final = _OF["findings"]
MEASUREMENTS: Final = _OF["measurements"]
FEEDBACK: Final = _OF["feedback"]
DELIVERIES: Final = _OF["deliveries"]
WORKERS: Final = _OF["workers"]
REGISTER_HEALTH: Final = _OF["register_health"]
CELLS: Final = _OF["cells"]
NUMBERS: Final = _OF["numbers"]
REPORTS: Final = _OF["reports"]
VICTIMS: Final = _OF["victims"]
EVENTS: Final = _OF["events"]

#: R*Trees by the table whose ``place`` they name. They find boxes on SQLite, rounded outwards to 32
#: bits, so that the exact columns are asked too; on PostgreSQL plain indexes do.
BOXES: Final = {"alerts": "alert_boxes", "cells": "cell_boxes"}
