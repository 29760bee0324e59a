"""Asks the store what lies on the map: readings of instruments, sensors, cells of the register."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from detectors.audit.register_health import RegisterHealth
from detectors.audit.wrong_row import WrongRow
from detectors.model.finding import Identity
from field.console.store.opening import is_sqlite
from field.console.store.queries.query import Box, in_tree
from field.console.store.tables import CELLS, MEASUREMENTS, REGISTER_HEALTH
from geo.earth.sphere import distance_m

#: By what one reading is another: nobody measures the same twice within a millisecond.
_OF_A_READING: Final = (*("device", "ts", "rat", "mcc", "mnc", "area", "cell", "arfcn", "pci"),)
_SAME_DB: Final = 0.01
#: Degrees of latitude about a place in which its nearest cell is looked for, one after the other.
_NEAR_DEG: Final = (0.01, 0.05, 0.25)


def measurements(
    connection: Connection,
    box: Box | None,
    begin: int | None,
    end: int | None,
    limit: int,
    offset: int = 0,
    named: bool = False,
    equal: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Readings of the teams' instruments, the newest first; ``begin`` to ``end`` bound ``ts``, and
    fields are ``equal`` to what is given. ``named``: with the ``digest`` that tells them apart."""
    m = MEASUREMENTS.c
    found = connection.execute(
        select(*(column for column in m if named or column.name != "digest"))
        .where(*_within(m, box, begin, end), *_equal(m, equal))
        .order_by(m.ts.desc(), m.digest)
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in found.mappings()]


def is_measured(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether this reading is there already: of the same instrument at the same ``ts``, of the same
    cell, and as strong."""
    m = MEASUREMENTS.c
    same = [m[name].is_not_distinct_from(row.get(name)) for name in _OF_A_READING]
    level = m.signal_dbm.between(row["signal_dbm"] - _SAME_DB, row["signal_dbm"] + _SAME_DB)
    return connection.execute(select(m.ts).where(*same, level).limit(1)).first() is not None


def sensors(connection: Connection, most: int = 500) -> list[dict[str, Any]]:
    """The newest reading of each instrument: ``device``, ``last_ts`` (its arrival), place."""
    m = MEASUREMENTS.c
    newest = select(m.device, func.max(m.rx_ts).label("rx_ts")).group_by(m.device).subquery()
    same = and_(m.device == newest.c.device, m.rx_ts == newest.c.rx_ts)
    found = connection.execute(
        select(m.device, m.rx_ts, m.lat, m.lon)
        .select_from(MEASUREMENTS.join(newest, same))
        .order_by(m.rx_ts.desc())
        .limit(most)
    )
    newest_of: dict[str, dict[str, Any]] = {}
    for device, rx_ts, lat, lon in found:
        newest_of.setdefault(device, {"device": device, "last_ts": rx_ts, "lat": lat, "lon": lon})
    return list(newest_of.values())


def cells(
    connection: Connection,
    box: Box | None,
    limit: int,
    offset: int = 0,
    equal: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Cells of the register whose fields are ``equal`` to what is given, in the order of keys."""
    c = CELLS.c
    where = _equal(c, equal) + ([] if box is None else [_in_cells(connection, box)])
    found = connection.execute(
        select(*(column for column in c if column.name != "place"))
        .where(*where)
        .order_by(c.key)
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in found.mappings()]


def register_health(
    connection: Connection, kind: str | None, limit: int
) -> tuple[list[RegisterHealth], Counter[str], list[WrongRow]]:
    """What the newest audit of each zone found: the zones, without their rows; how many rows there
    are by kind; and those of one kind (``None``: all), the likeliest to be wrong first."""
    values = connection.execute(select(REGISTER_HEALTH.c.value).order_by(REGISTER_HEALTH.c.zone))
    zones = [msgspec.json.decode(value, type=RegisterHealth) for value in values.scalars()]
    rows = [row for zone in zones for row in zone.rows]
    chosen = [row for row in rows if kind in (None, row.kind)]
    chosen.sort(key=lambda row: (-row.probability, row.key))
    bare = [msgspec.structs.replace(zone, rows=[]) for zone in zones]
    return bare, Counter(row.kind for row in rows), chosen[:limit]


def cell_of(connection: Connection, key: str) -> dict[str, Any] | None:
    """A cell of the register by its key."""
    row = connection.execute(select(CELLS).where(CELLS.c.key == key)).mappings().first()
    return None if row is None else dict(row)


def nearest_cell(
    connection: Connection, lat: float, lon: float, claimed: Sequence[Identity]
) -> dict[str, Any] | None:
    """The register's cell that stands nearest, of a claimed technology where one is known; within
    some 25 km."""
    c = CELLS.c
    rats = {who.rat for who in claimed if who.rat}
    for reach in _NEAR_DEG:
        wide = min(reach * 2.0, 180.0)
        box = Box(lon - wide, lat - reach, lon + wide, lat + reach)
        where = [_in_cells(connection, box)] + ([c.rat.in_(rats)] if rats else [])
        found = connection.execute(
            select(c.key, c.lat, c.lon, c.kind).where(*where).limit(5000)
        ).all()
        if found:
            away = [float(distance_m(lat, lon, row.lat, row.lon)) for row in found]
            at = min(range(len(found)), key=away.__getitem__)
            return {**found[at]._mapping, "distance_m": round(away[at], 1)}
    return None


def count(
    connection: Connection,
    rows: Table,
    box: Box | None,
    begin: int | None = None,
    end: int | None = None,
    equal: Mapping[str, Any] | None = None,
) -> int:
    """How many cells or readings are in a box and span of time, with fields ``equal`` to these."""
    where = _within(rows.c, box, begin, end) + _equal(rows.c, equal)
    return connection.execute(select(func.count()).select_from(rows).where(*where)).scalar_one()


def reading_of(connection: Connection, digest: bytes) -> dict[str, Any] | None:
    """A reading by what tells it apart."""
    one = select(MEASUREMENTS).where(MEASUREMENTS.c.digest == digest)
    row = connection.execute(one).mappings().first()
    return None if row is None else dict(row)


def _equal(c: Any, equal: Mapping[str, Any] | None) -> list[ColumnElement[bool]]:
    return [c[name] == value for name, value in (equal or {}).items() if value is not None]


def _within(
    c: Any, box: Box | None, begin: int | None, end: int | None
) -> list[ColumnElement[bool]]:
    where = [] if box is None else [_inside(c, box)]
    where += [c.ts >= begin] if begin is not None else []
    return where + ([c.ts <= end] if end is not None else [])


def _in_cells(connection: Connection, box: Box) -> ColumnElement[bool]:
    inside = _inside(CELLS.c, box)
    if is_sqlite(connection) and box.west <= box.east:
        return and_(CELLS.c.place.in_(in_tree("cells", box)), inside)
    return inside


def _inside(c: Any, box: Box) -> ColumnElement[bool]:
    within = and_(c.lat >= box.south, c.lat <= box.north)
    if box.west <= box.east:
        return and_(within, c.lon >= box.west, c.lon <= box.east)
    return and_(within, or_(c.lon >= box.west, c.lon <= box.east))
