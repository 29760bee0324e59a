"""A rogue station must win against chance and against a wrong row of the register."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from detectors.alert.hypotheses import can_reach, weigh
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity
from detectors.sites.site_census import reports_of
from detectors.sites.site_places import SitePlaces, SiteVerdict

LTE = Identity("lte", 460, 0, 4100, 1001)
CELL_OF_ANOTHER_SITE = Identity("lte", 460, 0, 4100, 2001)
GSM, UMTS = 1, 2


def received_afar(make: Any, count: int = 12) -> list[Finding]:
    """Phones that receive the town's LTE cell where it can't be, by two rules."""
    return [
        make.finding(n, at_s=120.0 + 5.0 * n, detector=detector, claimed=LTE, weight=1.6,
                     place=make.place(2500.0))
        for n in range(count)
        for detector in ("impossible_distance", "odd_shape")
    ]  # fmt: skip


DISPLACED = ((10, 2500.0, 3), (10, 2500.0, GSM), (10, 2500.0, UMTS))
CLONED = ((20, 2500.0, 3), (20, 0.0, 3), (10, 0.0, GSM), (10, 0.0, UMTS))


def test_a_displaced_site_is_no_alert_however_many_see_it(make: Any) -> None:
    assert make.chance(received_afar(make, 40)) == 0.0
    assert make.chance([*make.site_reports(*DISPLACED), *received_afar(make, 40)]) == 0.0


def test_a_cell_alive_at_two_places_is_one(make: Any) -> None:
    assert make.chance([*make.site_reports(*CLONED), *received_afar(make)]) > 0.8


def test_what_else_happens_to_phones_speaks_for_a_clone_of_an_unreported_cell(make: Any) -> None:
    lost = [
        make.finding(n, at_s=130.0 + 5.0 * n, detector=detector, claimed=None, weight=2.0)
        for n in range(12)
        for detector in ("phantom_sms", "vanish_and_return")
    ]
    assert make.chance([*received_afar(make), *lost]) > 0.9


def test_wrong_rows_elsewhere_do_not_count_twice_against_a_clone(make: Any) -> None:
    """They are weighed by the site's own reports; unlisted cells have no such hypothesis."""
    sites = cast(SitePlaces, OneVerdict(0.0))
    one = make.incident(received_afar(make))
    others = [make.incident(received_afar(make, 14)) for _ in range(20)]
    alone, beside = (
        weigh(one, [one, *more], sites, [1.0] * 2, Fusion()).weights for more in ([], others)
    )
    assert alone == beside
    strange = [make.finding(n, 5.0 * n, claimed=make.claimed(cell=7)) for n in range(12)]
    hole = make.incident(strange)
    holes = [make.incident(strange) for _ in range(20)]
    alone, beside = (
        weigh(hole, [hole, *more], sites, [1.0], Fusion()).weights for more in ([], holes)
    )
    assert beside["unknown_cell"] < alone["unknown_cell"] - 1.0


@dataclass
class OneVerdict:
    """Says the same of every cell's place."""

    far: float

    def verdict(self, claimed: Identity) -> SiteVerdict:
        return SiteVerdict(-5.0, far=self.far)


@pytest.mark.parametrize(("detector", "as_much"), [("sudden_cell", False), ("phantom_sms", True)])
def test_a_cell_that_reaches_far_may_begin_anew_where_it_is_received_far_off(
    make: Any, detector: str, as_much: bool
) -> None:
    """It flickers: a bus is on it and is gone. A wrong row explains no beginning."""
    claimed = LTE if detector == "sudden_cell" else None
    more = [
        make.finding(n, at_s=130.0 + n, detector=detector, claimed=claimed, weight=2.0, cap=6.5)
        for n in range(12)
    ]
    one = make.incident([*received_afar(make), *more])
    wrong, far = (
        weigh(one, [one], cast(SitePlaces, OneVerdict(share)), [1.0] * 9, Fusion()).log_odds
        for share in (0.0, 0.9)
    )
    assert far == pytest.approx(wrong) if as_much else far < wrong - 3.0


def test_that_a_row_is_wrong_counts_once(make: Any) -> None:
    """A listed cell that begins with another code than planned is off its plan."""

    def weights(*detectors: str) -> dict[str, float]:
        found = [
            make.finding(n, at_s=2.0 * n, detector=name, claimed=LTE, weight=2.0, cap=3.0 + at)
            for n in range(8)
            for at, name in enumerate(detectors)
        ]
        one = make.incident(found)
        return weigh(one, [one], SitePlaces(), [1.0] * 9, Fusion()).weights

    assert weights("wrong_channel", "sudden_cell") == {"wrong_channel": 0.0, "sudden_cell": 4.0}
    # What is taken off weakens nothing else of its family.
    assert weights("unplanned_code", "wrong_channel", "sudden_cell")["unplanned_code"] == 3.0
    assert weights("unplanned_code", "wrong_channel", "held_back")["unplanned_code"] < 1.0


def test_unknown_areas_are_no_evidence_that_a_registered_cell_is_cloned(make: Any) -> None:
    strays = [
        make.finding(50 + n, at_s=200.0 * n, detector="unknown_old_area", weight=2.0,
                     claimed=make.claimed(area=61000 + n % 5), place=make.place(2500.0))
        for n in range(15)
    ]  # fmt: skip
    findings = sorted([*received_afar(make, 40), *strays], key=lambda f: f.rx_ts)
    assert make.chance([*make.site_reports(*DISPLACED), *findings]) == 0.0


def test_an_alert_names_its_hypotheses_and_they_add_up(make: Any) -> None:
    alerts = make.alerts([*make.site_reports(*CLONED), *received_afar(make)])
    for alert in alerts:
        names = [one.name for one in alert.hypotheses]
        expected = ["chance", "far_reaching_cell", "rogue_station", "wrong_register_row"]
        assert sorted(names) == expected
        assert sum(one.probability for one in alert.hypotheses) == pytest.approx(1.0, abs=1e-3)
        chances = {one.name: one.probability for one in alert.hypotheses}
        assert chances["rogue_station"] == alert.probability
    (row,) = [one for one in alerts[-1].hypotheses if one.name == "wrong_register_row"]
    assert "LTE China Mobile 460-00 TAC 4100 cell 1001" in row.explanation


@pytest.mark.parametrize("seed", range(60))
def test_what_is_not_weighed_could_never_have_been_an_alert(make: Any, seed: int) -> None:
    """The cheap first question is a bound of the answer, with reports of the site and without."""
    rng = np.random.default_rng(seed)
    claims = [LTE, None, make.claimed(area=61000), make.claimed(area=61001), CELL_OF_ANOTHER_SITE]
    detectors = ("impossible_distance", "odd_shape", "unknown_cell", "phantom_sms", "lost_area")
    sites = SitePlaces()
    for observation in make.site_reports(*(DISPLACED if seed % 2 else CLONED)):
        sites.observe(reports_of(observation))
    one = Incident("zone", "zone", 0, 0, 0, 0)
    least, fusion = 0.0, Fusion()
    for number in range(int(rng.integers(4, 40))):
        finding = make.finding(
            int(rng.integers(20)),
            at_s=5.0 * number,
            detector=str(rng.choice(detectors)),
            claimed=claims[int(rng.integers(len(claims)))],
            weight=float(rng.uniform(0.5, 4.0)),
            cap=float(rng.uniform(4.0, 12.0)),
            place=make.place(2500.0),
        )
        one.add(finding, finding.rx_ts)
        weighed = weigh(one, [one], sites, [1.0] * len(one.tallies), fusion)
        assert can_reach(one, sites, least, fusion) or weighed.log_odds < least


def test_an_alert_stays_about_its_transmitter_while_nothing_else_is_enough_for_one(
    make: Any,
) -> None:
    """Strays beside it may come to be likelier than what is left of it."""
    its, others = make.claimed(area=61001, cell=7), make.claimed(area=62000, cell=8)
    one = make.incident(
        [
            *(make.finding(n, float(n), claimed=its, weight=1.0) for n in range(3)),
            *(make.finding(50 + n, n + 0.5, claimed=others) for n in range(3)),
        ]
    )
    one.peak, one.peak_about = 3.0, str(its)

    def named(least: float) -> Identity | None:
        weighed = weigh(one, [one], SitePlaces(), [1.0] * 2, Fusion(), least=least)
        return weighed.story.identity(one)

    likelier = weigh(one, [one], SitePlaces(), [1.0] * 2, Fusion())
    assert likelier.story.identity(one) == others
    assert named(likelier.log_odds + 0.1) == its
    assert named(likelier.log_odds - 0.1) == others
    one.peak = likelier.log_odds - 0.1
    assert named(0.0) == others
    one.peak, one.peak_about = 3.0, "what it no longer has"
    assert named(0.0) == others
