"""From a phone's decoded messages, in order, to messages of `cell.signalling`.

A diagnostic port doesn't always report the serving cell. Where it does, the cell is used. Where it
doesn't, the reserved values for "not known" are written: the last known cell is not
carried over, since each message that opens a connection may be on another cell. The area that an
accept names holds for its whole connection, also for the messages before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from replay.imports.nas import Area, NasMessage

#: Cells that say "not known", by RAT (docs/messages.md, conventions).
UNKNOWN_CELL: Final = {"gsm": 0xFFFF, "umts": 0xFFFFFFF, "lte": 0xFFFFFFF, "nr": 0xFFFFFFFFF}
UNKNOWN_AREA: Final = 0
#: Fields that are those of a `NasMessage`.
_OWN_FIELDS: Final = (
    *("procedure", "outcome", "cause", "identity_type", "update_type"),
    *("cipher", "integrity", "target_rat", "target_pci", "csfb"),
)


@dataclass(frozen=True, slots=True)
class Camp:
    """What is known beforehand of the network and cell; ``None`` leaves it to the capture."""

    rat: str = "lte"
    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int | None = None


class Summary(msgspec.Struct):
    """What an import did: packets or rows read, messages written, the rest counted by reason.

    ``dropped`` counts optional fields of messages that a worker would drop, by field.
    """

    packets: int = 0
    messages: int = 0
    left_out: dict[str, int] = {}
    dropped: dict[str, int] = {}

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Counts what gave no message."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count


def messages_of(
    decoded: Iterable[tuple[int, NasMessage]], subscriber: str, camp: Camp, summary: Summary
) -> Iterator[dict[str, Any]]:
    """Messages of `cell.signalling` from a phone's messages in order, with times in ms.

    Where neither ``camp`` nor any message names a network, all are left out and counted as
    ``without_network``.
    """
    in_order = list(decoded)
    network = _network(in_order, camp)
    for here, cell, ts_ms, one in _placed(in_order):
        if one.procedure is None:
            continue
        plmn = here or network
        if plmn is None:
            summary.leave_out("without_network")
            continue
        area = here.area if here and here.area is not None else camp.area
        yield {
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


def _network(messages: list[tuple[int, NasMessage]], camp: Camp) -> Area | None:
    """The network of messages that name none: as given, else the first that the capture names."""
    if camp.mcc is not None and camp.mnc is not None:
        return Area(camp.mcc, camp.mnc)
    named = (area for _, one in messages for area in (one.here, one.old) if area is not None)
    return next(named, None)


def _placed(
    messages: list[tuple[int, NasMessage]],
) -> Iterator[tuple[Area | None, int | None, int, NasMessage]]:
    """Each message with the area and the cell that it ran on, as far as its connection names it."""
    cell: int | None = None
    cell_area: Area | None = None
    start = 0
    while start < len(messages):
        end = start + 1
        while end < len(messages) and not messages[end][1].begins:
            end += 1
        connection = messages[start:end]
        here = next((one.here for _, one in connection if one.procedure and one.here), None)
        for ts_ms, one in connection:
            if one.cell is not None:
                cell, cell_area = one.cell, one.here
            yield here or cell_area, cell, ts_ms, one
        start = end


def _fields(one: NasMessage, rat: str) -> dict[str, Any]:
    """The optional fields that a message has."""
    old = one.old
    fields = {
        **{name: getattr(one, name) for name in _OWN_FIELDS},
        "old_mcc": old.mcc if old else None,
        "old_mnc": old.mnc if old else None,
        "old_area": old.area if old else None,
        "old_rat": rat if old and old.area is not None else None,
        "old_lai_area": one.old_lai_area,
    }
    return {name: value for name, value in fields.items() if value is not None}
