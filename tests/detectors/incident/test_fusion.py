"""How findings add up, and what a few hostile phones can't reach."""

from itertools import product
from math import log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.incident.fusion import (
    Fusion,
    bounded,
    contributions,
    enough_devices,
    log_odds,
    probability,
)
from detectors.incident.incident import Incident
from detectors.model.finding import Finding
from detectors.rules.unknown_cell.rule import UnknownCell

#: Sums of weights as they are: the two numbers of the calibration are measured anew now and then.
FUSION = Fusion(calibration_slope=1.0, calibration_offset=0.0)
PHANTOM = {"detector": "phantom_sms", "family": "sms", "weight": 2.0, "cap": 6.5, "claimed": None}
DETECTORS = ("unknown_old_area", "unknown_cell", "impossible_distance", "phantom_sms")


def incident(*findings: Finding) -> Incident:
    first = findings[0]
    one = Incident("zone", "zone", first.rx_ts, first.rx_ts, first.ts, first.ts)
    for finding in findings:
        one.add(finding, finding.rx_ts)
    return one


def weighed(one: Incident, fusion: Fusion, after_s: float = 0.0) -> float:
    now_ms = one.last_rx + round(after_s * 1000)
    enough = enough_devices(one, fusion)
    return bounded(log_odds(contributions(one, now_ms, fusion), fusion), fusion, enough)


def odds(*findings: Finding, after_s: float = 0.0) -> float:
    one = incident(*findings)
    return weighed(one, FUSION, after_s)


def test_of_one_device_only_the_strongest_counts_for_each_detector(make: Any) -> None:
    findings = [make.finding(0, weight=weight) for weight in (1.0, 2.0, 1.5)]
    other = make.finding(0, weight=0.7, claimed=make.claimed(area=62000))
    signalling = make.finding(0, detector="lost_area", space="subscriber", weight=1.1)
    one = incident(*findings, other, signalling)
    assert contributions(one, one.last_rx, FUSION) == {"unknown_cell": 2.0, "lost_area": 1.1}


def test_devices_add_up_to_the_cap(make: Any) -> None:
    def total(count: int) -> float:
        one = incident(*(make.finding(n, weight=2.0, cap=9.0) for n in range(count)))
        return contributions(one, one.last_rx, FUSION)["unknown_cell"]

    assert [total(n) for n in (2, 4, 5, 50)] == [4.0, 8.0, 9.0, 9.0]


def test_what_one_device_alone_reports_of_an_area_counts_little(make: Any) -> None:
    def total(*areas: int) -> float:
        findings = [
            make.finding(n, weight=2.0, cap=9.0, claimed=make.claimed(area=area))
            for n, area in enumerate(areas)
        ]
        one = incident(*findings)
        return contributions(one, one.last_rx, FUSION)["unknown_cell"]

    assert total(61000) == 0.5
    assert total(61000, 61001, 61002, 61003) == 2.0
    assert total(61000, 61000) == 4.0
    assert total(61000, 61000, 61001) == 4.5


def test_returns_from_an_unknown_area_count_by_how_fast_they_come(make: Any) -> None:
    def total(every_s: float) -> float:
        findings = [
            make.finding(n, detector="unknown_old_area", at_s=every_s * n, weight=2.0, cap=9.0)
            for n in range(10)
        ]
        one = incident(*findings)
        by_rate = {"unknown_old_area"}
        return contributions(one, one.last_rx, FUSION, by_rate=by_rate)["unknown_old_area"]

    assert total(8.0) == pytest.approx(9.0)
    assert total(1.0) < 1.0
    assert 0.0 < total(30.0) < 5.0
    assert total(300.0) == 0.0


def test_the_cap_is_one_for_all_identities_of_a_detector(make: Any) -> None:
    one = incident(
        *(make.finding(n, cap=3.0, claimed=make.claimed(area=1 + n % 5)) for n in range(20))
    )
    assert contributions(one, one.last_rx, FUSION) == {"unknown_cell": 3.0}


def test_a_devices_finding_fades(make: Any) -> None:
    one = incident(make.finding(0, weight=2.0), make.finding(1, weight=2.0))
    halves = [contributions(one, one.last_rx + s * 1000, FUSION) for s in (0, 600, 1200)]
    assert [c["unknown_cell"] for c in halves] == [4.0, 2.0, 1.0]


def test_a_finding_made_again_is_fresh(make: Any) -> None:
    again = [make.finding(n, at_s=600.0, weight=0.1) for n in range(2)]
    one = incident(*(make.finding(n, weight=2.0) for n in range(2)), *again)
    assert contributions(one, one.last_rx, FUSION) == {"unknown_cell": 4.0}


def test_the_sum_starts_at_the_prior_and_has_a_top(make: Any) -> None:
    six = [make.finding(n, weight=0.5) for n in range(6)]
    assert odds(*six) == FUSION.prior_log_odds + 3.0
    crowd = [
        make.finding(n, detector=detector, weight=3.0) for n in range(9) for detector in DETECTORS
    ]
    assert odds(*crowd) == FUSION.most_log_odds


def test_two_families_need_four_devices_two_in_each(make: Any) -> None:
    def held(cells: list[int], sms: list[int]) -> bool:
        findings = [make.finding(n, weight=3.0) for n in cells]
        findings += [make.finding(n, detector="phantom_sms", weight=3.0) for n in sms]
        return odds(*findings) == FUSION.held_back_log_odds

    assert held([0, 1, 2], [0, 1, 2])
    assert not held([0, 1, 2], [0, 3])
    assert held([0, 1, 2, 3], [4])
    assert held([0, 1, 2, 3, 4], [])
    assert not held([0, 1, 2, 3, 4, 5], [])


def test_devices_and_subscribers_may_be_the_same_people(make: Any) -> None:
    findings = [make.finding(n, weight=3.0) for n in range(3)]
    findings += [make.finding(n, detector="unknown_old_area", weight=3.0) for n in range(3)]
    assert incident(*findings).devices() == 3
    assert odds(*findings) == FUSION.held_back_log_odds


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [1, 3])
@settings(max_examples=60)
@given(data=st.data())
def test_three_hostile_phones_never_reach_one_half(
    make: Any, hostile: int, data: st.DataObject
) -> None:
    """Whatever they report, however often, under whatever identity, as phones and as
    subscribers."""
    reports = st.fixed_dictionaries(
        {
            "number": st.integers(0, hostile - 1),
            "detector": st.sampled_from(DETECTORS),
            "at_s": st.integers(0, 600),
            "weight": st.floats(0.1, 50.0),
            "cap": st.floats(1.0, 100.0),
            "claimed": st.sampled_from([make.claimed(), make.claimed(area=62000), None]),
            "place": st.builds(make.place, st.sampled_from([0.0, 200.0, 900.0])),
        }
    )
    reported = sorted(
        data.draw(st.lists(reports, min_size=20, max_size=60)), key=lambda entry: entry["at_s"]
    )
    findings = [make.finding(**entry) for entry in reported]
    assert probability(odds(*findings)) < 0.5
    assert make.alerts(findings) == []


def test_the_same_findings_of_four_phones_do(make: Any) -> None:
    findings = [
        make.finding(n, detector=detector, at_s=10.0 * n, weight=3.0)
        for n in range(4)
        for detector in ("unknown_cell", "unknown_old_area")
    ]
    assert make.chance(findings) > 0.9


def test_no_honest_hole_in_the_register_alerts_alone(make: Any) -> None:
    """However many phones see unknown cells, by the rule's own weights and caps."""
    rule = UnknownCell()
    findings = [make.finding(n, weight=rule.unknown_area_weight, cap=rule.cap) for n in range(50)]
    assert probability(odds(*findings)) < 0.3
    assert make.alerts(findings) == []


def test_more_evidence_is_never_less_likely(make: Any) -> None:
    findings = [make.finding(n, weight=1.0, cap=9.0) for n in range(12)]
    so_far = [odds(*findings[:n]) for n in range(6, 13)]
    assert so_far == sorted(so_far)
    assert so_far[0] < so_far[-1] == FUSION.prior_log_odds + 9.0


def peer(make: Any, count: int = 6, alert: bool = False, at: int = 0, **over: Any) -> Incident:
    """Another incident of the zone, of so many phones of its own."""
    other = incident(*(make.finding(1000 * at + 100 + n, **over) for n in range(count)))
    other.alert_id = "alert" if alert else None
    return other


def added(make: Any, *peers: Incident, count: int = 6) -> float:
    one = incident(*(make.finding(n, weight=2.0, cap=9.0) for n in range(count)))
    everybody = FUSION.look_alikes(one, [*peers, one])
    return contributions(one, one.last_rx, FUSION, everybody)["unknown_cell"]


def test_what_happens_everywhere_in_the_zone_weighs_little(make: Any) -> None:
    nine = [peer(make, at=n) for n in range(9)]
    assert added(make, peer(make)) == pytest.approx(added(make) - log(2)) == 9.0 - log(2)
    assert (added(make, *nine), added(make, *nine, count=1)) == (pytest.approx(9.0 - log(10)), 0.0)


def harmed(make: Any) -> Incident:
    """A candidate of the same unknown cell whose phones came back and got phantom SMS."""
    other = peer(make)
    for n in range(4):
        back = {"detector": "unknown_old_area", "family": "signalling", "weight": 2.0, "cap": 9.0}
        for finding in (make.finding(200 + n, **back), make.finding(300 + n, **PHANTOM)):
            other.add(finding, finding.rx_ts)
    return other


def test_neighbours_in_crime_are_no_innocent_peers(make: Any) -> None:
    assert added(make, *(harmed(make) for _ in range(30))) > 8.9
    assert added(make, *(harmed(make) for _ in range(30)), peer(make)) < 9.0 - log(1.9)


def returned(make: Any, number: int, detector: str, count: int) -> list[Any]:
    over = {"detector": detector, "family": "signalling", "weight": 1.0, "cap": 6.0}
    return [make.finding(number + n, **over) for n in range(count)]


def test_detectors_of_one_family_make_a_look_alike_no_neighbour_in_crime(make: Any) -> None:
    """What makes phones come back without an area makes them register anew as well."""
    one = incident(*returned(make, 0, "lost_area", 6))
    more, numbers = ("vanish_and_return", 3), range(1000, 31_000, 1000)
    both = [(*returned(make, n, "lost_area", 6), *returned(make, n + 200, *more)) for n in numbers]
    peers = [incident(*one) for one in both]

    def left(own_cause: frozenset[str]) -> float:
        like = FUSION.look_alikes(one, peers, own_cause=own_cause)
        return contributions(one, one.last_rx, FUSION, like)["lost_area"]

    assert left(frozenset()) < 6.0 - log(10)
    assert left(frozenset({"vanish_and_return"})) > 6.0 - log(3)


def test_strays_make_a_look_alike_no_neighbour_in_crime(make: Any) -> None:
    """Returns from areas that nobody has come by in any city: it is their rate that is harm."""
    back = {"detector": "unknown_old_area", "family": "signalling", "weight": 2.0, "cap": 9.0}

    def peers(apart_s: float) -> list[Incident]:
        others = [peer(make, at=at) for at in range(30)]
        for other, n in product(others, range(6)):
            other.add(finding := make.finding(200 + n, n * apart_s, **back), finding.rx_ts)
        return others

    one = incident(*(make.finding(n, 1500.0, weight=2.0, cap=9.0) for n in range(6)))

    def left(apart_s: float) -> float:
        like = FUSION.look_alikes(one, peers(apart_s), by_rate={"unknown_old_area"})
        return contributions(one, one.last_rx, FUSION, like)["unknown_cell"]

    assert left(300.0) == pytest.approx(9.0 - log(31))
    assert left(7.0) > 8.9


def test_what_has_a_cause_of_its_own_weighs_in_full(make: Any) -> None:
    def sms(detector: str, n: int) -> Finding:
        found: Finding = make.finding(n, **{**PHANTOM, "detector": detector, "weight": 1.5})
        return found

    one = incident(*(sms(name, n) for n in range(2) for name in ("phantom_sms", "sms_burst")))
    weakened = contributions(one, one.last_rx, FUSION)
    assert sorted(weakened.values()) == [pytest.approx(0.9), pytest.approx(3.0)]
    whole = contributions(one, one.last_rx, FUSION, own_cause={"sms_burst"})
    assert list(whole.values()) == [pytest.approx(3.0), pytest.approx(3.0)]


def test_only_like_candidates_count_as_peers(make: Any) -> None:
    assert added(make, peer(make, alert=True)) == 9.0
    assert added(make, peer(make, count=2)) == 9.0
    assert added(make, peer(make, detector="unknown_old_area")) == 9.0
    assert added(make, peer(make, cap=3.0)) == 9.0
    assert added(make, peer(make, at_s=-3700.0)) == 9.0
    assert added(make, peer(make, at_s=-3500.0)) < 9.0


def test_the_calibration_is_applied_before_what_few_devices_may_reach(make: Any) -> None:
    many = [make.finding(n, weight=2.0, cap=9.0) for n in range(8)]
    measured = Fusion(calibration_slope=0.5, calibration_offset=-1.0)
    one = incident(*many)
    plain = weighed(one, FUSION)
    assert weighed(one, measured) == pytest.approx(0.5 * plain - 1.0)
    few = incident(*many[:3])
    assert weighed(few, Fusion(calibration_offset=50.0)) == FUSION.held_back_log_odds
