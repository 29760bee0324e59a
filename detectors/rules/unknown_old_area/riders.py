"""Phones that the core sees go the same way together: riders of one train are one witness.

A train takes all its riders through an area that the register lacks, and all come back from it on
the same cells within seconds. Residents whom a transmitter took come back each from where it is.
"""

from collections.abc import Iterable
from typing import Final

from detectors.features.baselines.unknown_area_history import Naming
from detectors.features.memory.last_message import Before
from detectors.features.rows import registrations
from detectors.model.columns import Signalling
from detectors.register.register import Register

#: Whom the core had longer ago (ms) may have gone any way.
_LATELY_MS: Final = 300_000


def way_of(before: Before, had_at: int, now: Signalling, at: int, register: Register) -> str:
    """From which site to which one the core saw a phone go within minutes: from the cell in row
    ``had_at`` of what was before, of a phone that it knew, to that in row ``at`` of messages now.
    Empty where it stayed at one site, or where that isn't known."""
    if now.rx_ms[at] - before.rx_ms[had_at] > _LATELY_MS:
        return ""
    ts_ms, cells = int(now.ts_ms[at]), {name: getattr(now, name) for name in registrations.CELL}
    had = registrations.place_of_cell(register, before.columns, had_at, ts_ms)
    back = registrations.place_of_cell(register, cells, at, ts_ms)
    if had is None or back is None:
        return ""
    sites = [f"{place.lat:.3f},{place.lon:.3f}" for place in (had, back)]
    return "" if sites[0] == sites[1] else ">".join(sites)


def rides_along(naming: Naming, recent: Iterable[Naming], together_ms: int) -> bool:
    """Whether somebody went the same way up to so long before, and named the same area."""
    return naming.way != "" and any(
        other.way == naming.way and other.who != naming.who
        for other in recent
        if (other.rx, other.who) < (naming.rx, naming.who)
        if naming.rx - other.rx <= together_ms
    )
