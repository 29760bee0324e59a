"""An Arrow IPC stream to a table, once it is known how large it is."""

from typing import Final

import pyarrow as pa

from streams.decode.arrow.sizes import Size, size_of
from streams.decode.raw_rows import Fault
from streams.limits import DEFAULT, Limits

#: So many bytes a record may unpack to however short it is.
_SHORT: Final = 64 << 10
#: What a row takes at least once it is read, and an entry of any array (bytes): a row of nulls has
#: no bytes of its own.
_ROW_BYTES, _ENTRY_BYTES = 256, 32


def read_stream(value: bytes, limits: Limits = DEFAULT) -> pa.Table | Fault:
    """The table of an Arrow IPC stream, checked throughout; a `Fault` where it is none, or where
    it would be larger than the limits, which is seen before anything is unpacked."""
    try:
        if too_much := _too_much(size_of(value), len(value), limits):
            return Fault("too_large", too_much)
        with pa.ipc.open_stream(pa.BufferReader(value)) as stream:
            table = stream.read_all()
        table.validate(full=True)
    # Arrow raises many kinds of error on foreign bytes; whatever it is, this is no Arrow stream.
    except Exception as error:
        return Fault("not_arrow", str(error).partition("\n")[0] or type(error).__name__)
    return table


def most_unpacked(packed: int, limits: Limits) -> int:
    """The most bytes that a stream of ``packed`` bytes may unpack to."""
    return min(limits.bytes, _SHORT + limits.ratio * packed)


def weight_of(value: bytes, limits: Limits = DEFAULT) -> int:
    """About the bytes of memory that a stream takes once it is read; its own length where it is
    none, or too large to be read."""
    try:
        size = size_of(value)
    except Exception:  # As in `read_stream`.
        return len(value)
    if _too_much(size, len(value), limits):
        return len(value)
    return max(size.unpacked, _ROW_BYTES * size.rows, _ENTRY_BYTES * size.entries)


def _too_much(size: Size, packed: int, limits: Limits) -> str:
    """What of a stream is beyond the limits, as a sentence; else nothing."""
    if size.rows > limits.rows:
        return f"{size.rows} rows are more than {limits.rows}"
    if size.unpacked > most_unpacked(packed, limits):
        return f"its {packed} bytes unpack to {size.unpacked}"
    # An array of nulls may claim any length without a byte of its own.
    if max(size.rows, size.entries) > min(packed + size.unpacked, limits.values):
        return f"{max(size.rows, size.entries)} entries are claimed in {packed} bytes"
    return ""
