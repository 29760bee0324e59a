"""The fields of `network.changes` and `field.feedback` as literal tables, one line a field.

No field of theirs is required, so a wrong one is dropped and counted; only a position or a time
that can't be makes a dead letter of a feedback. The tables drive reading, the JSON Schemas and the
page of messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from detectors.model.codes import CHANGE_KINDS, VERDICTS
from streams.decode.rare.values import (
    AREA_MAX,
    KEY,
    MOST_RADIUS_M,
    area,
    cell_key,
    in_time,
    integer,
    listed,
    polygon,
    radius,
    rename,
    text,
    within,
)
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.decode.schema import RX_TS


@dataclass(frozen=True, slots=True)
class RareField:
    """One field of a rare message: how it is read, and for the documentation what it is.

    ``read`` gives ``None`` for a wrong value; of a field that holds ``many``, it reads each item of
    the list. ``shape`` is the JSON Schema of a value, or of an item. ``fatal`` fields make a dead
    letter of the message where they are wrong, all others are dropped and counted.
    """

    name: str
    read: Callable[[Any], Any]
    shape: Mapping[str, Any]
    meaning: str
    unit: str = ""
    many: bool = False
    fatal: bool = False


_INTEGER: Final = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
_TEXT: Final = {"type": "string"}
_CELL_KEY: Final = {"type": "string", "pattern": f"^(?:{KEY.pattern})$"}
_AREA_CODE: Final = {"type": "integer", "minimum": 0, "maximum": AREA_MAX}
_AREA: Final = {
    "anyOf": [
        _AREA_CODE,
        {
            "type": "object",
            "properties": {
                "mcc": {"type": ["integer", "null"]},
                "mnc": {"type": ["integer", "null"]},
                "area": _AREA_CODE,
            },
            "required": ["area"],
        },
    ]
}
_POINT: Final = {
    "type": "array",
    "minItems": 2,
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
}
_RING: Final = {"type": "array", "minItems": 4, "items": _POINT}
_RINGS: Final = {"type": "array", "minItems": 1, "items": _RING}
_SHAPES: Final = [
    {
        "type": "object",
        "properties": {"type": {"const": kind}, "coordinates": coordinates},
        "required": ["type", "coordinates"],
    }
    for kind, coordinates in (
        ("Polygon", _RINGS),
        ("MultiPolygon", {"type": "array", "minItems": 1, "items": _RINGS}),
    )
]
_FEATURE: Final = {
    "type": "object",
    "properties": {"type": {"const": "Feature"}, "geometry": {"anyOf": _SHAPES}},
    "required": ["type", "geometry"],
}


def _pair(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": shape}


_RX_TS: Final = RareField(
    "rx_ts",
    lambda value: in_time(integer(value)),
    {"type": "integer", "minimum": int(RX_TS.low), "maximum": int(RX_TS.high)},
    RX_TS.meaning,
    "ms",
)

CHANGE_FIELDS: Final = (
    _RX_TS,
    RareField("from_ts", integer, _INTEGER, "When it begins (event time).", "ms"),
    RareField("to_ts", integer, _INTEGER, "When it ends (event time).", "ms"),
    RareField(
        "kind",
        lambda value: listed(value, CHANGE_KINDS),
        {"enum": list(CHANGE_KINDS)},
        "What is announced: new areas or codes (`replan`), a site (`new_site`), a cell on wheels "
        "(`temporary`), works (`maintenance`), or an end (`switch_off`).",
    ),
    RareField(
        "cells",
        cell_key,
        _CELL_KEY,
        "The cells that it is about, as keys of the register (`rat-mcc-mnc-area-cell`).",
        many=True,
    ),
    RareField(
        "areas",
        area,
        _AREA,
        "The areas that it is about, each `{mcc, mnc, area}` or the bare code.",
        many=True,
    ),
    RareField(
        "polygon",
        polygon,
        {"anyOf": [*_SHAPES, _FEATURE]},
        "Where it holds: a GeoJSON Polygon or MultiPolygon (RFC 7946), bare or in a Feature.",
    ),
    RareField(
        "old_to_new",
        rename,
        {"anyOf": [_pair(_CELL_KEY), _pair(_AREA)]},
        "What is renamed: pairs of old and new, either two keys of the register or two areas.",
        many=True,
    ),
    RareField("note", text, _TEXT, "A note for people; numbers of people in it are hashed."),
)

FEEDBACK_FIELDS: Final = (
    _RX_TS,
    RareField(
        "ts",
        integer,
        {"type": "integer", "minimum": YEAR_2000_MS, "maximum": int(RX_TS.high) + DAY_MS},
        "When the team found it. From the year 2000 to a day after the arrival time; outside of "
        "that the message is a dead letter.",
        "ms",
    ),
    RareField("alert_id", text, _TEXT, "The alert that the verdict is about."),
    RareField(
        "verdict",
        lambda value: listed(value, VERDICTS),
        {"enum": list(VERDICTS)},
        "What the team found.",
    ),
    RareField(
        "lat",
        lambda value: within(value, 90),
        {"type": "number", "minimum": -90, "maximum": 90},
        "Latitude where it was found, WGS84. Only together with `lon`.",
        "°",
        fatal=True,
    ),
    RareField(
        "lon",
        lambda value: within(value, 180),
        {"type": "number", "minimum": -180, "maximum": 180},
        "Longitude where it was found, WGS84. Only together with `lat`.",
        "°",
        fatal=True,
    ),
    RareField("note", text, _TEXT, "A note for people; numbers of people in it are hashed."),
    RareField("by", text, _TEXT, "The team; numbers of people in it are hashed."),
    RareField(
        "mute_until_ts",
        lambda value: in_time(integer(value)),
        _RX_TS.shape,
        "Until when (arrival time) an honest identity raises no alert; in the past: not muted.",
        "ms",
    ),
    RareField(
        "mute_radius_m",
        radius,
        {"type": "number", "minimum": 0, "maximum": MOST_RADIUS_M},
        "How far about the place it raises none.",
        "m",
    ),
    RareField(
        "withdrawn",
        lambda value: value if isinstance(value, bool) else None,
        {"type": "boolean"},
        "Takes the verdict back.",
    ),
)

#: The fields of each topic of rare messages.
RARE_FIELDS: Final = {"network.changes": CHANGE_FIELDS, "field.feedback": FEEDBACK_FIELDS}
