"""What a request or a stream holds, as messages one by one: JSON, JSON lines or Arrow.

What can't be taken apart is one message as it is, which becomes a dead letter. Only what isn't even
text is refused: nobody knows where in it an identifier of a person may lie.
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pyarrow as pa

from streams.decode.arrow.rows import rows_as_json
from streams.decode.arrow.stream import read_stream
from streams.decode.json.rows import array_items
from streams.decode.raw_rows import Fault
from streams.decode.records import ARROW, JSON
from streams.limits import Limits

LINES: Final = "application/x-ndjson"
KINDS: Final = (JSON, LINES, ARROW)
#: A request holds at most so many messages.
MOST_MESSAGES: Final = 10_000
#: Rows of Arrow that are made Python's at once.
_ROWS: Final = 500
_GZIP: Final = 31
_OVERFLOW: Final = msgspec.Raw(b"1e999")


class TooLargeError(ValueError):
    """More than is taken; the text is a sentence."""


class UnreadableError(ValueError):
    """Bytes that are not what they are called; the text is a sentence."""


class Unpacking:
    """Unpacks gzip as it comes, up to ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._unpacker, self._left = zlib.decompressobj(_GZIP), most

    def more(self, packed: bytes) -> bytes:
        """What some more bytes unpack to. Raises TooLargeError, UnreadableError."""
        try:
            found = self._unpacker.decompress(packed, self._left + 1)
        except zlib.error as error:
            raise UnreadableError("the body is no gzip") from error
        if len(found) > self._left:
            raise TooLargeError("the body unpacks to more than is taken")
        self._left -= len(found)
        if self._unpacker.unused_data:
            raise UnreadableError("something follows the gzip of the body")
        return found

    def end(self) -> None:
        """Raises UnreadableError where the end is missing."""
        if not self._unpacker.eof:
            raise UnreadableError("the gzip of the body is cut short")


def messages(kind: str, body: bytes, limits: Limits, most_bytes: int) -> list[bytes]:
    """The messages of a body of one of `KINDS`. Raises TooLargeError, UnreadableError."""
    if kind == ARROW:
        table = read_stream(body, limits)
        if isinstance(table, Fault):
            if table.reason == "too_large":
                raise TooLargeError(f"the Arrow stream is too large: {table.detail}")
            raise UnreadableError(f"the body is no Arrow stream: {table.detail}")
        _check_count(table.num_rows)
        return list(rows(table, most_bytes))
    if kind == LINES:
        _check_count(body.count(b"\n") - 1)
    parts = body.split(b"\n") if kind == LINES else [body]
    found: list[bytes] = []
    for part in parts:
        found += split(part)
        _check_count(len(found))
    return found


def split(line: bytes) -> list[bytes]:
    """The messages in a line of JSON: one, the items of an array, or none in a blank line."""
    line = line.strip(b" \t\r\n")
    if not line:
        return []
    items = array_items(line) if line.startswith(b"[") else None
    return [line] if items is None or isinstance(items, Fault) else items


def rows(table: Any, most_bytes: int) -> Iterator[bytes]:
    """The rows of a table as objects of JSON, without their nulls. A number that is not finite is
    one that no field takes. Raises TooLargeError where they are longer than ``most_bytes``."""
    # A text of a dictionary may stand for many rows.
    step = 1 if any(pa.types.is_dictionary(field.type) for field in table.schema) else _ROWS
    left = most_bytes
    for begin in range(0, table.num_rows, step):
        part = table.slice(begin, step)
        for line in _as_json(part):
            left -= len(line)
            if left < 0:
                raise TooLargeError("the rows are longer as JSON than is taken")
            yield line


def _as_json(table: Any) -> list[bytes]:
    try:
        return [msgspec.json.encode(_faithful(row)) for row in table.to_pylist()]
    # JSON can't hold a column's type, or Python a value: row by row, as far as possible.
    except Exception:
        return rows_as_json(table, range(table.num_rows))


def _faithful(value: Any) -> Any:
    match value:
        case dict():
            return {name: _faithful(one) for name, one in value.items() if one is not None}
        case list():
            return [_faithful(one) for one in value]
        case float() if value - value != 0.0:
            return _OVERFLOW
    return value


def _check_count(count: int) -> None:
    if count > MOST_MESSAGES:
        raise TooLargeError(f"more than {MOST_MESSAGES} messages in one request")
