"""How messages are spoilt: their bytes, their JSON or MessagePack, their Arrow table, what stands
around them.

All chance comes from one `Chance`: `random.Random` with a seed, hypothesis' own (which makes a
failure small), or the bytes of a fuzzer that looks for new branches.

Long because it is the one list of ways to spoil a message.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

import msgspec
import pyarrow as pa
import zstandard

from benchmarks.measuring.fuzz.messages import Message, stream_of
from streams.decode.arrow.stream import read_stream
from streams.decode.records import ARROW
from streams.limits import DEFAULT

T = TypeVar("T")

#: Bytes that a spoilt value may have: well above what any message needs.
MOST_BYTES: Final = 128 << 10
_DEEPEST: Final = 30_000
_MOST_ROWS: Final = 1000
#: What holds more is not made a table: pyarrow keeps some 450 MiB of one that is 500 deep.
_MOST_HOLDERS: Final = 200
#: How many things are wrong: most often one, since what is nearly right gets furthest.
_TIMES: Final = (1, 1, 1, 1, 2, 3)
_ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 2**31, 2**53 + 1, 2**63, 2**64, 10**30),
    *(float("nan"), float("inf"), "", "x", "3000", "\x00", "\ud800", "é" * 300, "460001234567890"),
    *("+8613800000000", "imsi  " * 30, "x" * 5000, "\u202e", "../../etc", "<b>", "{0}", "%s%n"),
    *([], {}, [None], [[]], {"a": {"b": []}}, [0] * 5000, {"": ""}, ["x"] * 300),
    *(4_102_444_800_000, -(2**63), 946_684_799_999, 90.0001, 180.5, 0xFFFF, 0xFFFFFFFFF),
)
_ODD_HEADERS: Final[tuple[tuple[str, bytes | None], ...]] = (
    ("content-type", ARROW.encode()),
    ("content-type", b"application/json"),
    ("content-type", b"APPLICATION/JSON ; charset=utf-16"),
    ("content-type", b"text/html"),
    ("content-type", b"\xff\xfe"),
    ("content-type", None),
    ("content-type", b"application/vnd.cellhound.refused; forged"),
    *(("rx-ts", stamp) for stamp in (b"", b"-1", b"9" * 15, b"9" * 400, b"1e9", None)),
    ("rx-ts", "٣٣٣".encode()),
    *(("seq", b"1:1"), ("end", b"1"), ("replay", b"1"), ("judged", b"1"), ("offsets", b"[")),
    ("mark", b'{"topic":"cell.measurements","partition":0,"until_ms":1748920000000,"end":true}'),
    ("mark", b'{"topic":"x","partition":-1,"until_ms":9999999999999999,"end":1}'),
    ("mark", b"[" * 5000),
    ("mark", b"\xff"),
    ("mark", None),
    ("", b""),
    ("x" * 5000, b"x"),
    ("\udcff", b"x"),
)
_ODD_KEYS: Final = (
    *(None, b"", b"\xff", b"lte-460-0-4100-100000001", b"gsm-999-999-99999999-99999999999"),
    *(b"everywhere/0/attested", b"zone/rules/", b"/", b"zone/sites/99", b"x" * 2000),
)
_NEAR: Final[tuple[Callable[[Any], Any], ...]] = (
    *(lambda x: x + 1, lambda x: x - 1, lambda x: -x, lambda x: x * 2, lambda x: x + 0.5),
    *(lambda x: x * 10, lambda x: x // 10, lambda x: x * 10**6, lambda x: x + 3_600_000),
)
_NUMBERS: Final = (b"1e400", b"-0", b"01", b"1.", b".5", b"+1", b"NaN", b"-Infinity", b"9" * 400)


class Chance(Protocol):
    """What a mutation asks of chance, by the names of `random.Random`."""

    def randrange(self, start: int, stop: int, /) -> int:
        """A number from ``start`` up to below ``stop``."""

    def choice(self, seq: Sequence[T], /) -> T:
        """One of them."""


def spoilt(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """The message with one to three things wrong with it."""
    for _ in range(chance.choice(_TIMES)):
        message = chance.choice(_MUTATIONS)(message, others, chance)
    if message.value is not None and len(message.value) > MOST_BYTES:
        message = replace(message, value=message.value[:MOST_BYTES])
    return message


def _bytes(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    value = message.value or b""
    a, b = sorted(chance.randrange(0, len(value) + 1) for _ in range(2))
    way = chance.randrange(0, 8)
    if way == 0:
        value = value[:a]
    elif way == 1:
        value = value[:a] + value[b:]
    elif way == 2:
        value = value[:b] + value[a:b] * chance.randrange(1, 50) + value[b:]
    elif way == 3:
        noise = bytes(chance.randrange(0, 256) for _ in range(chance.randrange(1, 9)))
        value = value[:a] + noise + value[a:]
    elif way == 4:
        other = chance.choice(others).value or b""
        value = value[:a] + other[len(other) // 2 :]
    elif way == 5:
        value = value[:a] + chance.choice(_NUMBERS) + value[b:]
    else:
        spoilt_bytes = bytearray(value)
        for _ in range(chance.randrange(1, 4)):
            if spoilt_bytes:
                at = chance.randrange(0, len(spoilt_bytes))
                spoilt_bytes[at] ^= 1 << chance.randrange(0, 8)
        value = bytes(spoilt_bytes)
    return replace(message, value=value)


def _structure(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """JSON or MessagePack, also packed by zlib; what is neither gets its bytes spoilt."""
    read = _tree(message.value or b"")
    if read is None:
        return _bytes(message, others, chance)
    tree, written = read
    for _ in range(chance.choice(_TIMES)):
        tree = _tree_changed(tree, chance)
    try:
        return replace(message, value=written(tree))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _bytes(message, others, chance)


def _tree(value: bytes) -> tuple[Any, Callable[[Any], bytes]] | None:
    if value[:1] in (b"{", b"["):
        try:
            return json.loads(value), _json
        except (ValueError, RecursionError):
            return None
    try:
        plain = zlib.decompressobj().decompress(value, MOST_BYTES * 100)
    except zlib.error:
        return None
    try:
        return json.loads(plain), lambda tree: zlib.compress(_json(tree), 1)
    except (ValueError, RecursionError):
        pass
    try:
        tree = msgspec.msgpack.decode(plain)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return tree, lambda tree: zlib.compress(msgspec.msgpack.encode(tree), 1)


def _json(tree: Any) -> bytes:
    return json.dumps(tree).encode("utf-8", "replace")


def _tree_changed(tree: Any, chance: Chance) -> Any:
    way = chance.randrange(0, 14)
    if way == 0:
        return [tree] * chance.choice((0, 1, 2, 50))
    if way == 1:
        return {"a": tree}
    holder, place = _somewhere(tree, chance)
    if holder is None:
        return chance.choice(_ODD)
    value = holder[place]
    if way == 2:
        del holder[place]
    elif way == 3 and isinstance(holder, dict):
        holder[str(chance.choice(_ODD))[:300]] = holder.pop(place)
    elif way == 4 and isinstance(value, list):
        holder[place] = value * chance.choice((2, 30, 300))
    elif way <= 9 and isinstance(value, int | float):
        with suppress(OverflowError):  # There are whole numbers beyond all others.
            holder[place] = chance.choice(_NEAR)(value)
    elif way <= 9 and isinstance(value, str):
        holder[place] = chance.choice((value + "\u00e9", value[::-1], value * 9, value.upper()))
    elif way == 10:
        holder[place] = str(value)[:5000]
    elif way == 11 and isinstance(holder, dict):
        other = chance.choice(list(holder))
        holder[place], holder[other] = holder[other], value
    else:
        holder[place] = chance.choice(_ODD)
    return tree


def _somewhere(tree: Any, chance: Chance) -> tuple[Any, Any]:
    """Some place in a tree: what holds it, and its key or number there."""
    holder, place = None, None
    while isinstance(tree, dict | list) and len(tree):
        if holder is not None and chance.randrange(0, 3) == 0:
            break
        holder = tree
        place = (
            chance.choice(list(tree)) if isinstance(tree, dict) else chance.randrange(0, len(tree))
        )
        tree = holder[place]
    return holder, place


def _nested(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """An unknown field that is nested deeply, or anything at all that is."""
    deep = chance.choice((10, 500, 1100, _DEEPEST))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nest = opening * deep + b"0" + closing * chance.choice((0, deep))
    value = message.value or b""
    if value[:1] == b"{":
        nest = b'{"unknown":' + nest + b"," + value[1:]
    return replace(message, value=nest)


def _arrow(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """A column of another type, none, twice, or with nothing in it; packed or not."""
    table = _table(message.value or b"")
    if table is None:
        return _structure(message, others, chance)
    at = chance.randrange(0, table.num_columns)
    name, column = table.schema.field(at).name, table.column(at)
    way = chance.randrange(0, 6)
    try:
        if way == 0:
            table = table.remove_column(at)
        elif way == 1:
            table = table.append_column(name, column)
        elif way == 2:
            table = table.set_column(at, name, pa.chunked_array([column.combine_chunks()]))
            table = pa.concat_tables([table] * chance.choice((0, 1, 3, 100)))
        elif way == 3:
            table = table.set_column(at, name, column.dictionary_encode())
        else:
            table = table.set_column(at, name, _odd_column(table.num_rows, chance))
        value = stream_of(table, chance.choice((None, "zstd", "lz4")))
    except (pa.ArrowException, ValueError, TypeError, NotImplementedError):
        return _bytes(message, others, chance)
    message = replace(message, value=value, headers=(("content-type", ARROW.encode()),))
    return _bytes(message, others, chance) if chance.randrange(0, 3) == 0 else message


def _table(value: bytes) -> pa.Table | None:
    try:
        if value[:1] == b"{":
            if value.count(b"{") + value.count(b"[") > _MOST_HOLDERS:
                return None
            table = pa.Table.from_pylist([json.loads(value)])
        else:
            table = read_stream(value, DEFAULT)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, RecursionError, OSError):
        return None
    if not isinstance(table, pa.Table) or not table.num_columns or table.num_rows > _MOST_ROWS:
        return None
    return table


def _odd_column(rows: int, chance: Chance) -> pa.Array:
    kind, value = chance.choice(
        (
            (pa.null(), None),
            (pa.bool_(), True),
            (pa.uint64(), 2**64 - 1),
            (pa.int8(), -1),
            (pa.float16(), 0.5),
            (pa.float64(), float("nan")),
            (pa.decimal128(38, 3), None),
            (pa.date64(), None),
            (pa.timestamp("ns", "Asia/Shanghai"), 2**62),
            (pa.duration("us"), 7),
            (pa.binary(), b"\xff\xfe"),
            (pa.large_string(), "x" * 700),
            (pa.string_view(), "x" * 40),
            (pa.list_(pa.int64()), [1, None] * 40),
            (pa.large_list(pa.string()), ["x"]),
            (pa.struct([("a", pa.int64())]), {"a": None}),
            (pa.map_(pa.string(), pa.int32()), [("a", 1)]),
            (pa.string(), "460001234567890"),
        )
    )
    return pa.array([value] * rows, kind)


def _around(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """Headers, key, time stamp, or no value at all."""
    way = chance.randrange(0, 8)
    if way == 0:
        return replace(message, key=chance.choice(_ODD_KEYS))
    if way == 1:
        return replace(message, timestamp_ms=chance.choice((0, -1, 1, 2**62, 4_102_444_800_000)))
    if way == 2:
        return replace(message, value=None)
    if way == 3:
        return replace(message, headers=message.headers[:-1])
    more = tuple(chance.choice(_ODD_HEADERS) for _ in range(chance.choice((1, 1, 2, 200))))
    return replace(message, headers=(*message.headers, *more))


def _packed(message: Message, others: Sequence[Message], chance: Chance) -> Message:
    """The value packed by something, or packed zeros; where packing is not looked for."""
    value = chance.choice((message.value or b"", b"\x00" * 200_000, b"[" * 50_000))
    ways: tuple[Callable[[bytes], bytes], ...] = (
        lambda plain: zlib.compress(plain),
        lambda plain: gzip.compress(plain, mtime=0),
        lambda plain: zstandard.ZstdCompressor().compress(plain),
    )
    return replace(message, value=chance.choice(ways)(value))


_MUTATIONS: Final = (
    *(_bytes, _bytes, _structure, _structure, _structure, _structure, _structure, _structure),
    *(_arrow, _arrow, _around, _nested, _packed),
)
