"""The fields of each collection with their types, from the records and tables that they are of.

Identities of cells have up to 36 bits (TS 38.413, 9.3.1.7), times in ms 41: integers here are of 64
bits, and are declared so wherever a reader looks.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from detectors.alert.record import Alert
from field.console.store.tables import CELLS, MEASUREMENTS
from field.formats.words.iso_times import is_moment, iso_name

#: ``json`` is an object or a list, which GIS show as text.
Kind = Literal["text", "integer", "number", "flag", "moment", "json"]


class Field(NamedTuple):
    """A property of a feature."""

    name: str
    kind: Kind
    meaning: str = ""


class Collection(NamedTuple):
    """A collection: its words, its properties, which of them may be asked for, and its geometry
    (a GeoJSON type, "" for any)."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    queryables: tuple[str, ...]
    geometry: str
    #: The property that holds a feature's name, and those that hold its time.
    identity: str
    times: tuple[str, ...]


_OF_JSON: Final[dict[str, Kind]] = {
    **{"string": "text", "integer": "integer", "number": "number", "boolean": "flag"},
}
#: Of a feature of alerts: `region` is the geometry.
_NOT_PROPERTIES: Final = ("region",)


def _of_record(record: type[msgspec.Struct]) -> Iterator[Field]:
    _, parts = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    for name, spec in parts[record.__name__]["properties"].items():
        if name not in _NOT_PROPERTIES:
            yield Field(name, _kind(spec), spec.get("description", ""))


def _kind(spec: dict[str, Any]) -> Kind:
    kinds = [_type(one) for one in spec.get("anyOf", [spec]) if one.get("type") != "null"]
    return _OF_JSON.get(kinds[0], "json") if len(kinds) == 1 else "json"


def _type(spec: dict[str, Any]) -> str:
    # Listed texts have no type beside their values.
    return "string" if "enum" in spec else str(spec.get("type"))


def _of_table(table: sa.Table, *left_out: str) -> Iterator[Field]:
    for column in table.c:
        if column.name in (*left_out, "lat", "lon"):
            continue
        if isinstance(column.type, sa.Float):
            yield Field(column.name, "number")
        else:
            is_text = isinstance(column.type, sa.Text)
            yield Field(column.name, "text" if is_text else "integer")


def _with_texts(fields: Iterator[Field]) -> tuple[Field, ...]:
    """With the ISO text behind each moment, as features have it."""
    made = []
    for field in fields:
        made.append(field)
        if is_moment(field.name) and field.kind in ("integer", "number"):
            made.append(Field(iso_name(field.name), "moment", f"{field.name} as ISO 8601, UTC."))
    return tuple(made)


def _alerts() -> Iterator[Field]:
    yield from _of_record(Alert)
    yield Field("state", "text", "What people have made of it: the state of its life cycle.")


COLLECTIONS: Final = {
    one.name: one
    for one in (
        Collection(
            *("alerts", "Alerts"),
            "The newest revision of each alert; its geometry is the 90 % region.",
            _with_texts(_alerts()),
            ("severity", "status", "state", "kind", "rat", "operator", "campaign"),
            geometry="",
            identity="alert_id",
            times=("first_seen_iso", "last_seen_iso"),
        ),
        Collection(
            *("cells", "Cell register", "The operator's list of its cells."),
            _with_texts(_of_table(CELLS, "place")),
            ("rat", "mcc", "mnc", "area", "cell", "kind"),
            geometry="Point",
            identity="key",
            times=(),
        ),
        Collection(
            *("measurements", "Field measurements", "Readings of the teams' instruments."),
            _with_texts(_of_table(MEASUREMENTS, "digest")),
            ("rat", "mcc", "mnc", "area", "cell", "device"),
            geometry="Point",
            identity="",
            times=("ts_iso",),
        ),
    )
}
