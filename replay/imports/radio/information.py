"""A cell as its system information describes it, and the report that a probe would make of it."""

from dataclasses import dataclass, field
from typing import Any, Final

from replay.imports.link import Radio
from replay.imports.nas import Area


@dataclass(frozen=True, slots=True)
class Information:
    """What one block says: ``broadcast`` are fields of `cell.measurements`; ``None``: not in it.

    ``band`` is LTE's frequency band. ``cell`` and ``area`` are whose block it is, where it says so.
    """

    rat: str
    area: Area | None = None
    cell: int | None = None
    broadcast: dict[str, Any] = field(default_factory=dict)
    band: int | None = None


class Cells:
    """Which cell was last heard on a channel, so that blocks that don't name it have one."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int | None], Information] = {}

    def report(
        self, ts_ms: int, device: str, found: Information, radio: Radio
    ) -> dict[str, Any] | str:
        """The report of a block, or the reason why there is none."""
        key = found.rat, radio.arfcn
        named = found if found.cell is not None else self._last.get(key)
        if found.cell is not None:
            self._last[key] = found
        if named is None or named.area is None or named.area.area is None:
            return "information_of_an_unknown_cell"
        if found.area is not None and found.area != named.area:
            return "information_of_an_unknown_cell"
        if radio.signal_dbm is None:
            return "without_level"
        return {
            "ts": ts_ms,
            "device": device,
            "rat": found.rat,
            "mcc": named.area.mcc,
            "mnc": named.area.mnc,
            "area": named.area.area,
            "cell": named.cell,
            "arfcn": _channel(radio.arfcn, named),
            "signal_dbm": float(radio.signal_dbm),
            "serving": found.rat != "gsm",
            "broadcast": found.broadcast or None,
        }


def _channel(arfcn: int | None, named: Information) -> int | None:
    if named.rat != "lte" or arfcn is None:
        return arfcn
    return whole_earfcn(arfcn, named.band)


#: First and last downlink channel of LTE's bands (TS 36.101, table 5.7.3-1).
_BANDS: Final = {
    **{1: (0, 599), 2: (600, 1199), 3: (1200, 1949), 4: (1950, 2399), 5: (2400, 2649)},
    **{7: (2750, 3449), 8: (3450, 3799), 11: (4750, 4949), 12: (5010, 5179), 13: (5180, 5279)},
    **{14: (5280, 5379), 17: (5730, 5849), 18: (5850, 5999), 19: (6000, 6149)},
    **{20: (6150, 6449), 21: (6450, 6599), 25: (8040, 8689), 26: (8690, 9039)},
    **{28: (9210, 9659), 31: (9870, 9919), 33: (36000, 36199), 34: (36200, 36349)},
    **{38: (37750, 38249), 39: (38250, 38649), 40: (38650, 39649), 41: (39650, 41589)},
    **{42: (41590, 43589), 43: (43590, 45589), 46: (46790, 54539), 48: (55240, 56739)},
}
_GSMTAP_BITS: Final = 14


def whole_earfcn(low_bits: int, band: int | None) -> int | None:
    """LTE's channel, of which GSMTAP carries 14 bits, made whole by the band; ``None``: can't be.

    >>> whole_earfcn(1300, 3), whole_earfcn(39150 & 0x3FFF, 40), whole_earfcn(1300, 99)
    (1300, 39150, None)
    """
    first, last = _BANDS.get(band or 0, (0, -1))
    for high in range(4):
        channel = high << _GSMTAP_BITS | low_bits
        if first <= channel <= last:
            return channel
    return None
