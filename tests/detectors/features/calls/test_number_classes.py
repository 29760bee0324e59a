"""What a number is: by the operator's list, save where leading digits say that the row is wrong."""

from typing import Any

import pytest

from detectors.features.calls.numbers import classes
from detectors.numbers.classes import FIXED, IOT, MOBILE, MVNO, SERVICE, SHARED_COST


def class_of(make: Any, prefix: int, length: float, listed: str | None) -> int:
    rows = [] if listed is None else [{"number": "d-1", "number_class": listed}]
    calls = make.calls({"caller": "d-1", "caller_prefix": prefix, "caller_length": length})
    return int(classes(make.facts(calls, make.register_listing(*rows)))[0])


@pytest.mark.parametrize(
    ("prefix", "length", "listed", "expected"),
    [
        (8610620, 12.0, None, FIXED),
        (8610620, 12.0, "mobile", FIXED),
        (8610620, 12.0, "service", SERVICE),
        (8613912, 13.0, "fixed", MOBILE),
        (8613912, 13.0, "mvno", MVNO),
        (8613912, 13.0, "iot", IOT),
        (8640012, 12.0, "mobile", SHARED_COST),
        # Of what no plan knows the list alone speaks.
        (8600055, 13.0, "mobile", MOBILE),
    ],
)
def test_a_row_makes_no_subscriber_of_a_line(
    make: Any, prefix: int, length: float, listed: str | None, expected: int
) -> None:
    assert class_of(make, prefix, length, listed) == expected
