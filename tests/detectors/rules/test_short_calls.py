"""Calls that those who are rung end at once, and lines whose calls are short for other reasons."""

from typing import Any

import numpy as np
import pytest

from detectors.features.callers.shares import of_answers, of_hanging_up, of_shortness
from detectors.model.codes import INTERNATIONAL
from detectors.model.finding import Finding
from detectors.rules.caller_rate.samples import FIRM, strangers
from detectors.rules.class_misuse.samples import SHARED
from detectors.rules.short_calls.rule import ShortCalls
from detectors.rules.short_calls.samples import (
    CALLEE,
    CALLER,
    MISSED,
    ended_soon,
    register,
)

Calls = list[dict[str, Any]]


def found(make: Any, rows: Calls, **settings: Any) -> list[Finding]:
    findings: list[Finding] = make.found(ShortCalls(**settings), make.calls(*rows))
    return findings


def half_missed(rows: Calls) -> Calls:
    return [{**row, **(MISSED if n % 2 else {})} for n, row in enumerate(rows)]


def test_what_callees_end_at_once_is_found_within_twenty_calls(make: Any) -> None:
    findings = found(make, half_missed(ended_soon(20, "d1")))
    assert findings[-1].weight >= 1.0
    assert findings[-1].family == "outcome"


def test_each_later_call_gives_a_finding_as_long_as_it_holds(make: Any) -> None:
    findings = found(make, half_missed(ended_soon(40, "d1")))
    calls = [call for finding in findings for call in finding.of_calls.calls]  # type: ignore[union-attr]
    assert len(calls) == len(set(calls)) >= 24


def test_who_is_spoken_with_is_not_found(make: Any) -> None:
    assert found(make, half_missed(strangers(40, "d1", released_by=CALLEE)), looks=4.0) == []
    assert found(make, half_missed(ended_soon(40, "d1", released_by=CALLER))) == []


def test_without_who_ended_them_calls_say_nothing(make: Any) -> None:
    assert found(make, ended_soon(40, "d1", released_by=None)) == []
    assert found(make, ended_soon(40, "d1", duration_ms=None)) == []


def test_a_dialler_whose_calls_all_are_ended_is_found_all_the_same(make: Any) -> None:
    """excuse_diallers takes something off; it doesn't hide a line for good."""
    rows = [
        {**row, **({**MISSED, "ring_ms": 2000.0} if n % 3 == 0 else {})}
        for n, row in enumerate(ended_soon(90, "d1", **FIRM))
    ]
    excused, plain = found(make, rows), found(make, rows, excuse_diallers=False)
    assert 0 < len(excused) < len(plain)


def test_who_calls_where_the_list_has_it_is_unwanted_at_most(make: Any) -> None:
    """A robot that asks for opinions, on its own trunk, and one on another's (F72)."""

    def most(**line: Any) -> float:
        calls = make.calls(*half_missed(ended_soon(120, "d1", **FIRM | line)))
        findings = make.findings(ShortCalls(), calls, register=register(make))
        return max(finding.weight for finding in findings)

    assert most() == 1.0
    assert most(trunk="pbx-9") == 3.0


def test_a_number_from_abroad_is_not_taken_for_the_firms_whose_it_is(make: Any) -> None:
    """What excuses a firm's brief words doesn't excuse who shows its number."""
    from_abroad = {**FIRM, "trunk": "gateway-1", "ingress": INTERNATIONAL}
    rows = [half_missed(ended_soon(24, "d1", **line)) for line in (FIRM, from_abroad)]
    firms, abroad = (found(make, calls) for calls in rows)
    assert len(firms) < len(abroad)


def test_nobody_comes_to_the_door_from_a_number_of_shared_cost(make: Any) -> None:
    """Taxi dispatch is brief with who waits for it; a number of 400 has no place."""
    rows = [half_missed(ended_soon(16, "d1", **line)) for line in (FIRM, SHARED)]
    firms, shared = (found(make, calls) for calls in rows)
    plain = found(make, rows[0], excuse_errands=False)
    assert not firms or firms[-1].weight < 1.3
    assert shared[-1].weight == plain[-1].weight > 1.3


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.35, 0.45, 0.55])
def test_honest_callers_seldom_come_to_a_nat(make: Any, share: float) -> None:
    """Of callers whose callees end half of their calls, looked at each time for a day's work: a
    share of these, whatever it is, must stay below what betting against odds allows (Ville)."""
    rng = np.random.default_rng(7)
    rule, callers, over = ShortCalls(), 300, 0
    for _ in range(callers):
        ended = np.arange(1, 101)
        by_callee = np.cumsum(rng.random(100) < share)
        hung_up = np.minimum(np.cumsum(rng.random(100) < share * 0.4), by_callee)
        nats = of_hanging_up(by_callee, ended) + of_shortness(hung_up, by_callee) - rule.looks
        over += bool((nats[int(rule.least_ended) :] >= 1.0).any())
    assert over / callers < np.exp(-rule.looks - 1.0) + 0.02


def test_many_calls_weigh_more_than_few() -> None:
    few, many = (of_hanging_up(np.array([n]), np.array([n]))[0] for n in (3, 12))
    assert 0 < few < many


def test_being_answered_seldom_says_what_pace_does_and_often_speaks_against_a_fraud() -> None:
    seldom, often = of_answers(np.array([2, 36]), np.array([40, 40]))
    assert seldom == 0.0
    assert often < -1.0
