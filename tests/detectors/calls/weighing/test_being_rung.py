"""Who rings a number speaks for it or against it."""

from base64 import b64encode
from math import log
from typing import Any

import numpy as np
import pytest

from detectors.alert.record import Alert
from detectors.calls.fusion import being_rung, lasting
from detectors.calls.settings import CallSettings
from detectors.context import call_census
from detectors.features.calls.both_ways import names_of
from detectors.model.finding import Finding, Observation, Source
from detectors.model.hashing import text_numbers
from tests.detectors.calls.conftest import SOURCE, T0, Desk, Finder

ONE, OTHER = ("h-" + 24 * letter for letter in "ab")
RIGHTS: dict[str, Any] = {"detector": "number_rights", "weight": 2.3}
RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
SOON: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "weight": 1.2}
FAR: dict[str, Any] = {"detector": "roaming_caller", "family": "equipment", "weight": 1.5}
ENDED: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "weight": 2.4, "cap": 4.0}
WAY = ("manner:number_rights|onnet|pbx-1|21", "trunk:pbx-1")


def rung(number: str, made: int, people: int, at: int = 0) -> Observation:
    """That a number has made so many calls in a window, and so many people rang it."""
    name = names_of(text_numbers(np.array([number], dtype=object))).tobytes()
    values = {key: b64encode(n * name).decode() for key, n in (("out", made), ("into", people))}
    window_ms = 30_000
    start_ms = T0 - T0 % window_ms - window_ms * (1 + at)
    source = Source(f"{SOURCE[0]}/{call_census.NAME}", 0, start_ms // window_ms, -1)
    return Observation(
        detector=call_census.NAME,
        kind="counted",
        ts=start_ms,
        rx_ts=start_ms + window_ms,
        space="number",
        who="",
        values=values,
        source=source,
    )


def accused(desk: Desk, observation: Observation | None, *findings: Finding) -> list[str]:
    if observation is not None:
        desk.correlator.take(observation)
    alerts: list[Alert] = desk.take(*findings, end=True).alerts
    return [each.number for each in alerts[-1].numbers] if alerts else []


def watchful() -> Desk:
    """One that has been watched for an hour."""
    desk = Desk()
    desk.correlator.take(rung("h-" + 24 * "c", 1, 0, at=122))
    return desk


def test_a_number_that_customers_ring_is_not_accused(desk: Desk, found: Finder) -> None:
    """A call centre whose row of the list is out of date, and on which some hang up."""
    findings = [found(n, number=ONE, **what) for n, what in enumerate((RIGHTS, RATE, SOON))]
    assert accused(Desk(), None, *findings) == [ONE]
    assert accused(Desk(), rung(ONE, 20, 0), *findings) == [ONE]
    assert accused(Desk(), rung(ONE, 20, 5), *findings) == []
    assert accused(Desk(), rung(OTHER, 20, 5), *findings) == [ONE]


def test_who_rings_a_number_from_abroad_speaks_for_whom_it_belongs_to(
    desk: Desk, found: Finder
) -> None:
    findings = found(1, number=ONE), found(2, number=ONE, **RATE)
    assert accused(desk, rung(ONE, 20, 9), *findings) == [ONE]


def test_calls_that_callees_end_weigh_more_where_nobody_rings(found: Finder) -> None:
    findings = found(1, number=ONE, **RATE), found(2, number=ONE, **ENDED)
    assert accused(Desk(), None, *findings) == []
    assert accused(watchful(), rung(ONE, 3, 0), *findings) == []
    assert accused(watchful(), rung(ONE, 20, 0), *findings) == [ONE]
    assert accused(watchful(), rung(ONE, 20, 3), *findings) == []


def test_that_nobody_rings_says_little_before_anybody_could(found: Finder) -> None:
    """When a seller's first calls of a recording are its first ones as well."""
    findings = found(1, number=ONE, **RATE), found(2, number=ONE, **ENDED)
    assert accused(Desk(), rung(ONE, 20, 0), *findings) == []
    assert accused(watchful(), rung(ONE, 20, 0), *findings) == [ONE]


def test_a_number_that_was_somebodys_is_not_one_that_nobody_rings(found: Finder) -> None:
    """A seller's, whose customers rang before he began for the day; it excuses nothing else."""
    findings = found(1, number=ONE, **RATE), found(2, number=ONE, **ENDED)
    desk = watchful()
    desk.correlator.take(rung(ONE, 0, 1, at=1))
    assert accused(desk, rung(ONE, 20, 0), *findings) == []


def test_that_nobody_rings_counts_once(found: Finder) -> None:
    """Beside callees who are far, or calls that callees end, whichever came first."""
    odds = {}
    for name, both in {"one": (FAR,), "two": (FAR, {**ENDED, "weight": 0.5})}.items():
        desk = watchful()
        desk.correlator.take(rung(ONE, 20, 0))
        findings = [found(n, number=ONE, **what) for n, what in enumerate((RATE, *both))]
        alert = desk.take(*findings, end=True).alerts[-1]
        odds[name] = log(alert.probability / (1.0 - alert.probability))
    assert odds["two"] - odds["one"] == pytest.approx(0.5, abs=0.05)


def test_who_goes_on_by_one_number_is_less_likely_a_fraud(found: Finder) -> None:
    """Numbers of frauds are used up; a seller works with his all day."""
    ended = {**ENDED, "weight": 3.9}
    findings = found(1, number=ONE, **RATE), found(2, number=ONE, **ended)
    for made, who in ((20, [ONE]), (200, [])):
        assert accused(Desk(), rung(ONE, made, 1 + made // 10), *findings) == who
    assert lasting(20, CallSettings()) == 0.0
    assert lasting(200, CallSettings(most_lasting_nats=0.0)) == 0.0


def test_nobody_is_accused_for_not_being_rung(found: Finder) -> None:
    for finding in (RATE, RIGHTS):
        assert accused(Desk(), rung(ONE, 60, 0), found(1, number=ONE, **finding)) == []


def test_of_a_campaign_only_the_number_that_is_rung_is_let_off(found: Finder) -> None:
    """Nothing is taken off the campaign where one of its numbers is not rung."""
    findings = [
        found(2 * n + half, number=number, links=WAY, **what)
        for n, number in enumerate((ONE, OTHER))
        for half, what in enumerate((RIGHTS, RATE))
    ]
    desk = Desk()
    desk.correlator.take(rung(OTHER, 20, 0, at=1))
    assert accused(desk, rung(ONE, 20, 9), *findings) == [OTHER]


def test_it_holds_after_a_way_through_storage(desk: Desk, found: Finder) -> None:
    desk.correlator.take(rung(ONE, 20, 5))
    desk.take(until_s=0.0)
    findings = [found(n, number=ONE, **what) for n, what in enumerate((RIGHTS, RATE, SOON))]
    assert accused(desk.again(), None, *findings) == []


def test_a_record_that_no_worker_writes_ends_nothing(desk: Desk, found: Finder) -> None:
    broken = rung(ONE, 1, 1)
    broken.values.clear()
    desk.correlator.take(broken)
    decided = desk.take(found(1, number=ONE, **RIGHTS))
    assert decided.unusable


@pytest.mark.parametrize(("most", "people"), [("most_rung_nats", 9), ("most_unrung_nats", 0)])
def test_either_can_be_turned_off(most: str, people: int) -> None:
    assert being_rung(20, people, CallSettings()) != 0.0
    assert being_rung(20, people, CallSettings(**{most: 0.0})) == 0.0


def test_without_calls_of_its_own_nothing_is_known_of_a_number() -> None:
    assert being_rung(0, 0, CallSettings()) == 0.0
