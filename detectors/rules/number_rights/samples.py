"""Calls on which `number_rights` fires, and calls on which it stays silent."""

from detectors.model.codes import INTERCONNECT, INTERNATIONAL
from detectors.model.columns import Batch
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow
from detectors.register.register import Register
from detectors.rules.sample_town import Row, Town

_FIXED: Row = {"caller_prefix": 8610620, "caller_length": 12.0, "number_class": 1}
#: A firm by its own trunk, by another line, and by another operator's.
OWN: Row = {**_FIXED, "caller": "d-firm", "trunk": "pbx-1"}
ELSEWHERE: Row = {**OWN, "trunk": "pbx-9"}
OTHERS: Row = {**OWN, "trunk": "carrier-b-1", "ingress": INTERCONNECT}


def register(make: Town) -> Register:
    """The town's, and a list with firms' lines, one of whom is trusted."""
    rows: tuple[Row, ...] = (
        {"number": "d-firm", "rights": ("pbx-1", "pbx-2")},
        {"number": "d-shown", "rights": ("pbx-1",)},
        {"number": "d-trusted", "rights": ("pbx-1",), "trusted": True},
        {"prefix": "861062", "number_class": "fixed"},
    )
    source = Source("number.register", 0, 0, -1)
    listed = [NumberRow(rx_ts=make.t0_ms, source=source, **row) for row in rows]
    known = make.register()
    return known.with_numbers(known.numbers.updated(listed))


def fires(make: Town) -> list[Batch]:
    """Somebody shows a number on lines of their own, while its owner calls by its own."""
    calls = (ELSEWHERE, OTHERS, OWN, ELSEWHERE)
    return [make.calls(*({**row, "caller": "d-shown"} for row in calls))]


def silent(make: Town) -> list[Batch]:
    """The firm by both of its trunks, a number without a row of its own, one from abroad, and a
    call whose trunk isn't known."""
    abroad = {**OWN, "trunk": "gateway-01", "ingress": INTERNATIONAL}
    own = (OWN, {**OWN, "trunk": "pbx-2"}, {**OWN, "trunk": None})
    return [make.calls(*own, {**_FIXED, "trunk": "pbx-9"}, abroad, {"caller": None})]


def _failover(make: Town) -> list[Batch]:
    return [make.calls(OWN, OWN, ELSEWHERE, ELSEWHERE)]


def _trusted(make: Town) -> list[Batch]:
    return [make.calls({**ELSEWHERE, "caller": "d-trusted"})]


EXCUSED = {"excuse_failover": _failover, "excuse_trusted": _trusted}
