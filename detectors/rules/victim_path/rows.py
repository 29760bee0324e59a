"""What both sides of a story read of one row of a batch of calls."""

from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.calls.numbers import about
from detectors.features.facts import Facts
from detectors.model.columns import Calls
from detectors.model.finding import OfCalls, Role
from detectors.rules.victim_path.recent import Ring

MS_A_MIN: Final = 60_000


def ring_in(batch: Calls, row: int) -> Ring:
    """The call of a row, as it is remembered."""
    return Ring(
        batch.callee[row] or "", batch.call_ref[row], int(batch.ts_ms[row]), int(batch.rx_ms[row])
    )


def times_in(batch: Calls, row: int) -> dict[str, Any]:
    """When a call ended, and how many minutes it took."""
    ring_ms, duration_ms = np.nan_to_num([batch.ring_ms[row], batch.duration_ms[row]])
    ends_ms = int(batch.ts_ms[row]) + int(ring_ms + duration_ms)
    return {"ends_ms": ends_ms, "minutes": int(duration_ms // MS_A_MIN)}


def about_call(
    facts: Facts[Calls], row: int, which: str = "caller", role: Role = "caller"
) -> OfCalls:
    """What `about` says, with what campaigns have in common."""
    batch = facts.batch
    given = about(facts, row, which, role)  # type: ignore[arg-type]
    links = []
    if which == "caller":
        if batch.trunk[row]:
            links.append(f"trunk:{batch.trunk[row]}")
        if given.prefix:
            links.append(f"prefix:{given.prefix}/{given.length or 0}")
        if batch.callee_region[row]:
            links.append(f"region:{batch.callee_region[row]}")
    elif given.number:
        links.append(f"callback:{given.number}")
    return msgspec.structs.replace(given, links=tuple(links))
