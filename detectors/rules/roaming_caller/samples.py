"""Calls on which `roaming_caller` fires, and calls on which it stays silent."""

from detectors.model.columns import Batch
from detectors.register.register import Register
from detectors.rules.caller_rate.samples import BANK_MOBILE, FIRM, strangers
from detectors.rules.caller_rate.samples import register as register_with_bank
from detectors.rules.sample_town import Row, Town

#: A line of Shanghai that is there, and rings Chengdu.
FAR: Row = {"home_region": "21", "visited_region": "21", "callee_region": "28"}
#: .. and one of Shanghai that is in Beijing.
AWAY: Row = {"home_region": "21", "visited_region": "10", "callee_region": "28"}
ONE_CELL: Row = {"area": 7.0, "cell": 3.0}


def register(make: Town) -> Register:
    return register_with_bank(make)


def fires(make: Town) -> list[Batch]:
    """A line at home that rings far strangers, and one that is away and rings nobody at home."""
    rows = [*strangers(12, "d1", **FAR, **ONE_CELL), *strangers(10, "d2", **AWAY)]
    return [make.calls(*sorted(rows, key=lambda row: row["at_s"]))]


def silent(make: Town) -> list[Batch]:
    """Strangers of the caller's own region, and a worker of whose calls a half go home."""
    near = strangers(30, "d5", **{**FAR, "callee_region": "21"})
    worker = strangers(12, "d6", **AWAY)
    calls = [{**row, **({"callee_region": "21"} if n % 2 else {})} for n, row in enumerate(worker)]
    return [make.calls(*near, *calls)]


def migrants(make: Town) -> list[Batch]:
    """A worker in Beijing, most of whose calls go to Chengdu, and some home."""
    rows = strangers(12, "d1", **AWAY)
    home = {"callee_region": "21"}
    return [make.calls(*({**row, **(home if n % 4 == 0 else {})} for n, row in enumerate(rows)))]


def scattered(make: Town) -> list[Batch]:
    """Somebody who rings family and friends in six regions."""
    rows = strangers(12, "d1", **FAR)
    regions = ["28", "20", "23", "571", "21", "21"]
    calls = [{**row, "callee_region": regions[n % 6]} for n, row in enumerate(rows)]
    return [make.calls(*calls)]


def moving(make: Town) -> list[Batch]:
    rows = strangers(12, "d1", **FAR, area=7.0)
    return [make.calls(*({**row, "cell": float(n)} for n, row in enumerate(rows)))]


def firms(make: Town) -> list[Batch]:
    return [make.calls(*strangers(12, "d1", **FAR, **FIRM))]


def spoken_with(make: Town) -> list[Batch]:
    """Of sixteen calls the caller ends half, and the callee the others after a while."""
    rows = strangers(16, "d1", **FAR, duration_ms=50_000.0)
    return [make.calls(*({**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)))]


def listed(make: Town) -> list[Batch]:
    """A bank's line, with a mobile number that the list trusts."""
    return [make.calls(*strangers(12, "d1", **FAR, **BANK_MOBILE))]


EXCUSED = {
    "excuse_migrants": migrants,
    "excuse_scattered": scattered,
    "excuse_moving": moving,
    "excuse_firms": firms,
    "excuse_spoken_with": spoken_with,
    "excuse_listed": listed,
}
