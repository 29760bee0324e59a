"""Calls on which `caller_rate` fires, and calls on which it stays silent."""

from typing import Final

from detectors.model.codes import INTERCONNECT
from detectors.model.columns import Batch
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow
from detectors.numbers.book import NumberBook
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town

#: Callees are named so that no two share a bit, by the keys of the tests of samples.
_NAMES: Final = "c1170-"
#: A bank's number, which the operator's list trusts.
BANK: Row = {"caller_prefix": 8695588, "caller_digits": 7, "caller_length": 7.0}
#: A mobile number of it.
BANK_MOBILE: Row = {"caller_prefix": 8613955, "caller_digits": 7, "caller_length": 13.0}
#: A firm's line, on the trunk that the list has for it.
FIRM: Row = {"caller_prefix": 8610623, "caller_digits": 7, "caller_length": 12.0, "trunk": "pbx-1"}


def strangers(count: int, who: str, apart_s: float = 60.0, **every: object) -> list[Row]:
    """Calls of one number to so many others; who ended them isn't known."""
    every = {"released_by": None, **every}
    return [
        {"caller": who, "callee": f"{_NAMES}{who}-{n}", "at_s": apart_s * n, **every}
        for n in range(count)
    ]


def register(make: Town) -> Register:
    """The town's, and a list of numbers with ranges of a bank and of a firm."""
    source = Source("number.register", 0, 0, -1)
    ranges = "8695588", "8613955"
    rows = [NumberRow(rx_ts=0, source=source, prefix=each, trusted=True) for each in ranges]
    rows.append(NumberRow(rx_ts=0, source=source, prefix="8610623", rights=("pbx-1",)))
    return make.register().with_numbers(NumberBook().updated(rows))


def fires(make: Town) -> list[Batch]:
    """Two people's numbers that ring 20 and 12 strangers."""
    rows = [*strangers(20, "d1"), *strangers(12, "d2")]
    return [make.calls(*sorted(rows, key=lambda row: row["at_s"]))]


def silent(make: Town) -> list[Batch]:
    """Nine strangers, and twenty over ten hours."""
    return [make.calls(*strangers(9, "d1"), *strangers(20, "d2", 1800.0))]


def couriers(make: Town) -> list[Batch]:
    """Twenty-four strangers of one region, from cell to cell."""
    rows = strangers(24, "d1", area=7.0)
    return [make.calls(*({**row, "cell": float(n % 9)} for n, row in enumerate(rows)))]


def firms(make: Town) -> list[Batch]:
    return [make.calls(*strangers(40, "d1", **FIRM, ingress=INTERCONNECT))]


def listed(make: Town) -> list[Batch]:
    return [make.calls(*strangers(140, "d1", 30.0, **BANK))]


def regulars(make: Town) -> list[Batch]:
    """Three calls each to twelve people."""
    rows = [{"caller": "d1", "callee": f"c{n // 3}", "at_s": 60.0 * n} for n in range(36)]
    return [make.calls(*rows, released_by=None)]


def spoken_with(make: Town) -> list[Batch]:
    """Of twenty calls the caller ends half, and the callee the others after a while."""
    rows = strangers(20, "d1", duration_ms=50_000.0)
    return [make.calls(*({**row, "released_by": 1 + n % 2} for n, row in enumerate(rows)))]


EXCUSED = {
    "excuse_rounds": couriers,
    "excuse_firms": firms,
    "excuse_listed": listed,
    "excuse_regulars": regulars,
    "excuse_spoken_with": spoken_with,
}
