"""Where a known cell can't be, with every margin that belongs to it."""

from typing import Any

import pytest

from detectors.model.codes import CELL_KINDS, GSM, LTE, NR, UMTS, code_of
from detectors.rules.impossible_distance.rule import ImpossibleDistance

NETWORK = 3


def found(make: Any, far_m: float, register: Any = None, **row: Any) -> list[Any]:
    lat, lon = make.at(far_m)
    batch = make.measurements({"lat": lat, "lon": lon, **row})
    findings: list[Any] = make.found(ImpossibleDistance(), batch, register)
    return findings


def reasons(findings: list[Any]) -> list[str]:
    return [finding.values["reason"] for finding in findings]


@pytest.mark.parametrize(
    ("rat", "reach_m"), [(GSM, 35_000.0), (UMTS, 30_000.0), (LTE, 30_000.0), (NR, 20_000.0)]
)
def test_beyond_the_reach_of_the_rat(make: Any, rat: int, reach_m: float) -> None:
    quiet = {"rat": rat, "signal_dbm": -120.0, "serving": False}
    # The mast's own 100 m and twice the phone's 10 m are given away.
    assert found(make, reach_m + 100.0, **quiet) == []
    (finding,) = found(make, reach_m + 140.0, **quiet)
    assert reasons([finding]) == ["too_far"]
    assert (finding.weight, finding.cap, finding.space) == (0.7, 4.0, "device")
    assert finding.values["site_distance_m"] == pytest.approx(reach_m + 140.0, abs=2.0)


def test_a_cell_of_known_long_range_may_be_three_times_as_far(make: Any) -> None:
    wide = make.register(range_m=20_000.0)
    quiet = {"signal_dbm": -120.0, "serving": False}
    assert found(make, 59_000.0, wide, **quiet) == []
    assert reasons(found(make, 61_000.0, wide, **quiet)) == ["too_far"]


def test_accuracy_and_way_driven_are_given_twice_over(make: Any) -> None:
    row = {"signal_dbm": -120.0, "serving": False}
    assert len(found(make, 32_000.0, **row)) == 1
    assert found(make, 32_000.0, accuracy_m=1000.0, **row) == []
    assert found(make, 32_000.0, speed_mps=70.0, **row) == []
    assert len(found(make, 32_000.0, speed_mps=30.0, **row)) == 1
    assert len(found(make, 32_000.0, accuracy_m=None, **row)) == 1  # then 100 m are meant


def test_a_position_from_the_network_contradicts_nothing(make: Any) -> None:
    assert found(make, 50_000.0, position_source=NETWORK) == []
    assert len(found(make, 50_000.0, position_source=None)) == 1


def test_without_a_position_there_is_no_distance(make: Any) -> None:
    assert make.found(ImpossibleDistance(), make.measurements({"lat": None, "lon": None})) == []


def test_a_site_without_a_place_has_no_distance(make: Any) -> None:
    assert found(make, 50_000.0, make.register(lat=None, lon=None)) == []


def test_a_temporary_cell_goes_where_it_is_needed(make: Any) -> None:
    macro, temporary = (make.register(kind=code_of(k, CELL_KINDS)) for k in ("macro", "temporary"))
    assert reasons(found(make, 50_000.0, macro)) == ["too_far"]
    assert found(make, 50_000.0, temporary) == []


def test_unregistered_cells_are_another_rules_business(make: Any) -> None:
    assert found(make, 50_000.0, cell=1999) == []
    assert found(make, 50_000.0, area=777) == []
    assert found(make, 50_000.0, mcc=262) == []


def test_a_row_that_is_not_valid_yet_does_not_count(make: Any) -> None:
    register = make.register(valid_from_ms=make.t0_ms + 60_000)
    assert found(make, 50_000.0, register, at_s=59) == []
    assert len(found(make, 50_000.0, register, at_s=61)) == 1


RINGS = [(GSM, None, 553.46), (LTE, None, 78.07), (NR, None, 78.07), (NR, 39.04, 39.04)]


@pytest.mark.parametrize(("rat", "given_m", "step_m"), RINGS)
def test_a_ring_that_ends_before_the_site(
    make: Any, rat: int, given_m: float | None, step_m: float
) -> None:
    row = {"rat": rat, "timing_advance": 3, "ta_step_m": given_m, "signal_dbm": -110.0}
    edge_m = 4 * step_m + 300.0 + 120.0  # ring, its slack, the site's and the phone's share
    assert found(make, edge_m - 10.0, **row) == []
    assert reasons(found(make, edge_m + 10.0, **row)) == ["timing_advance"]


def test_an_echo_may_make_any_advance_too_long(make: Any) -> None:
    assert found(make, 100.0, rat=GSM, timing_advance=63) == []
    assert found(make, 100.0, rat=LTE, timing_advance=1282) == []


def test_android_gives_nr_in_microseconds(make: Any) -> None:
    row = {"rat": NR, "timing_advance": 9, "signal_dbm": -110.0}
    assert found(make, 3000.0, ta_step_m=299.79, **row) == []
    assert reasons(found(make, 3000.0, **row)) == ["timing_advance"]


def test_a_step_of_nothing_is_not_a_ring(make: Any) -> None:
    assert found(make, 3000.0, rat=NR, timing_advance=60, ta_step_m=0.0, signal_dbm=-110.0) == []


def test_umts_has_no_ring(make: Any) -> None:
    assert found(make, 3000.0, rat=UMTS, timing_advance=0, signal_dbm=-110.0) == []


@pytest.mark.parametrize(("rat", "near_dbm"), [(GSM, -60.0), (UMTS, -60.0), (LTE, -70.0)])
def test_stronger_than_free_space_allows(make: Any, rat: int, near_dbm: float) -> None:
    row = {"rat": rat, "serving": False}
    assert reasons(found(make, 15_000.0, signal_dbm=near_dbm, **row)) == ["too_strong"]
    assert found(make, 15_000.0, signal_dbm=-100.0, **row) == []
    # Within four of its ranges and 3 km more, an honest cell may surprise.
    assert found(make, 6_900.0, signal_dbm=near_dbm, **row) == []


def test_served_far_beyond_its_range_is_weak(make: Any) -> None:
    (finding,) = found(make, 8_000.0, signal_dbm=-110.0)
    assert reasons([finding]) == ["beyond_range"]
    assert (finding.weight, finding.cap) == (0.7, 4.0)
    assert found(make, 8_000.0, signal_dbm=-110.0, serving=False) == []


def test_an_unknown_range_is_taken_for_a_kilometre(make: Any) -> None:
    register = make.register(range_m=None)
    assert found(make, 7_000.0, register, signal_dbm=-110.0) == []
    assert reasons(found(make, 7_200.0, register, signal_dbm=-110.0)) == ["beyond_range"]


def test_a_crowd_estimate_may_be_a_range_off_and_is_no_mast(make: Any) -> None:
    crowd = make.register(changeable=1.0)
    assert found(make, 8_200.0, crowd, signal_dbm=-110.0) == []
    row = {"timing_advance": 3, "signal_dbm": -110.0}
    assert found(make, 1_620.0, crowd, **row) == []
    assert reasons(found(make, 1_640.0, crowd, **row)) == ["timing_advance"]


def test_an_estimate_of_few_samples_is_weak_and_three_kilometres_worse(make: Any) -> None:
    guess = make.register(changeable=1.0, samples=3.0)
    row = {"timing_advance": 3, "signal_dbm": -110.0}
    assert found(make, 4_620.0, guess, **row) == []
    (finding,) = found(make, 4_640.0, guess, **row)
    assert (finding.weight, finding.cap) == (0.7, 4.0)


def test_one_report_is_one_finding(make: Any) -> None:
    far = found(make, 50_000.0, timing_advance=0, signal_dbm=-50.0)
    assert reasons(far) == ["too_far"]


def test_the_finding_carries_what_locating_needs(make: Any) -> None:
    (finding,) = found(make, 50_000.0, timing_advance=2, arfcn=1300, pci=77)
    assert (finding.signal_dbm, finding.timing_advance) == (-85.0, 2.0)
    assert (finding.claimed.arfcn, finding.claimed.pci) == (1300, 77)
    assert finding.place.accuracy_m == 10.0


def way(make: Any, *steps: dict[str, Any]) -> Any:
    """One phone's messages, ten seconds apart, so many metres east of the site."""
    rows = []
    for number, given in enumerate(steps):
        step = dict(given)
        lat, lon = make.at(step.pop("far_m"), step.pop("north_m", 0.0))
        rows.append({"device": "d0", "at_s": 10.0 * number, "lat": lat, "lon": lon, **step})
    return make.measurements(*rows, signal_dbm=-110.0, speed_mps=20.0)


def test_f20_a_stale_modem_shows_its_last_cell_on_and_on(make: Any) -> None:
    stale = way(make, *({"far_m": 7_600.0 + 200.0 * step} for step in range(6)))
    assert len(make.found(ImpossibleDistance(excuse_stale=False), stale)) > 1
    # The first message beyond the range has the same sample as that before it.
    assert make.found(ImpossibleDistance(), stale) == []


def test_f20_a_stale_modem_that_stops_is_still_stale(make: Any) -> None:
    steps = (7_600.0, 7_900.0, 7_900.0, 7_900.0)
    stale = way(make, *({"far_m": far_m} for far_m in steps))
    assert make.found(ImpossibleDistance(), stale) == []
    slow = way(make, *({"far_m": 7_800.0 + 60.0 * step, "accuracy_m": 30.0} for step in range(9)))
    assert [finding.source.offset for finding in make.found(ImpossibleDistance(), slow)] == [
        *range(6)
    ]


def test_f20_a_clone_that_is_measured_anew_is_not_stale(make: Any) -> None:
    fresh = way(make, *({"far_m": 8_500.0, "signal_dbm": -80.0 - step} for step in range(3)))
    assert len(make.found(ImpossibleDistance(), fresh)) == 3
    standing = way(make, *({"far_m": 8_500.0} for _ in range(3)))
    assert len(make.found(ImpossibleDistance(), standing)) == 3


JUMP = {"far_m": 3_000.0, "timing_advance": 1, "signal_dbm": -95.0}


def test_f28_a_phone_that_jumps_has_a_wrong_position(make: Any) -> None:
    jump = way(make, {"far_m": 100.0}, JUMP)
    assert len(make.found(ImpossibleDistance(excuse_outlier=False), jump)) == 1
    assert make.found(ImpossibleDistance(), jump) == []


def test_f28_a_victim_that_was_near_before_is_no_outlier(make: Any) -> None:
    driven = way(make, {"far_m": 2_850.0, "rat": GSM}, JUMP)
    assert reasons(make.found(ImpossibleDistance(), driven)) == ["timing_advance"]
    # Without its speed, the phone may be a fast train.
    unknown = way(make, {"far_m": 2_200.0, "speed_mps": None}, {**JUMP, "speed_mps": None})
    assert len(make.found(ImpossibleDistance(), unknown)) == 1


def test_f7_a_repeater_adds_delay_and_a_clone_has_none(make: Any) -> None:
    far = {"signal_dbm": -60.0}
    repeated = {**far, "timing_advance": 120}
    assert found(make, 9_000.0, **repeated) == []
    lat, lon = make.at(9_000.0)
    batch = make.measurements({"lat": lat, "lon": lon, **repeated})
    assert len(make.found(ImpossibleDistance(excuse_repeater=False), batch)) == 1
    assert reasons(found(make, 9_000.0, **far, timing_advance=3)) == ["timing_advance"]
    assert reasons(found(make, 50_000.0, **repeated)) == ["too_far"]


def test_f19_what_is_only_received_may_be_received_from_a_tower(make: Any) -> None:
    lat, lon = make.at(50_000.0)
    received = make.measurements({"lat": lat, "lon": lon, "serving": False})
    assert make.found(ImpossibleDistance(), received)[0].weight == 0.7
    assert make.found(ImpossibleDistance(excuse_high=False), received)[0].weight == 1.6
    assert found(make, 50_000.0)[0].weight == 1.6


def test_a_wrong_row_is_judged_with_its_site_and_not_here(make: Any) -> None:
    """A crowd's estimate may be a town off; together it weighs less than a mast."""
    (finding,) = found(make, 40_000.0, make.register(changeable=1.0))
    assert (finding.weight, finding.cap) == (1.6, ImpossibleDistance().estimate_cap)


@pytest.mark.parametrize(("far_m", "reason"), [(10_000.0, "beyond_range"), (13_000.0, "too_far")])
def test_served_ten_ranges_away_is_another_town(make: Any, far_m: float, reason: str) -> None:
    (finding,) = found(make, far_m, make.register(range_m=1000.0))
    assert finding.values["reason"] == reason
    assert found(make, 13_000.0, make.register(range_m=2000.0), serving=False) == []
    (finding,) = found(make, 13_000.0, make.register(range_m=2000.0))
    assert finding.values["reason"] == "beyond_range"
    # A repeater or a long fibre adds delay.
    assert found(make, far_m, make.register(range_m=1000.0), timing_advance=170) == []
