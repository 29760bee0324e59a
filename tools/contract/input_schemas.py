"""JSON Schemas (draft 2020-12) of the input topics, made from the tables that decoding uses.

A message that its schema accepts is taken whole, and of one that it refuses something is dropped or
all of it is a dead letter: ``x-wrong`` says which. Three things a schema cannot express, so that
decoding alone checks them: that ``ts`` is not more than a day after the arrival time, that a number
is finite, and that a telephone number is no shorter than the prefix that stands beside it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from detectors.model.codes import AREA_BITS, CELL_BITS, NR, RATS
from streams.decode.rare.call_tables import ONE_OF
from streams.decode.rare.tables import RareField
from streams.decode.rare.topics import RARE_FIELDS
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.decode.schema import (
    BROADCAST,
    NEIGHBOUR,
    RX_TS,
    SCHEMAS,
    TIMING_ADVANCE_MAX,
    Field,
    Schema,
)
from streams.decode.schema.fields import EXACT, FINITE

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: Values of ``x-wrong``: what a wrong value does.
DEAD, DROPPED = "dead letter", "dropped"
DROPPED_WITH_CHANNEL: Final = "dropped; dead letter without arfcn"

_TYPES: Final = {
    **{"int": "integer", "float": "number", "bool": "boolean"},
    **{"text": "string", "listed": "string"},
}
_CONTENT_HASH: Final = "^[0-9a-fA-F]{16}$"
#: Fields whose range depends on the RAT that another field names: the highest value by RAT code.
_AREA_MAX: Final = tuple((1 << int(bits)) - 1 for bits in AREA_BITS)
_CELL_MAX: Final = tuple((1 << int(bits)) - 1 for bits in CELL_BITS)
_BY_RAT: Final = (
    ("area", "rat", _AREA_MAX),
    ("cell", "rat", _CELL_MAX),
    ("old_area", "old_rat", _AREA_MAX),
    ("target_cell", "target_rat", _CELL_MAX),
    ("timing_advance", "rat", TIMING_ADVANCE_MAX),
)
#: What messages of these topics and their fields mean, and an example.
_RARE: Final = tomllib.loads(Path(__file__).with_name("rare_messages.toml").read_text("utf-8"))


def input_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each input topic, by topic."""
    return {
        **{topic: _of_columns(schema) for topic, schema in SCHEMAS.items()},
        **{topic: _of_rare(topic, fields) for topic, fields in RARE_FIELDS.items()},
    }


def _of_columns(schema: Schema) -> dict[str, Any]:
    properties = {spec.name: _property(spec, _wrong(schema, spec)) for spec in schema.fields}
    if schema.neighbours:
        properties["neighbours"] = {
            "description": "Other cells that the device received. A wrong part is left out.",
            "type": ["array", "null"],
            "items": _object(NEIGHBOUR),
            "x-wrong": DROPPED,
        }
    if schema.broadcast:
        properties["broadcast"] = {
            "description": "What a probe that decodes system information read of the cell. In "
            "Arrow columns also flattened, as `broadcast.t3212_min`.",
            **_object(BROADCAST),
            "type": ["object", "null"],
            "x-wrong": DROPPED,
        }
    for spec in schema.carried:
        properties[spec.name] = {
            "description": f"{spec.meaning} Kept in register files; not checked here.",
            **({"x-unit": spec.unit} if spec.unit else {}),
        }
    built = _document(schema.topic, schema.meaning, properties, schema.example)
    built["required"] = [spec.name for spec in schema.fields if spec.required]
    built["allOf"] = [*_rat_conditions(schema.fields), *_whole_position(properties)]
    if schema.identity == "or_arfcn":
        identity = ("mcc", "mnc", "area", "cell")
        built["anyOf"] = [_right(["arfcn"], properties), _right(identity, properties)]
    return built


def _of_rare(topic: str, fields: Iterable[RareField]) -> dict[str, Any]:
    words = _RARE[topic]
    arrival = {"rx_ts": {"meaning": RX_TS.meaning, "unit": RX_TS.unit}}
    texts = words["field"] | arrival
    properties = {spec.name: _rare_property(spec, **texts[spec.name]) for spec in fields}
    built = _document(topic, words["meaning"], properties, words["example"])
    if required := [spec.name for spec in fields if spec.required]:
        built["required"] = required
    if one_of := ONE_OF.get(topic):
        by_name = {spec.name: dict(spec.shape) for spec in fields}
        built["anyOf"] = [
            {"required": [name], "properties": {name: by_name[name]}} for name in one_of
        ]
    if position := _whole_position(properties):
        built["allOf"] = position
    return built


def _document(
    topic: str, meaning: str, properties: Mapping[str, Any], example: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": f"urn:cellhound:{topic}",
        "title": topic,
        "description": meaning,
        "type": "object",
        "properties": dict(properties),
        "examples": [dict(example)],
    }


def _object(fields: Iterable[Field]) -> dict[str, Any]:
    fields = tuple(fields)
    built: dict[str, Any] = {
        "type": "object",
        "properties": {spec.name: _property(spec, DROPPED) for spec in fields},
    }
    if conditions := _rat_conditions(fields):
        built["allOf"] = conditions
    return built


def _wrong(schema: Schema, spec: Field) -> str:
    if schema.identity == "or_arfcn" and spec.name in ("mcc", "mnc", "area", "cell"):
        return DROPPED_WITH_CHANNEL
    return DEAD if spec.kills else DROPPED


def _property(spec: Field, wrong: str) -> dict[str, Any]:
    kind = _TYPES[spec.kind]
    built: dict[str, Any] = {
        "description": spec.meaning,
        "type": kind if spec.required else [kind, "null"],
    }
    if spec.listed is not None and spec.any_case:
        built["pattern"] = f"^(?:{'|'.join(map(_any_case, spec.listed))})$"
    elif spec.listed is not None:
        built["enum"] = [*spec.listed] if spec.required else [*spec.listed, None]
    if spec.name == "content_hash":
        built["pattern"] = _CONTENT_HASH
    if spec.kind == "text" and spec.name.endswith("_prefix"):
        built["pattern"] = "^[0-9]+$"
    if spec.number and spec.required:
        built["minLength"] = 1
    low, high = _bounds(spec)
    if low > -FINITE:
        built["minimum"] = _plain(low)
    if high < FINITE:
        built["maximum"] = _plain(high)
    if spec.unit:
        built["x-unit"] = spec.unit
    return built | {"x-wrong": wrong}


def _bounds(spec: Field) -> tuple[float, float]:
    """The range that holds whatever the RAT."""
    if spec.name == "ts":
        return YEAR_2000_MS, RX_TS.high + DAY_MS
    if spec.name == "area":
        return 0, _AREA_MAX[NR]
    if spec.name == "cell":
        return 0, _CELL_MAX[NR]
    return spec.low, spec.high


def _plain(bound: float) -> int | float:
    return int(bound) if float(bound).is_integer() and abs(bound) <= EXACT else bound


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter.lower()}]" for letter in word)


def _rat_conditions(fields: Iterable[Field]) -> list[dict[str, Any]]:
    """``if`` the RAT is this, ``then`` these are the highest values."""
    by_name = {spec.name: spec for spec in fields}
    conditions: list[dict[str, Any]] = []
    for rat_field in ("rat", "radio", "old_rat", "target_rat"):
        spec = by_name.get(rat_field)
        for code in range(1, NR) if spec is not None else ():
            limits = {
                name: {"maximum": limit[code]}
                for name, of, limit in _BY_RAT
                if (of == rat_field or (of, rat_field) == ("rat", "radio"))
                and name in by_name
                and limit[code] < limit[NR]
            }
            if limits:
                conditions.append({"if": _is_rat(rat_field, code), "then": {"properties": limits}})
    return conditions


def _is_rat(field: str, code: int) -> dict[str, Any]:
    value: dict[str, Any] = {"const": RATS[code - 1]}
    if field == "radio":
        names = [
            word
            for word, of in (SCHEMAS["cell.register"].fields[1].listed or {}).items()
            if of == code
        ]
        value = {"pattern": f"^(?:{'|'.join(map(_any_case, names))})$"}
    return {"properties": {field: value}, "required": [field]}


def _whole_position(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``lat`` and ``lon`` are given together or not at all."""
    if "lat" not in properties:
        return []
    return [
        {"if": _given([one]), "then": _given([other]), "x-wrong": properties["lat"]["x-wrong"]}
        for one, other in (("lat", "lon"), ("lon", "lat"))
    ]


def _given(names: Iterable[str]) -> dict[str, Any]:
    """These fields are there, and not null."""
    names = list(names)
    return {"required": names, "properties": {name: {"not": {"type": "null"}} for name in names}}


def _right(names: Iterable[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    """These fields are there, with integers in their range."""
    names = list(names)
    kept = {name: {k: properties[name][k] for k in ("minimum", "maximum")} for name in names}
    return {
        "required": names,
        "properties": {name: {"type": "integer", **kept[name]} for name in names},
    }


def _rare_property(spec: RareField, meaning: str, unit: str = "") -> dict[str, Any]:
    value: dict[str, Any]
    if spec.required:
        value = dict(spec.shape)
    elif spec.many:
        value = {"type": ["array", "null"], "items": dict(spec.shape)}
    elif "type" in spec.shape and isinstance(spec.shape["type"], str):
        value = {**spec.shape, "type": [spec.shape["type"], "null"]}
    elif "enum" in spec.shape:
        value = {"enum": [*spec.shape["enum"], None]}
    else:
        value = {"anyOf": [dict(spec.shape), {"type": "null"}]}
    built = {"description": meaning, **value}
    if unit:
        built["x-unit"] = unit
    return built | {"x-wrong": DEAD if spec.fatal or spec.required else DROPPED}
