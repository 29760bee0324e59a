"""`docs/messages.md`: the topics with all their fields, made from the JSON Schemas."""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from streams.decode.dead_letters import REASONS
from streams.kafka.topics import SPECS
from tools.contract.input_schemas import DROPPED
from tools.contract.sources import SYSTEMS

_TEMPLATE: Final = Path(__file__).with_name("messages.template.md")
_INTERNAL: Final = "internal: its form may change with any version"
#: JSON Schema's types in the words of the page.
_WORDS: Final = {
    **{"integer": "int", "number": "float", "boolean": "bool", "string": "text"},
    **{"array": "list", "object": "object"},
}
_NUMBERED: Final = re.compile(r"(.*?)(\d+)")

Schema = Mapping[str, Any]


def page(inputs: Mapping[str, Schema], outputs: Mapping[str, Schema]) -> str:
    """The page; ``inputs`` and ``outputs`` are the JSON Schemas by topic."""
    parts = {
        "contents": _contents(inputs, outputs),
        "topics": _topics({**inputs, **outputs}),
        "inputs": "\n\n".join(_section(schema, is_input=True) for schema in inputs.values()),
        "reasons": _table(["reason", "means"], [[f"`{k}`", v] for k, v in REASONS.items()]),
        "outputs": "\n\n".join(_section(schema, is_input=False) for schema in outputs.values()),
        "systems": _table(["system", "topic", "fields", "specification"], SYSTEMS),
    }
    text = _TEMPLATE.read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"{{{{{name}}}}}", part)
    return text


def _contents(*groups: Mapping[str, Schema]) -> str:
    lines = [
        ", ".join(f"[`{topic}`](#{topic.replace('.', '')})" for topic in topics)
        for topics in groups
    ]
    return f"Read: {lines[0]}.\n\nWritten: {lines[1]}."


def _topics(schemas: Mapping[str, Schema]) -> str:
    rows = []
    for spec in SPECS:
        schema = schemas.get(spec.name)
        what = _first_sentence(schema["description"]) if schema else _INTERNAL
        kept = "compacted" if spec.compact else "the cluster's default"
        if spec.retention_bytes is not None:
            kept = f"the last {spec.retention_bytes >> 20} MiB"
        elif spec.retention_ms is not None:
            days = spec.retention_ms // 86_400_000
            kept = "for ever" if spec.retention_ms < 0 else f"{days} day{'s' * (days > 1)}"
        rows.append([f"`{spec.name}`", f"`{spec.key}`", what, kept, str(spec.partitions)])
    return _table(["topic", "key", "what", "kept", "partitions"], rows)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "."


def _section(schema: Schema, *, is_input: bool) -> str:
    rows = list(_rows(schema, schema.get("$defs", {}), schema.get("required", ()), ""))
    head = ["field", "type", "unit", "range", "required", "wrong value", "meaning"]
    if not is_input:
        head.remove("wrong value")
        rows = [[*row[:5], row[6]] for row in rows]
    example = json.dumps(schema["examples"][0], ensure_ascii=False)
    return (
        f"## {schema['title']}\n\n{schema['description']}\n\n{_table(head, rows)}\n\n"
        f"```json\n{example}\n```"
    )


def _rows(
    schema: Schema, parts: Mapping[str, Schema], required: Iterable[str], prefix: str
) -> Iterable[list[str]]:
    """A row for each field, those of an object within it below it."""
    limits = _limits_by_rat(schema)
    for name, spec in schema["properties"].items():
        shapes = [_resolved(shape, parts) for shape in _alternatives(_resolved(spec, parts))]
        nullable = any(shape.get("type") == "null" for shape in shapes)
        shapes = [shape for shape in shapes if shape.get("type") != "null"]
        is_required = name in required
        yield [
            f"`{prefix}{name}`",
            " or ".join(dict.fromkeys(_type(shape) for shape in shapes)),
            spec.get("x-unit", ""),
            "; ".join(filter(None, [_range(shapes), *limits.get(name, ())])),
            ("yes, or null" if nullable else "yes") if is_required else "",
            spec.get("x-wrong", DROPPED if prefix else ""),
            spec.get("description", ""),
        ]
        for shape in shapes:
            inner = _resolved(shape.get("items", shape) or {}, parts)
            if inner is not spec and "properties" in inner and _is_described(inner):
                yield from _rows(
                    inner, parts, inner.get("required", ()), _below(prefix, name, shape)
                )


def _is_described(schema: Schema) -> bool:
    return all("description" in spec for spec in schema["properties"].values())


def _below(prefix: str, name: str, shape: Schema) -> str:
    return f"{prefix}{name}[]." if shape.get("type") == "array" else f"{prefix}{name}."


def _resolved(spec: Schema, parts: Mapping[str, Schema]) -> Schema:
    """A reference replaced by what it refers to; a description beside it stays."""
    reference = spec.get("$ref")
    return spec if reference is None else parts[reference.rpartition("/")[2]]


def _alternatives(spec: Schema) -> list[Schema]:
    if "anyOf" in spec:
        return list(spec["anyOf"])
    if isinstance(kinds := spec.get("type"), list):
        return [{**spec, "type": kind} for kind in kinds]
    return [spec]


def _type(shape: Schema) -> str:
    if "enum" in shape:
        return "listed text"
    if "additionalProperties" in shape:
        return "object"
    word = _WORDS.get(shape.get("type", ""), "any")
    return "GeoJSON" if "coordinates" in shape.get("properties", {}) else word


def _range(shapes: Iterable[Schema]) -> str:
    """What values there may be, in a few words."""
    texts = []
    for shape in shapes:
        low, high = shape.get("minimum"), shape.get("maximum")
        if "enum" in shape:
            texts.append(_words(value for value in shape["enum"] if value is not None))
        elif "pattern" in shape and "[Gg]" in shape["pattern"]:
            texts.append("`GSM`, `UMTS`, `WCDMA`, `LTE`, `NR`")
        elif low is not None and high is not None:
            texts.append(f"{low} to {high}")
        elif low is not None:
            texts.append(f"from {low}")
        elif high is not None:
            texts.append(f"to {high}")
    return "; ".join(dict.fromkeys(texts))


def _words(values: Iterable[str]) -> str:
    """Listed texts; a run of numbered ones by its first and its last.

    >>> _words(["EEA0", "EEA1", "EEA2", "none"])
    '`EEA0` .. `EEA2`, `none`'
    """

    def stem(word: str) -> str:
        numbered = _NUMBERED.fullmatch(word)
        return numbered[1] if numbered else word

    runs = [list(run) for _, run in groupby(values, key=stem)]
    return ", ".join(f"`{run[0]}`" + (f" .. `{run[-1]}`" if run[1:] else "") for run in runs)


def _limits_by_rat(schema: Schema) -> dict[str, list[str]]:
    """By field, the highest values that only some RATs have."""
    limits: dict[str, dict[int, list[str]]] = {}
    for condition in schema.get("allOf", ()):
        (rat,) = condition["if"]["properties"].values() if "if" in condition else [{}]
        name = rat.get("const") or re.sub(r"\[(.).\]|[^|]", r"\1", rat.get("pattern", ""))
        for field, limit in condition["then"].get("properties", {}).items():
            if "maximum" in limit:
                limits.setdefault(field, {}).setdefault(limit["maximum"], []).append(name)
    return {
        field: [f"{', '.join(names).replace('|', ', ')}: to {high}" for high, names in some.items()]
        for field, some in limits.items()
    }


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
