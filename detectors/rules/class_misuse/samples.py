"""Calls on which `class_misuse` fires, and calls on which it stays silent."""

from detectors.model.codes import INTERCONNECT
from detectors.model.columns import Batch
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town

SHARED: Row = {"caller_prefix": 8640012, "caller_length": 12.0, "ingress": INTERCONNECT}
FREE: Row = {"caller_prefix": 8680012, "caller_length": 12.0, "ingress": INTERCONNECT}


def register(make: Town) -> Register:
    """The town's, and a list with a firm's 400 number and all of 400."""
    rows: tuple[Row, ...] = (
        {"number": "d-firm", "number_class": "400"},
        {"prefix": "86400", "number_class": "400"},
    )
    source = Source("number.register", 0, 0, -1)
    listed = [NumberRow(rx_ts=make.t0_ms, source=source, **row) for row in rows]
    known = make.register()
    return known.with_numbers(known.numbers.updated(listed))


def thing(callees: int, who: str = "d-thing") -> list[Row]:
    """Calls of a card for things, half a minute apart, each to another number."""
    own = {"caller": who, "caller_prefix": 8610648, "caller_length": 15.0, "number_class": 3}
    return [{**own, "at_s": 30.0 * n, "callee": f"{who}-c{n}"} for n in range(callees)]


def virtual(callees: int, region: str = "10") -> list[Row]:
    """Calls of a subscriber of a virtual operator to different people of one region."""
    own = {"caller": "d-virtual", "caller_prefix": 8617012, "number_class": 4}
    return [
        {**own, "at_s": 30.0 * n, "callee": f"v{n}", "callee_region": region}
        for n in range(callees)
    ]


def fires(make: Town) -> list[Batch]:
    weak = [{**row, "at_s": 700.0 + n} for n, row in enumerate((SHARED, FREE))]
    return [make.calls(*thing(20), *weak, *virtual(70))]


def silent(make: Town) -> list[Batch]:
    """People, and things and people of virtual operators that ring few."""
    few = [{**row, "at_s": 300.0 + n} for n, row in enumerate(virtual(10))]
    return [make.calls({}, {"caller": None}, *thing(1), *few)]


def _chain(make: Town) -> list[Batch]:
    return [make.calls(*thing(4))]


def _registered(make: Town) -> list[Batch]:
    return [make.calls({**SHARED, "caller": "d-firm"})]


def _district(make: Town) -> list[Batch]:
    return [make.calls(*virtual(70, region="21"))]


EXCUSED = {
    "excuse_chain": _chain,
    "excuse_registered": _registered,
    "excuse_district": _district,
}
