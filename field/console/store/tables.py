"""The store's tables: what was read from the topics, so that it can be asked quickly.

Everything in them can be made anew from the topics, so they have no migrations: a store of another
`SCHEMA` is emptied and filled again. Times are ms, places WGS84 degrees. A row's ``digest`` is that
of the bytes that it came from, so that a topic which is read again adds nothing.

Boxes (``west`` .. ``north``) are what a region spans. On SQLite an R*Tree finds them
(`BOXES`, rounded outwards to 32 bits, so that the exact columns are asked too), on PostgreSQL
plain indexes do.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

#: Raised with every change of a table or of what is written into one.
SCHEMA: Final = "4"

METADATA: Final = MetaData()
#: Rows numbered by the database itself: SQLite numbers only plain integers.
_PLACE: Final = BigInteger().with_variant(Integer(), "sqlite")


def _must(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


META: Final = Table("meta", METADATA, Column("name", Text, primary_key=True), _must("value", Text))
#: The offset to read next, written together with what the records before it brought.
OFFSETS: Final = Table(
    "offsets",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    _must("next_offset", BigInteger),
)
#: The id that Kafka gave each topic when it was made, to tell one that was deleted and made anew.
TOPICS: Final = Table(
    "topics", METADATA, Column("topic", Text, primary_key=True), _must("topic_id", Text)
)
#: How many records of a topic could not be read.
UNREAD: Final = Table(
    "unread", METADATA, Column("topic", Text, primary_key=True), _must("records", BigInteger)
)


def _facts() -> list[Column[Any]]:
    """What lists are filtered and sorted by."""
    return [
        *(_must(name, BigInteger) for name in ("revision", "ts", "first_seen", "last_seen")),
        *(_must(name, Text) for name in ("status", "kind", "severity")),
        *(_must(name, Text) for name in ("rats", "operators", "search_text")),
        _must("urgency", Integer),
        _must("probability", Float),
        *(Column(name, Float) for name in ("lat", "lon", "west", "south", "east", "north")),
        _must("received_ms", BigInteger),
    ]


def _handling() -> list[Column[Any]]:
    """What people have made of an alert."""
    return [
        _must("state", Text),
        Column("assignee", Text),
        Column("muted_until", BigInteger),
        Column("case_id", Text),
    ]


#: The newest revision of each alert, as lists show it.
ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("place", _PLACE, primary_key=True, autoincrement=True),
    _must("alert_id", Text, unique=True),
    *_facts(),
    *_handling(),
    Index("alerts_order", "urgency", "ts", "alert_id"),
    Index("alerts_received", "received_ms"),
)
#: Their encoded summaries: apart, so that what is searched is small.
SUMMARIES: Final = Table(
    "summaries", METADATA, Column("alert_id", Text, primary_key=True), _must("value", LargeBinary)
)
#: All revisions.
REVISIONS: Final = Table(
    "revisions",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    *(
        Column(column.name, column.type, primary_key=True) if column.name == "revision" else column
        for column in _facts()
    ),
    Index("revisions_ts", "ts", "alert_id", "revision"),
    # All that it takes to find, sort and count what was known at a time.
    Index("revisions_known", "alert_id", "revision", "ts", "urgency", "status", "severity"),
)
#: .. as they stand on their topic.
REVISION_VALUES: Final = Table(
    "revision_values",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    _must("value", LargeBinary),
)
#: What people have made of alerts, also of such as haven't been read yet.
HANDLING: Final = Table(
    "handling", METADATA, Column("alert_id", Text, primary_key=True), *_handling()
)
#: All actions in the order of their topic; ``accepted`` is false where the life cycle forbade it.
#: State and so on are what it was after it.
ACTIONS: Final = Table(
    "actions",
    METADATA,
    Column("place", _PLACE, primary_key=True, autoincrement=True),
    _must("action_id", Text, unique=True),
    _must("alert_id", Text, index=True),
    _must("ts", BigInteger, index=True),
    _must("action", Text),
    _must("person", Text),
    _must("accepted", Boolean),
    *_handling(),
    _must("received_ms", BigInteger),
    _must("value", LargeBinary),
)
FINDINGS: Final = Table(
    "findings",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _must("detector", Text),
    _must("version", Integer),
    _must("ts", BigInteger),
    _must("rx_ts", BigInteger),
    _must("weight", Float),
    Column("rat", Text),
    Column("mcc", Integer),
    Column("mnc", Integer),
    Column("area", BigInteger),
    Column("cell", BigInteger),
    Column("lat", Float),
    Column("lon", Float),
    _must("received_ms", BigInteger, index=True),
    _must("value", LargeBinary),
    Index("findings_ts", "ts"),
    Index("findings_identity", "area", "cell"),
)
MEASUREMENTS: Final = Table(
    "measurements",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _must("ts", BigInteger),
    _must("rx_ts", BigInteger, index=True),
    _must("device", Text),
    _must("rat", Text),
    *(Column(name, BigInteger) for name in ("mcc", "mnc", "area", "cell", "arfcn", "pci")),
    Column("lat", Float),
    Column("lon", Float),
    *(Column(name, Float) for name in ("bearing_to_deg", "bearing_sigma_deg", "signal_dbm")),
    Column("timing_advance", Integer),
    Index("measurements_ts", "ts"),
    Index("measurements_device", "device", "rx_ts"),
)
#: ``action_id`` is that of the action whose verdict it passes on; foreign feedback has none.
FEEDBACK: Final = Table(
    "feedback",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("ts", BigInteger),
    Column("alert_id", Text, index=True),
    Column("verdict", Text),
    Column("person", Text),
    Column("action_id", Text, index=True),
    _must("received_ms", BigInteger),
)
DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _must("ts", BigInteger, index=True),
    _must("channel", Text),
    Column("alert_id", Text, index=True),
    _must("outcome", Text),
    _must("value", LargeBinary),
    Index("deliveries_channel", "channel", "outcome", "ts"),
)
WORKERS: Final = Table(
    "workers",
    METADATA,
    Column("worker", Text, primary_key=True),
    _must("received_ms", BigInteger),
    _must("value", LargeBinary),
)
#: The newest valid row of each cell of the register.
CELLS: Final = Table(
    "cells",
    METADATA,
    Column("place", _PLACE, primary_key=True, autoincrement=True),
    _must("key", Text, unique=True),
    _must("rat", Text),
    *(_must(name, BigInteger) for name in ("mcc", "mnc", "area", "cell")),
    _must("lat", Float),
    _must("lon", Float),
    Column("kind", Text),
    *(Column(name, BigInteger) for name in ("changeable", "arfcn", "pci")),
    Column("range_m", Float),
    Index("cells_lat", "lat", "lon"),
)
#: What was sent to open pages, so that one which was cut off can go on; only the newest stay.
EVENTS: Final = Table(
    "events",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _must("kind", Text),
    _must("data", LargeBinary),
)

#: R*Trees by the table whose ``place`` they name; on SQLite only.
BOXES: Final = {"alerts": "alert_boxes", "cells": "cell_boxes"}
