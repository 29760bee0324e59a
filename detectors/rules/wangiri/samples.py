"""Calls on which `wangiri` fires, and calls on which it stays silent."""

from detectors.model.codes import INTERNATIONAL
from detectors.model.columns import Batch
from detectors.register.register import Register
from detectors.rules.caller_rate.samples import BANK, strangers
from detectors.rules.caller_rate.samples import register as register_with_bank
from detectors.rules.sample_town import Row, Town

CALLER = 1
#: A call that its caller ends after a ring.
ONCE: Row = {"answered": False, "ring_ms": 1500.0, "duration_ms": 0.0, "released_by": CALLER}
ABROAD: Row = {"caller_prefix": 2243210, "caller_length": 11.0, "ingress": INTERNATIONAL}
ABROAD |= {"trunk": "gw-1"}


def register(make: Town) -> Register:
    return register_with_bank(make)


def fires(make: Town) -> list[Batch]:
    """Three numbers of one foreign range ring four people, one of home twelve."""
    abroad = [{"caller": f"d{n}", "at_s": 7.0 * n, **ONCE, **ABROAD} for n in (1, 2, 2, 3)]
    home = strangers(12, "d4", **ONCE)
    return [make.calls(*sorted([*abroad, *home], key=lambda row: row["at_s"]))]


def silent(make: Town) -> list[Batch]:
    """One from abroad who is answered, one who waits, one whose callee refuses."""
    calls: list[Row] = [{**ABROAD}, {**ABROAD, **ONCE, "ring_ms": 30_000.0}]
    calls += [{**ABROAD, **ONCE, "released_by": 2}, {**ABROAD, **ONCE, "ring_ms": 0.0}]
    return [make.calls(*calls)]


def on_purpose(make: Town) -> list[Batch]:
    """A neighbour who rings a friend once."""
    return [make.calls({"caller": "d1", **ONCE})]


def acquainted(make: Town) -> list[Batch]:
    """A relative abroad, who has spoken with the one whom she then rings twice."""
    spoken: Row = {"caller": "d1", "callee": "c1", **ABROAD}
    return [make.calls(*({**spoken, "at_s": 60.0 * n, **(ONCE if n else {})} for n in range(6)))]


def listed(make: Town) -> list[Batch]:
    return [make.calls(*strangers(12, "d1", **ONCE, **BANK))]


EXCUSED = {
    "excuse_on_purpose": on_purpose,
    "excuse_acquainted": acquainted,
    "excuse_listed": listed,
}
