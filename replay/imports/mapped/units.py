"""Texts of other tools' tables, in their units, as values of our fields, in ours.

Levels by index, taken at the upper end of their step of one dB: RxLev TS 45.008 8.1.4, CPICH RSCP
TS 25.133 9.1.1.3, RSRP TS 36.133 9.1.4.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from replay.imports.logs.text_rows import number, time_ms, whole
from streams.decode.schema import Field
from streams.register.column_map import PATTERN, Column

#: Factors to our units, by what ends the field's name.
_FACTORS: Final[Mapping[str, Mapping[str, float]]] = {
    "_mps": {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704, "knots": 0.514444},
    "_m": {"m": 1.0, "km": 1000.0, "ft": 0.3048},
    "_deg": {"deg": 1.0, "rad": 180 / math.pi},
    "_db": {"dB": 1.0, "dB/10": 0.1},
}
#: Factor and offset to dBm.
_LEVELS: Final = {
    "dBm": (1.0, 0.0),
    "dBm/10": (0.1, 0.0),
    "rxlev": (1.0, -110.0),
    "rscp_index": (1.0, -115.0),
    "rsrp_index": (1.0, -140.0),
}
_TICKS_MS: Final = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_BASES: Final = {"dec": 10, "hex": 16}
_TRUTHS: Final = {
    **dict.fromkeys(("true", "1", "yes", "y", "t"), True),
    **dict.fromkeys(("false", "0", "no", "n", "f"), False),
}
_TIMES: Final = ("ts", "rx_ts", "sent_ts")

Turn = Callable[[str], Any]


def units_of(field: Field) -> tuple[str, ...]:
    """The units that a column of a field may have; the first is ours. Empty: it has none."""
    if field.name in _TIMES:
        return ("ms", "s", "us", "ns", "iso", PATTERN)
    if field.name.endswith("_dbm"):
        return tuple(_LEVELS)
    if field.kind == "int":
        return tuple(_BASES)
    ending = next((end for end in _FACTORS if field.name.endswith(end)), None)
    return tuple(_FACTORS[ending]) if ending else ()


def turn_of(field: Field, column: Column, decimal: str, utc_offset_ms: int) -> Turn:
    """What makes a value of a text of the column; ``None`` where the text isn't one."""
    if field.name in _TIMES:
        return _time(column.unit, decimal, utc_offset_ms)
    if field.kind in ("text", "listed"):
        return lambda text: text
    if field.kind == "bool":
        return lambda text: _TRUTHS.get(text.lower())
    if field.kind == "int":
        base = _BASES[column.unit or "dec"]
        return lambda text: whole(text.replace(decimal, "."), base)
    factor, offset = _linear(field, column.unit)

    def level(text: str) -> float | None:
        value = number(text.replace(decimal, "."))
        return None if value is None else round(value * factor + offset, 6)

    return (
        level if (factor, offset) != (1.0, 0.0) else lambda text: number(text.replace(decimal, "."))
    )


def _linear(field: Field, unit: str) -> tuple[float, float]:
    if field.name.endswith("_dbm"):
        return _LEVELS[unit or "dBm"]
    ending = next((end for end in _FACTORS if field.name.endswith(end)), None)
    return (_FACTORS[ending][unit], 0.0) if ending and unit else (1.0, 0.0)


def _time(unit: str, decimal: str, utc_offset_ms: int) -> Turn:
    if unit == "iso":
        return lambda text: time_ms(text, datetime.fromisoformat, utc_offset_ms)
    if "%" in unit:
        return lambda text: time_ms(text, lambda one: datetime.strptime(one, unit), utc_offset_ms)
    factor = _TICKS_MS[unit or "ms"]

    def ticks(text: str) -> int | None:
        if factor <= 1 and (exact := whole(text)) is not None:  # beyond what a float holds exactly
            return exact // round(1 / factor)
        value = number(text.replace(decimal, "."))
        return None if value is None or abs(value) > 1e15 else round(value * factor)

    return ticks
