"""The core's word acquits an honest cell; a few messages that claim to be its don't hide harm."""

from itertools import compress
from typing import Any

import pytest
from msgspec.structs import replace

from detectors.alert.hypotheses import weigh
from detectors.alert.service import Service
from detectors.benign.acquitted import MOST_ASIDE, few_served_nats, put_aside, set_aside
from detectors.benign.incident_causes import BenignCauses
from detectors.context.core_attestation import MOST_SERVED, Attested
from detectors.incident.fusion import Fusion
from detectors.incident.incident_index import IncidentIndex
from detectors.incident.tally import Tally
from detectors.model.finding import Finding, Observation
from detectors.sites.cell_service import CellService
from detectors.sites.site_places import SitePlaces

DETECTORS = ("unknown_cell", "unknown_old_area")


def crowd(make: Any, count: int, start_s: float = 0.0) -> list[Finding]:
    """Phones in turn that saw the made-up cell, and that come back from its area."""
    return [make.finding(n, start_s + 1.0 * n, detector=DETECTORS[n % 2]) for n in range(count)]


def served(make: Any, count: int, at_s: float = -10.0) -> list[Observation]:
    return [make.observation(1000 + n, at_s) for n in range(count)]


def test_three_messages_silence_no_crowd(make: Any) -> None:
    alone = make.chance(crowd(make, 30))
    assert make.chance([*served(make, 3), *crowd(make, 30)]) == alone > 0.9
    late = make.alerts([*crowd(make, 30), *served(make, 3, 40.0)])
    assert "closed" not in [alert.status for alert in late if alert.ts < make.t0_ms + 60_000]


def test_what_was_set_aside_counts_once_it_comes_back(make: Any) -> None:
    first, *_ = make.alerts([*served(make, 3), *crowd(make, 12)])
    assert first.ts == make.t0_ms + 7_000  # the fourth has come back: one more than are served
    assert first.devices == 4
    assert sum(one.count for one in first.evidence) == 8


def test_an_honest_cell_serves_as_many_as_come_back(make: Any) -> None:
    """Also where some came back first; each served subscriber is one that may."""
    both = [one for pair in zip(crowd(make, 30), served(make, 30), strict=True) for one in pair]
    for at, record in enumerate(both):
        if isinstance(record, Observation):
            both[at] = make.observation(at, at / 2)
    assert make.alerts([*served(make, 3), *both]) == []
    own = [make.observation(n, -5.0, who=f"d{n}") for n in range(30)]
    assert make.alerts([*own, *crowd(make, 30)]) == []


def test_of_those_served_on_a_new_cell_few_are_seen(make: Any) -> None:
    """Three may lie, each further one speaks for many that come back, but not for any number."""
    assert make.alerts([*served(make, 5), *crowd(make, 45)]) == []
    assert make.alerts([*served(make, 4), *crowd(make, 80)]) != []


def test_the_core_itself_outweighs_hundreds(make: Any) -> None:
    assert make.alerts([*served(make, MOST_SERVED), *crowd(make, 200)]) == []


@pytest.mark.parametrize("messages", [3, 6, 20])
@pytest.mark.parametrize(
    "detectors", [("unknown_old_area", "lost_area"), ("unknown_cell", "transient_cell")]
)
def test_a_few_messages_silence_no_two_hundred_phones(
    make: Any, messages: int, detectors: tuple[str, ...]
) -> None:
    """Neither phones that came back, nor such as only saw it; whenever the messages come."""
    phones = [
        make.finding(n, 0.5 * n, detector=one, cap=9.0) for n in range(200) for one in detectors
    ]
    alone = make.chance(phones)
    assert alone > 0.9
    before, after = served(make, messages), served(make, messages, 101.0)
    assert make.chance([*before, *phones]) == pytest.approx(alone, abs=0.02)
    *_, last = make.alerts([*phones, *after], until_s=110.0)
    assert last.status != "closed"


@pytest.mark.parametrize("messages", [3, 6, 20, 40])
def test_texts_that_the_centre_never_sent_weigh_against_more(make: Any, messages: int) -> None:
    """A hole in the register brings none, however many are served on the cell."""
    of_texts = [
        make.finding(n, 1.0 * n, detector=one, cap=6.5)
        for n in range(20)
        for one in ("phantom_sms", "unknown_cell", "unknown_old_area")
    ]
    alone = make.chance(of_texts)
    assert make.chance([*served(make, messages), *of_texts]) == pytest.approx(alone, abs=0.02)
    few = [one for one in of_texts if one.detector != "phantom_sms" or one.who == "d0"]
    assert make.alerts([*served(make, 40), *few]) == []


def tallies_of(make: Any, count: int, harmed: int = 0, **over: Any) -> list[Tally]:
    """Of phones that saw the made-up cell, and of some to whom something happened."""
    found = [make.finding(n, 1.0 * n) for n in range(count)]
    found += [make.finding(n, 1.0 * n, detector="lost_area", **over) for n in range(harmed)]
    tallies: list[Tally] = make.incident(found).tallies
    return tallies


def attested_by(make: Any, subscribers: int, **over: Any) -> Attested:
    attested = Attested()
    for number in range(subscribers):
        attested.observe(make.observation(1000 + number, **over))
    return attested


def test_one_or_two_served_make_a_transmitter_less_likely(make: Any) -> None:
    cell, of_it = make.claimed(), tallies_of(make, 9)
    nats = [few_served_nats(attested_by(make, n), cell, of_it) for n in range(4)]
    # From three on what claims it is set aside, or counts in full.
    assert nats == pytest.approx([0.0, -4.6, -9.2, 0.0], abs=0.02)
    another = attested_by(make, 2, claimed=make.claimed(cell=8))
    assert few_served_nats(another, cell, of_it) == 0.0
    assert few_served_nats(another, make.claimed(cell=None), of_it) < 0.0
    assert few_served_nats(another, None, of_it) == 0.0
    # The more phones saw it, the less it says.
    many = [few_served_nats(attested_by(make, n), cell, tallies_of(make, 180)) for n in (1, 2)]
    assert many == pytest.approx([-0.23, -0.92], abs=0.02)


@pytest.mark.parametrize(("over", "most"), [({}, 1), ({"claimed": None}, 4)])
def test_nor_does_one_message_hide_harm(make: Any, over: dict[str, Any], most: int) -> None:
    """Under that identity, or whatever other: a few have bad luck near an honest new cell."""
    attested, cell = attested_by(make, 1), make.claimed()
    assert few_served_nats(attested, cell, tallies_of(make, 20, most, **over)) < 0.0
    assert few_served_nats(attested, cell, tallies_of(make, 20, most + 1, **over)) == 0.0


def test_the_cores_word_is_about_what_most_is_found_against(make: Any) -> None:
    """More phones receive a test network beside a new cell; each of them says little."""
    lab = replace(make.claimed(), mcc=1, mnc=1, area=1, cell=257)
    found = [make.finding(n, 1.0 * n) for n in range(8)]
    found += [make.finding(50 + n, 1.0 * n, weight=0.3, cap=1.5, claimed=lab) for n in range(12)]
    incident, fusion = make.incident(found), Fusion()
    service = Service(CellService(), attested_by(make, 2))
    kept = [1.0] * len(incident.tallies)
    weighed = weigh(incident, [], SitePlaces(), kept, fusion, service=service)
    assert {t.claimed for t in compress(incident.tallies, weighed.story.belong)} >= {lab}
    assert weighed.served == pytest.approx(-9.2, abs=0.02)


def test_a_cell_that_phones_only_saw_is_no_alert_once_one_is_served(make: Any) -> None:
    caps = {"unknown_cell": 6.0, "transient_cell": 3.0}
    seen = [
        make.finding(n, 1.0 * n, detector=one, cap=cap)
        for n in range(9)
        for one, cap in caps.items()
    ]
    assert make.alerts(seen) != []
    assert make.alerts([*served(make, 1), *seen]) == []
    unasked = BenignCauses(attested=False)
    assert make.decided([*served(make, 1), *seen], benign_causes=unasked).alerts != []
    *_, last = make.alerts([*seen, *served(make, 1, 6.5)])
    assert last.status == "closed"
    assert last.ts < make.t0_ms + 9_000  # while phones still see it


def test_an_alert_that_is_acquitted_goes_on_under_its_name(make: Any) -> None:
    more = crowd(make, 80, 100.0)
    alerts = make.alerts([*crowd(make, 12), *served(make, 4, 60.0), *more])
    statuses = [alert.status for alert in alerts]
    assert statuses[0] == "open"
    assert "update" in statuses[statuses.index("closed") :]
    assert len({alert.alert_id for alert in alerts}) == 1


def test_what_is_set_aside_is_bounded(make: Any) -> None:
    aside = IncidentIndex([])
    for n in range(MOST_ASIDE + 20):
        finding = make.finding(n, 1.0 * n, claimed=make.claimed(area=1000 + n))
        set_aside(aside, finding, make.t0_ms + n, "z", "z")
    assert len(aside) == MOST_ASIDE
    assert {one.claims[0].area for one in aside} == set(range(1020, 1020 + MOST_ASIDE))
    again = make.finding(1, claimed=make.claimed(area=1100))
    assert set_aside(aside, again, make.t0_ms + 1_000_000, "z", "z").taken == 2
    late = make.t0_ms + 4_000_000
    assert set_aside(aside, again, late, "z", "z").taken == 1  # the old one is over
    put_aside(aside, set_aside(IncidentIndex([]), again, late, "z", "z"))
    assert len(aside) == MOST_ASIDE
