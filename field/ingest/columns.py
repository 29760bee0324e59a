"""Messages as Arrow: only such as columns hold faithfully, in the form that decoding reads fastest.

A message fits where each of its fields is known and has the type that is due. Whether a value is
right is no matter here: an unknown RAT is carried as the text that it is, and becomes a dead letter
where it is decoded. All else, such as an unknown field, stays JSON.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Meta

from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS, Field, Schema
from streams.decode.schema.fields import EXACT
from streams.limits import NAME_CHARACTERS

_TEXT: Final = Annotated[str, Meta(max_length=NAME_CHARACTERS)]
_TYPES: Final[dict[str, Any]] = {
    # Beyond, no double is exact, and no field has such a number.
    "int": Annotated[int, Meta(ge=-int(EXACT), le=int(EXACT))],
    "float": float,
    "bool": bool,
    "text": _TEXT,
    "listed": _TEXT,
}
_ARROW_TYPES: Final = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "listed": pa.string(),
}


class Columns:
    """Reads and writes messages of one topic. Holds no state between calls."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        parts: list[Any] = []
        if schema.neighbours:
            neighbour = _struct(NEIGHBOUR)
            parts.append(("neighbours", list[neighbour] | None, None))  # type: ignore[valid-type]
        if schema.broadcast:
            parts.append(("broadcast", _struct(BROADCAST) | None, None))
        self._row = msgspec.json.Decoder(_struct(schema.fields, parts))

    def row(self, value: bytes) -> Any | None:
        """A message as a struct of its fields; ``None`` where columns can't hold it faithfully."""
        try:
            value.decode()
            return self._row.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def stream(self, rows: Sequence[Any]) -> bytes:
        """The rows as an Arrow IPC stream."""
        columns: dict[str, pa.Array] = {}
        for spec in self._schema.fields:
            _add(columns, spec.name, spec, list(map(attrgetter(spec.name), rows)))
        if self._schema.neighbours:
            _add_neighbours(columns, list(map(attrgetter("neighbours"), rows)))
        if self._schema.broadcast:
            seen = list(map(attrgetter("broadcast"), rows))
            for spec in BROADCAST:
                values = [None if part is None else getattr(part, spec.name) for part in seen]
                _add(columns, f"broadcast.{spec.name}", spec, values)
        batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        content: bytes = sink.getvalue().to_pybytes()
        return content


def _struct(fields: Sequence[Field], more: Sequence[Any] = ()) -> Any:
    # What is required too: a message without it is a dead letter where it is read.
    optional = [(spec.name, _TYPES[spec.kind] | None, None) for spec in fields]
    return msgspec.defstruct("Row", [*optional, *more], gc=False, forbid_unknown_fields=True)


def _add(columns: dict[str, pa.Array], name: str, spec: Field, values: list[Any]) -> None:
    if spec.required or values.count(None) < len(values):
        columns[name] = pa.array(values, _ARROW_TYPES[spec.kind])


def _add_neighbours(columns: dict[str, pa.Array], lists: Sequence[Sequence[Any] | None]) -> None:
    entries = [entry for some in lists for entry in some or ()]
    if not entries:
        return
    parts: dict[str, pa.Array] = {}
    for spec in NEIGHBOUR:
        _add(parts, spec.name, spec, list(map(attrgetter(spec.name), entries)))
    if not parts:
        parts = {NEIGHBOUR[0].name: pa.nulls(len(entries), _ARROW_TYPES[NEIGHBOUR[0].kind])}
    offsets = np.cumsum([0, *(len(some or ()) for some in lists)])
    structs = pa.StructArray.from_arrays(list(parts.values()), names=list(parts))
    columns["neighbours"] = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


COLUMNS: Final = {topic: Columns(schema) for topic, schema in SCHEMAS.items()}
