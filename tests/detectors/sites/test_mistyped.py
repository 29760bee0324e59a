"""Slips of the pen in registered places."""

import pytest

from detectors.sites.mistyped import nats_of_slip

HERE = (30.66, 104.06)


@pytest.mark.parametrize(
    "registered",
    [
        (31.66, 104.06),  # a digit of one axis
        (30.66, 114.06),
        (-30.66, 104.06),
        (30.66, 10.406),
    ],
)
def test_one_axis_is_right(registered: tuple[float, float]) -> None:
    assert nats_of_slip(registered, (HERE[0] + 0.01, HERE[1] - 0.01)) == pytest.approx(
        1.37, abs=0.01
    )


def test_axes_exchanged_say_where_the_cell_is() -> None:
    here = (24.98, 87.31)
    assert nats_of_slip((87.31, 24.98), here) == pytest.approx(3.22, abs=0.01)
    # Nobody is beyond a pole.
    assert nats_of_slip((80.0, 120.0), (-60.0, 80.0)) is None


@pytest.mark.parametrize(
    "registered",
    [
        HERE,
        (30.70, 104.10),  # a few kilometres off: no slip of a digit that shows
        (31.66, 105.06),
        (30.76, 104.16),
    ],
)
def test_what_is_off_otherwise_is_no_slip(registered: tuple[float, float]) -> None:
    assert nats_of_slip(registered, HERE) is None
