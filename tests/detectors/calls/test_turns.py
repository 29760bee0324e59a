"""A fraud uses up one number after another, which are one campaign; firms call at the same time."""

from typing import Any

from tests.detectors.calls.conftest import Desk, Finder
from tests.detectors.calls.weighing.test_being_rung import rung

ONE, OTHER, THIRD = ("h-" + 24 * letter for letter in "abc")
TURN = ("turn:class_misuse|shared_cost|interconnect-1|10", "trunk:interconnect-1")
CLASS: dict[str, Any] = {"detector": "class_misuse", "weight": 0.5, "links": TURN}
RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 1.5}
TURNS = (ONE, 0, 20), (OTHER, 23, 41)
ENDED: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "weight": 0.8}


def call(desk: Desk, *begins: tuple[str, int, int], times: int = 1) -> None:
    """Numbers call so many times a minute, each from one half-minute to another, the last of which
    is the 60th: all before the first finding."""
    calls = [(at, number) for number, first, last in begins for at in range(first, last + 1, 2)]
    for at, number in sorted(calls):
        desk.correlator.take(rung(number, times, 0, at=60 - at))


def campaigns(desk: Desk, found: Finder, *begins: tuple[str, int, int]) -> list[set[str]]:
    """Which numbers are one campaign that call so, and are then found to be odd in the same way."""
    call(desk, *begins)
    findings = [found(n, number=number, **CLASS) for n, (number, *_) in enumerate(begins)]
    desk.take(*findings, end=True)
    calls = next(zone.calls for zone in zones(desk) if zone.calls.incidents)
    return [set(one.numbers) for one in calls.incidents.values()]


def test_other_links_of_weak_findings_tie_nothing(desk: Desk, found: Finder) -> None:
    """What honest numbers bring as well."""
    weak = {**CLASS, "links": ("manner:class_misuse|shared_cost|interconnect-1|10",)}
    desk.take(*(found(n, number=each, **weak) for n, each in enumerate((ONE, OTHER))), end=True)
    calls = next(zone.calls for zone in zones(desk) if zone.calls.incidents)
    assert [set(one.numbers) for one in calls.incidents.values()] == [{ONE}, {OTHER}]


def zones(desk: Desk) -> Any:
    return desk.correlator.state.zones.values()


def test_numbers_that_take_turns_are_one_campaign(desk: Desk, found: Finder) -> None:
    assert campaigns(desk, found, (ONE, 0, 20), (OTHER, 23, 41)) == [{ONE, OTHER}]


def test_numbers_that_call_at_the_same_time_are_none(desk: Desk, found: Finder) -> None:
    assert campaigns(desk, found, (ONE, 0, 38), (OTHER, 23, 41)) == [{ONE}, {OTHER}]


def test_nor_one_that_began_long_after(desk: Desk, found: Finder) -> None:
    assert campaigns(desk, found, (ONE, 0, 16), (OTHER, 39, 59)) == [{ONE}, {OTHER}]


def test_all_of_a_campaign_have_to_have_stopped(desk: Desk, found: Finder) -> None:
    turns = (ONE, 0, 14), (OTHER, 15, 31), (THIRD, 34, 44)
    assert campaigns(desk, found, *turns) == [{ONE, OTHER, THIRD}]
    going_on = (ONE, 0, 46), (OTHER, 15, 31), (THIRD, 33, 45)
    assert {ONE} in campaigns(Desk(), found, *going_on)


def of(number: str, n: int, *kinds: dict[str, Any], found: Finder) -> list[Any]:
    """Findings of some kinds about a number."""
    return [found(n + at, number=number, **kind) for at, kind in enumerate(kinds)]


def accused(
    *findings: Any, begins: tuple[tuple[str, int, int], ...] = TURNS, times: int = 1
) -> list[str]:
    desk = Desk()
    call(desk, *begins, times=times)
    alerts = desk.take(*findings, end=True).alerts
    return sorted(each.number for each in alerts[-1].numbers) if alerts else []


def test_what_the_first_left_open_the_second_decides(found: Finder) -> None:
    """Neither is accused for itself: few of either's calls were answered."""
    one, other = (of(*each, CLASS, RATE, ENDED, found=found) for each in ((ONE, 1), (OTHER, 5)))
    assert accused(*one) == []
    assert accused(*other) == []
    assert accused(*one, *other) == [ONE, OTHER]
    apart = CLASS | {"links": TURN[1:]}
    one, other = (of(*each, apart, RATE, ENDED, found=found) for each in ((ONE, 1), (OTHER, 5)))
    assert accused(*one, *other) == []


def test_that_one_takes_the_others_turn_is_evidence_by_itself(found: Finder) -> None:
    both = [each for who in ((ONE, 1), (OTHER, 5)) for each in of(*who, CLASS, RATE, found=found)]
    assert accused(*both) == [ONE, OTHER]
    # A line that was tried out once begins when it is used.
    assert accused(*both, begins=((OTHER, 0, 0), *TURNS)) == [ONE, OTHER]
    assert accused(*both, begins=((ONE, 0, 38), (OTHER, 23, 41))) == []


def test_a_shift_that_ends_is_none(found: Finder) -> None:
    """The first has made a hundred calls, as numbers of frauds seldom do."""
    both = [each for who in ((ONE, 1), (OTHER, 5)) for each in of(*who, CLASS, RATE, found=found)]
    begins = (ONE, 0, 20), (OTHER, 21, 41)
    assert accused(*both, begins=begins) == [ONE, OTHER]
    assert accused(*both, begins=begins, times=9) == []
