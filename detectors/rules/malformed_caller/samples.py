"""Calls on which `malformed_caller` fires, and calls on which it stays silent."""

from detectors.model.codes import INTERCONNECT, INTERNATIONAL
from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

#: Nothing but zeros, from abroad.
ODD: Row = {
    **{"caller_prefix": 0, "caller_digits": 7, "caller_length": 9.0, "caller_nai": 2.0},
    **{"ingress": INTERNATIONAL, "trunk": "gateway-01", "number_class": 0},
}
#: A number of home that no range has, of usual length, and one with three digits too many.
NEW: Row = {"caller_prefix": 8616312, "caller_length": 13.0, "number_class": 0}
LONG: Row = {"caller_prefix": 8613912, "caller_length": 16.0, "number_class": 0}


def fires(make: Town) -> list[Batch]:
    inland = {**LONG, "ingress": INTERCONNECT, "trunk": "carrier-b"}
    short = {**ODD, "caller_prefix": 55, "caller_digits": 2, "caller_length": 2.0}
    return [make.calls(ODD, {"caller": "d0", **ODD}, inland, short)]


def silent(make: Town) -> list[Batch]:
    """Ordinary numbers, one of Britain, one that was withheld, and one that its switch knows."""
    british = {"caller_prefix": 4474005, "caller_length": 12.0, "ingress": INTERNATIONAL}
    withheld = {"caller": None, "caller_prefix": -1, "caller_digits": 0, "caller_length": None}
    return [make.calls({}, {**british, "number_class": 0}, withheld, {**NEW, "number_class": 2})]


def _extension(make: Town) -> list[Batch]:
    own = {"caller_prefix": 417, "caller_digits": 3, "caller_length": 3.0, "caller_nai": 2.0}
    return [make.calls({**LONG, "trunk": "pbx-7"}, {**own, "trunk": "pbx-7", "number_class": 0})]


def _zeros(make: Town) -> list[Batch]:
    """00044 7400 .., as some exchange abroad signals it."""
    zeros = {"caller_prefix": 4474, "caller_length": 15.0, "caller_nai": 4.0}
    return [make.calls({**ODD, **zeros})]


def _new_range(make: Town) -> list[Batch]:
    return [make.calls({**NEW, "ingress": INTERCONNECT}, {**NEW, "ingress": INTERNATIONAL})]


EXCUSED = {
    "excuse_exchange": _extension,
    "excuse_zeros": _zeros,
    "excuse_new_range": _new_range,
}
