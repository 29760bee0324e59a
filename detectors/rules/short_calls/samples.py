"""Calls on which `short_calls` fires, and calls on which it stays silent."""

from detectors.model.columns import Batch
from detectors.register.register import Register
from detectors.rules.caller_rate.samples import BANK_MOBILE, FIRM, strangers
from detectors.rules.caller_rate.samples import register as register_with_bank
from detectors.rules.sample_town import Row, Town

CALLER, CALLEE = 1, 2
SOON: Row = {"released_by": CALLEE, "duration_ms": 7000.0}
MISSED: Row = {"answered": False, "duration_ms": 0.0, "cause": 19.0, "released_by": CALLER}


def register(make: Town) -> Register:
    return register_with_bank(make)


def ended_soon(count: int, who: str, **every: object) -> list[Row]:
    """Calls to so many strangers, who end them."""
    return strangers(count, who, **{**SOON, **every})


def fires(make: Town) -> list[Batch]:
    """Two numbers whose callees end what they answer, one of them with half of its calls."""
    rows = ended_soon(14, "d1")
    rows += [{**row, **(MISSED if n % 2 else {})} for n, row in enumerate(ended_soon(16, "d2"))]
    return [make.calls(*sorted(rows, key=lambda row: row["at_s"]))]


def silent(make: Town) -> list[Batch]:
    """People who speak at length, end by either side, and some who don't answer."""
    rows = strangers(16, "d1")
    mixed = [{**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)]
    return [make.calls(*mixed, *ended_soon(3, "d2"))]


def alarms(make: Town) -> list[Batch]:
    """An alarm's line, which rings three numbers for seconds."""
    rows = [{"caller": "d1", "callee": f"c{n % 3}", "at_s": 60.0 * n, **SOON} for n in range(14)]
    return [make.calls(*rows)]


def errands(make: Town) -> list[Batch]:
    """Taxi dispatch: brief words, which most callees end; half of them don't answer."""
    rows = ended_soon(24, "d1", **FIRM)
    calls = [{**row, **(MISSED if n % 2 else {})} for n, row in enumerate(rows)]
    calls[0]["released_by"] = calls[4]["released_by"] = CALLER
    return [make.calls(*calls)]


def diallers(make: Town) -> list[Batch]:
    """A firm's dialler: some calls end within a ring, and callees end those in which nobody
    speaks."""
    rang: Row = {**MISSED, "ring_ms": 2000.0}
    rows = [
        {**row, **(rang if n % 2 else {})} for n, row in enumerate(ended_soon(24, "d1", **FIRM))
    ]
    return [make.calls(*rows)]


def listed(make: Town) -> list[Batch]:
    return [make.calls(*ended_soon(14, "d1", **BANK_MOBILE))]


EXCUSED = {
    "excuse_alarms": alarms,
    "excuse_errands": errands,
    "excuse_diallers": diallers,
    "excuse_listed": listed,
}
