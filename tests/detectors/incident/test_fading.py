"""A device's word fades with its age: of what it is about, or of its arrival."""

from typing import Any

import pytest

from detectors.incident.fusion import Fusion, contributions

FUSION = Fusion(calibration_slope=1.0, calibration_offset=0.0)


def test_what_arrives_late_about_one_time_fades_together(make: Any) -> None:
    """Phones that keep their reports for half an hour speak of the same minutes."""
    late = make.incident(make.finding(n, late_s=300.0 * n, weight=2.0) for n in range(4))
    assert contributions(late, late.last_rx, FUSION) == {"unknown_cell": 8.0}
    in_turn = make.incident(make.finding(n, 300.0 * n, weight=2.0) for n in range(4))
    known = contributions(in_turn, in_turn.last_rx, FUSION)["unknown_cell"]
    assert known == pytest.approx(2.0 * sum(0.5 ** (n / 2) for n in range(4)))


def test_a_clock_that_is_behind_makes_no_finding_old(make: Any) -> None:
    behind = [make.finding(n, -3600.0, 3600.0, weight=2.0) for n in range(2)]
    one = make.incident([make.finding(7, weight=2.0), *behind])
    assert contributions(one, one.last_rx, FUSION) == {"unknown_cell": 6.0}
