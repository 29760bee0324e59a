"""The fields of `network.changes` and `field.feedback` as literal tables, one line a field.

No field of theirs is required, so a wrong one is dropped and counted; only a position or a time
that can't be makes a dead letter of a feedback. The tables drive reading and the JSON Schemas.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from detectors.alert.rights import ROLES
from detectors.model.codes import CHANGE_KINDS, VERDICTS
from streams.decode.rare import values
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.decode.schema import RX_TS
from streams.limits import NAME_CHARACTERS
from streams.signed.seals import FIELD as SEAL
from streams.signed.seals import Seal


@dataclass(frozen=True, slots=True)
class RareField:
    """One field of a rare message. ``read`` gives ``None`` for a wrong value.

    Of a field that holds ``many``, ``read`` and ``shape`` (a JSON Schema) are of each item of the
    list. ``fatal`` fields make a dead letter of the message where they are wrong, ``required`` ones
    also where they are missing; all others are dropped and counted.
    """

    name: str
    read: Callable[[Any], Any]
    shape: Mapping[str, Any]
    many: bool = False
    fatal: bool = False
    required: bool = False

    def taken(self, value: Any, dropped: Counter[str]) -> Any:
        """What is taken of a value: ``None`` of a wrong one, and a list without wrong items; what
        is wrong is counted."""
        if self.many:
            items = value if isinstance(value, list) else []
            found = [self.read(item) for item in items]
            wrong = found.count(None) + (value is not None and not isinstance(value, list))
            taken: Any = tuple(item for item in found if item is not None)
        else:
            taken = None if value is None else self.read(value)
            wrong = value is not None and taken is None
        if wrong:
            dropped[self.name] += wrong
        return taken


_INTEGER: Final = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "maxLength": NAME_CHARACTERS}
_CELL_KEY: Final = {"type": "string", "pattern": f"^(?:{values.KEY.pattern})$"}
_AREA_CODE: Final = {"type": "integer", "minimum": 0, "maximum": values.AREA_MAX}
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


def listed(name: str, words: tuple[str, ...], required: bool = False) -> RareField:
    """A text of a list."""
    shape = {"enum": list(words)}
    return RareField(name, lambda value: values.listed(value, words), shape, required=required)


def _degrees(name: str, limit: int) -> RareField:
    shape = {"type": "number", "minimum": -limit, "maximum": limit}
    return RareField(name, lambda value: values.within(value, limit), shape, fatal=True)


def arrival(name: str) -> RareField:
    """A time of arrival, or one that is compared with such."""
    shape = {"type": "integer", "minimum": int(RX_TS.low), "maximum": int(RX_TS.high)}
    return RareField(name, lambda value: values.in_time(values.integer(value)), shape)


CHANGE_FIELDS: Final = (
    arrival("rx_ts"),
    RareField("from_ts", values.integer, _INTEGER),
    RareField("to_ts", values.integer, _INTEGER),
    listed("kind", CHANGE_KINDS),
    RareField("cells", values.cell_key, _CELL_KEY, many=True),
    RareField("areas", values.area, _AREA, many=True),
    RareField("polygon", values.polygon, {"anyOf": [*_SHAPES, _FEATURE]}),
    RareField("old_to_new", values.rename, {"anyOf": [_pair(_CELL_KEY), _pair(_AREA)]}, many=True),
    RareField("note", values.text, _TEXT),
)


def _seal() -> dict[str, Any]:
    """The shape of `streams.signed.seals.Seal`, in which what isn't required may be null too."""
    shape: dict[str, Any] = msgspec.json.schema_components((Seal,))[1][Seal.__name__]
    fields = {
        name: {key: value for key, value in field.items() if key not in ("default", "description")}
        | ({} if name in shape["required"] else {"type": [field["type"], "null"]})
        for name, field in shape["properties"].items()
    }
    return {"type": "object", "properties": fields, "required": shape["required"]}


_FOUND: Final = {"minimum": YEAR_2000_MS, "maximum": int(RX_TS.high) + DAY_MS}
FEEDBACK_FIELDS: Final = (
    arrival("rx_ts"),
    RareField("ts", values.integer, {"type": "integer", **_FOUND}),
    RareField("alert_id", values.name, _NAME),
    listed("verdict", VERDICTS),
    _degrees("lat", 90),
    _degrees("lon", 180),
    RareField("note", values.text, _TEXT),
    RareField("by", values.name, _NAME),
    arrival("mute_until_ts"),
    RareField(
        "mute_radius_m",
        values.radius,
        {"type": "number", "minimum": 0, "maximum": values.MOST_RADIUS_M},
    ),
    RareField(
        "withdrawn", lambda value: value if isinstance(value, bool) else None, {"type": "boolean"}
    ),
    listed("role", ROLES),
    # Looked at as a whole by `streams.decode.rare.vouching`.
    RareField(
        SEAL,
        lambda value: value if isinstance(value, dict) else None,
        _seal(),
        fatal=True,
    ),
)
