"""What is found of two transmitters in one incident: of a cell of the register that one clones, and
of an identity that nobody has."""

from itertools import compress
from typing import Any, cast

import pytest
from msgspec.structs import replace

from detectors.alert.hypotheses import Weighed, weigh
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity
from detectors.place.split_incident import part
from detectors.sites.site_places import SitePlaces, SiteVerdict

LTE = Identity("lte", 460, 0, 4100, 1001)
GSM = Identity("gsm", 460, 0, 4100, 1001)


class InPlace:
    """Says of every cell that it is cloned."""

    def verdict(self, claimed: Identity) -> SiteVerdict:
        return SiteVerdict(5.0)


def weighed(one: Incident) -> Weighed:
    return weigh(one, [one], cast(SitePlaces, InPlace()), [1.0] * len(one.tallies), Fusion())


def cloned(
    make: Any, since_s: float, count: int = 12, cell: Identity = LTE, first: int = 0
) -> list[Finding]:
    """Phones on a clone of the town's LTE cell, or of another one, who can't send."""
    return [
        make.finding(first + n, since_s + 5.0 * n, detector=detector, claimed=cell, weight=2.5,
                     place=make.place(-300.0 + 30.0 * n))
        for n in range(count)
        for detector in ("sudden_cell", "held_back")
    ]  # fmt: skip


def strange(make: Any, since_s: float, count: int = 12) -> list[Finding]:
    """Phones on a cell of an area that nobody has, of which as many come back."""
    return [
        make.finding(100 + n, since_s + 5.0 * n, detector=detector, weight=2.5,
                     claimed=make.claimed(cell=7 if detector == "unknown_cell" else None),
                     place=make.place(200.0 + 30.0 * n))
        for n in range(count)
        for detector in ("unknown_cell", "unknown_old_area")
    ]  # fmt: skip


@pytest.mark.parametrize("clone_first", [True, False])
def test_what_began_later_becomes_an_incident_of_its_own(make: Any, clone_first: bool) -> None:
    lost = [
        make.finding(200 + n, 3.0 * n, detector="lost_area", claimed=None, weight=2.0)
        for n in range(6)
    ]
    times = (0.0, 200.0) if clone_first else (200.0, 0.0)
    one = make.incident([*lost, *cloned(make, times[0]), *strange(make, times[1])])
    names = {tally.detector for tally in one.tallies}
    later = part(one, weighed(one).beside)
    assert later is not None
    of_strangers = {"unknown_cell", "unknown_old_area"}
    left = of_strangers if clone_first else {"sudden_cell", "held_back"}
    assert {tally.detector for tally in later.tallies} == left
    assert {tally.detector for tally in one.tallies} == names - left
    assert {report.claimed for report in later.reports} == {t.claimed for t in later.tallies}
    assert {report.claimed for report in one.reports}.isdisjoint(later.claims)
    assert not set(one.apart).isdisjoint(later.apart)  # nothing puts them together again
    assert later.naming != one.naming


@pytest.mark.parametrize(("shared", "are_two"), [(0, True), (4, True), (6, False), (12, False)])
def test_of_two_cloned_cells_each_has_phones_of_its_own(
    make: Any, shared: int, are_two: bool
) -> None:
    """Two carriers of one transmitter take the same phones, one after the other."""
    both = [*cloned(make, 0.0), *cloned(make, 90.0, cell=GSM, first=12 - shared)]
    beside = weighed(one := make.incident(both)).beside
    assert any(beside) == are_two
    if are_two:
        assert {t.claimed for t in compress(one.tallies, beside)} == {GSM}


def test_another_networks_name_is_none_of_its_own(make: Any) -> None:
    """A transmitter has a name for each network whose phones it takes."""
    other = Identity("gsm", 460, 1, 5100, 1001)
    both = [*cloned(make, 0.0), *cloned(make, 90.0, cell=other, first=12)]
    assert weighed(make.incident(both)).beside == ()


def test_one_odd_text_or_clock_decides_nothing(make: Any) -> None:
    texts = [
        make.finding(100 + n, 201.0 + n, detector="phantom_sms", weight=1.0,
                     claimed=make.claimed(cell=7),
                     values={"sender": "95588" if n else "10086", "content": "f" * 16})
        for n in range(4)
    ]  # fmt: skip
    behind = [
        make.finding(150 + n, -1500.0, 1700.0 + n, detector="unknown_cell", weight=2.5,
                     claimed=make.claimed(cell=7))
        for n in range(2)
    ]  # fmt: skip
    one = make.incident([*cloned(make, 0.0), *strange(make, 200.0), *texts, *behind])
    later = part(one, weighed(one).beside)
    assert later is not None
    assert {claim.area for claim in later.claims} == {61001}
    assert {claim.area for claim in one.claims} == {4100}
    assert {text.sender for text in later.texts} == {"95588", "10086"}
    assert {report.claimed for report in one.reports} == {LTE}
    assert later.first_ts == min(tally.first_ts for tally in later.tallies)
    assert one.last_ts == max(tally.last_ts for tally in one.tallies)


def test_neither_is_where_one_is_too_little_by_itself(make: Any) -> None:
    """What happened to phones without naming a cell makes no second transmitter."""
    lost = [
        make.finding(200 + n, 3.0 * n, detector="lost_area", claimed=None, weight=2.0)
        for n in range(12)
    ]
    one = make.incident([*lost, *cloned(make, 0.0), *strange(make, 100.0, count=3)])
    assert weighed(one).beside == ()
    assert weighed(make.incident(strange(make, 0.0))).beside == ()


def test_both_become_alerts(make: Any) -> None:
    """Both became part of an alert that knew nobody's name: each was near enough."""
    lost = [
        make.finding(200 + n, 2.0 * n, detector="lost_area", claimed=None, weight=3.0, cap=9.0)
        for n in range(12)
    ]
    off_plan = [
        make.finding(300 + n, 40.0 + n, detector="wrong_channel", claimed=LTE, weight=1.1, cap=3.0,
                     place=make.place(100.0 + 50.0 * n))
        for n in range(4)
    ]  # fmt: skip
    findings = [*lost, *off_plan, *strange(make, 60.0, 16), *cloned(make, 90.0, 16)]
    alerts = make.alerts(sorted(findings, key=lambda finding: finding.rx_ts))
    newest = {alert.alert_id: alert for alert in alerts if alert.probability >= 0.5}
    areas = [{one.area for one in alert.identities} for alert in newest.values()]
    assert sorted(map(sorted, areas)) == [[4100], [61001]]


@pytest.mark.parametrize("alerting", [False, True])
def test_an_alert_keeps_what_it_was_about_and_the_other_leaves(make: Any, alerting: bool) -> None:
    lost = [
        make.finding(200 + n, 3.0 * n, detector="lost_area", claimed=None, weight=2.0)
        for n in range(6)
    ]
    one = make.incident([*lost, *cloned(make, 0.0), *strange(make, 200.0)])
    beside = weighed(one).beside
    assert any(tally.claimed is None for tally in one.tallies)
    one.likely, one.peak_about = alerting, str(make.claimed(cell=7))
    other = part(one, beside)
    assert other is not None
    clone = {"sudden_cell", "held_back"}
    its = {tally.detector for tally in (one if alerting else other).tallies}
    assert its == {"unknown_cell", "unknown_old_area", *(["lost_area"] if alerting else [])}
    assert {tally.detector for tally in (other if alerting else one).tallies} - {
        "lost_area"
    } == clone


def test_of_two_copies_of_one_cell_the_alert_keeps_the_one_that_stays(make: Any) -> None:
    """What it was about names both."""
    first, second = (replace(LTE, arfcn=arfcn, pci=7) for arfcn in (1300, 1850))
    both = [*cloned(make, 0.0, cell=first), *cloned(make, 30.0, cell=second, first=50)]
    one = make.incident(both)
    one.likely, one.peak_about = True, str(LTE)
    other = part(one, [tally.claimed == second for tally in one.tallies])
    assert other is not None
    assert (set(one.claims), set(other.claims)) == ({first}, {second})


def test_what_agrees_with_what_the_alert_was_about_stays_with_it(make: Any) -> None:
    """Phones that come back from its area, as those of the other do."""
    its, area = make.claimed(cell=7), make.claimed(cell=None)
    one = make.incident([*cloned(make, 0.0), *strange(make, 20.0)])
    one.likely, one.peak_about = True, str(its)
    other = part(one, [tally.claimed == its for tally in one.tallies])
    assert other is not None
    assert (set(one.claims), set(other.claims)) == ({its, area}, {LTE})
