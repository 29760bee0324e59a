"""From what a phone's messages tell, one after the other, to messages of `cell.signalling`.

A phone's port doesn't always say which cell it is on. What is told is used; what isn't is said to
be not known, by the contract's reserved values, rather than carried over from an honest cell: each
message that opens a connection may be on a cell of its own. What an accept tells of the place holds
for its whole connection, the messages before it too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from replay.imports.told import Area, Told

#: The contract's "not known", by RAT.
UNKNOWN_CELL: Final = {"gsm": 0xFFFF, "umts": 0xFFFFFFF, "lte": 0xFFFFFFF, "nr": 0xFFFFFFFFF}
UNKNOWN_AREA: Final = 0


@dataclass(frozen=True, slots=True)
class Camp:
    """What is known beforehand of the network and cell; ``None`` leaves it to the capture."""

    rat: str = "lte"
    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int | None = None


class Summary(msgspec.Struct):
    """What an import did: packets read, messages written, and the rest counted by reason."""

    packets: int = 0
    messages: int = 0
    left_out: dict[str, int] = {}

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Counts what gave no message."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count


def messages_of(
    told: Iterable[tuple[int, Told]], subscriber: str, camp: Camp, summary: Summary
) -> list[bytes]:
    """Messages of `cell.signalling` (JSON) from a phone's messages in order, with times in ms.

    Those before which no network is told, neither by ``camp`` nor anywhere in the capture, are left
    out and counted as ``without_network``.
    """
    all_told = list(told)
    network = _network(all_told, camp)
    values = []
    for here, cell, ts_ms, one in _placed(all_told):
        if one.procedure is None:
            continue
        plmn = here or network
        if plmn is None:
            summary.leave_out("without_network")
            continue
        area = here.area if here and here.area is not None else camp.area
        message = {
            "ts": ts_ms,
            "subscriber": subscriber,
            "source": "device",
            "rat": camp.rat,
            "mcc": plmn.mcc,
            "mnc": plmn.mnc,
            "area": UNKNOWN_AREA if area is None else area,
            "cell": next(c for c in (cell, camp.cell, UNKNOWN_CELL[camp.rat]) if c is not None),
            **_fields(one, camp.rat),
        }
        values.append(msgspec.json.encode(message))
    summary.messages += len(values)
    return values


def _network(told: list[tuple[int, Told]], camp: Camp) -> Area | None:
    """The network where a message doesn't tell: as given, else the first that the capture names."""
    if camp.mcc is not None and camp.mnc is not None:
        return Area(camp.mcc, camp.mnc)
    named = (area for _, one in told for area in (one.here, one.old) if area is not None)
    return next(named, None)


def _placed(
    told: list[tuple[int, Told]],
) -> Iterator[tuple[Area | None, int | None, int, Told]]:
    """Each message with the area and the cell that it ran on, as far as its connection tells."""
    cell: int | None = None
    cell_area: Area | None = None
    start = 0
    while start < len(told):
        end = start + 1
        while end < len(told) and not told[end][1].begins:
            end += 1
        connection = told[start:end]
        here = next((one.here for _, one in connection if one.procedure and one.here), None)
        for ts_ms, one in connection:
            if one.cell is not None:
                cell, cell_area = one.cell, one.here
            yield here or cell_area, cell, ts_ms, one
        start = end


def _fields(one: Told, rat: str) -> dict[str, Any]:
    """The optional fields that a message tells."""
    old = one.old
    fields = {
        "procedure": one.procedure,
        "outcome": one.outcome,
        "cause": one.cause,
        "identity_type": one.identity_type,
        "update_type": one.update_type,
        "cipher": one.cipher,
        "integrity": one.integrity,
        "old_mcc": old.mcc if old else None,
        "old_mnc": old.mnc if old else None,
        "old_area": old.area if old else None,
        "old_rat": rat if old and old.area is not None else None,
        "old_lai_area": one.old_lai_area,
    }
    return {name: value for name, value in fields.items() if value is not None}
