"""Reports far off all others that claim to be near are left out; a few can't turn that round."""

from typing import Any

import pytest

from detectors.incident.report import Report, fewer
from detectors.place.far_off import but_for_far_off

NAN = float("nan")
METRE = 1.0 / 111_195.0


def report(who: str, ts: int, north_m: float, east_m: float = 0.0) -> Report:
    lat, lon = north_m * METRE, east_m * METRE
    return Report(ts, who, None, lat, lon, NAN, NAN, -70.0, NAN, NAN)


def crowd(count: int = 12, at: Any = lambda n: 0.0) -> list[Report]:
    return [
        report(f"d{n}", 10_000 * n, 60.0 * (n % 5) + at(n), 50.0 * (n % 4)) for n in range(count)
    ]


def test_liars_in_step_are_left_out_however_often_they_report() -> None:
    honest = crowd()
    liars = [report(f"liar{n % 3}", 2_000 * n, 2500.0) for n in range(60)]
    assert but_for_far_off(sorted(honest + liars, key=lambda one: one.ts)) == honest
    assert but_for_far_off(honest) == honest


def test_as_many_as_may_be_right_stay() -> None:
    both = crowd(8) + [report(f"other{n}", 10_000 * n, 2500.0) for n in range(6)]
    assert but_for_far_off(both) == both
    few = [*crowd(4), report("far", 0, 9000.0)]
    assert but_for_far_off(few) == few


def test_one_that_drives_keeps_all_its_reports() -> None:
    driven = crowd(40, lambda n: 150.0 * n)
    assert but_for_far_off(driven) == driven
    lie = report("liar", 200_000, 9000.0)
    assert but_for_far_off([*driven, lie]) == driven


@pytest.mark.parametrize("liars", [1, 3])
def test_a_flood_of_a_few_drives_nobody_else_out(liars: int) -> None:
    honest = [report(f"d{n}", n, 0.0) for n in range(30)]
    flood = [report(f"liar{n % liars}", 1000 + n, 0.0) for n in range(500)]
    kept = fewer(honest + flood, 100, 20)
    assert kept[:30] == honest
    assert len(kept) == 30 + 20 * liars or len(kept) == 100
    assert fewer(honest, 20, 20) == honest[-20:]
