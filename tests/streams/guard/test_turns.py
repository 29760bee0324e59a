"""What a correlator can't work off is found among what waits, and left out; nothing else is."""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from detectors.correlate.correlator import FINDINGS, OBSERVATIONS, Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import behind
from detectors.model.finding import Finding, Source
from detectors.rules.sample_town import T0
from streams.decode.dead_letters import DeadLetter
from streams.guard.guard import Guard
from streams.guard.journal import Journal, Span
from streams.guard.known import Known, LeftOut, Note
from streams.guard.turn_case import PoisonedStateError, TurnCase, judge_turn
from streams.guard.turns import TOPIC, TurnGuard
from streams.kafka.aside.clients import AsideClients
from streams.kafka.settings import KafkaSettings
from streams.limits import Limits
from streams.privacy.hasher import Hasher
from tests.detectors.conftest import Make
from tests.streams.guard.forked import fork_trials

_LIMITS = Limits(seconds=1)
_SOURCE = ("cell.measurements", 0)
_MOST_WAITING = 1000
#: Who ends the processes that work them off, as `poison/sitecustomize.py` has it.
_HANGS, _ENDS, _RAISES, _SPOILS = "it-hangs", "it-ends", "it-raises", "it-spoils"


@pytest.fixture(autouse=True)
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes in which turns are tried have the poison on their path."""
    path = (str(Path(__file__).parent / "poison"), os.getcwd())
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setattr("streams.guard.judging._WAITING", 100)
    fork_trials(monkeypatch)


def _correlator(*who: str, until_s: float = 60.0) -> Correlator:
    one = Correlator((), IncidentSettings(), frozenset({_SOURCE}))
    for number, name in enumerate(who):
        one.take(_finding(number, name))
    _promise(one, until_s)
    return one


def _finding(number: int, who: str) -> Finding:
    return Make().finding(number, at_s=float(number), who=who)


def _promise(one: Correlator, until_s: float) -> None:
    for stream in (FINDINGS, OBSERVATIONS):
        one.promise(stream, *_SOURCE, T0 + round(until_s * 1000), False)


def _case(one: Correlator, most_waiting: int = _MOST_WAITING) -> TurnCase:
    waiting = len(one.state.waiting)
    given = (), IncidentSettings(), frozenset({_SOURCE}), 0, 1, "", most_waiting
    return TurnCase(one.snapshot(), waiting, *given)


def test_what_hangs_or_ends_the_process_is_found_and_nothing_beside_it() -> None:
    one = _correlator("a", _HANGS, "b", _RAISES, _ENDS, "c")
    assert {place: fault.detail for place, fault in judge_turn(_case(one), _LIMITS).items()} == {
        1: "more than 1 s of processor time",
        3: "it raises ArithmeticError",
        4: "it ends the process by SIGSEGV",
    }


def test_what_can_be_worked_off_is_not_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a process as a worker starts it, then by others."""
    with monkeypatch.context() as patch:
        patch.setattr("streams.guard.judging.subprocess", subprocess)
        assert judge_turn(_case(_correlator("a", "b")), _LIMITS) == {}
    assert judge_turn(_case(_correlator("a", "b")), _LIMITS) == {}
    # Nothing promises that it is worked off already.
    assert judge_turn(_case(_correlator("a", _RAISES, until_s=1.0)), _LIMITS) == {}


def test_where_too_many_wait_the_first_are_tried_before_their_time() -> None:
    case = _case(_correlator("a", _RAISES, "b", "c", until_s=0.0), most_waiting=2)
    assert [*judge_turn(case, _LIMITS)] == [1]


def test_what_spoils_the_state_is_found_and_not_what_comes_after_it() -> None:
    # Time has an effect on the incident when it is to be forgotten, far behind all that waits.
    one = _correlator("a", _SPOILS, "b", "c", until_s=86_400.0)
    assert [*judge_turn(_case(one), _LIMITS)] == [1]


def test_a_state_that_is_spoilt_already_is_to_blame_and_nothing_that_waits() -> None:
    one = _correlator("a", _SPOILS, until_s=30.0)
    one.advance()
    assert not one.state.waiting
    one.take(_finding(40, "b"))
    _promise(one, 86_400.0)
    with pytest.raises(PoisonedStateError, match="ArithmeticError"):
        judge_turn(_case(one), _LIMITS)
    anew = Correlator(
        (), IncidentSettings(), frozenset({_SOURCE}), state=behind(one.state, one.promised_ms)
    )
    assert (len(anew.state.zones), anew.state.waiting) == (0, [])
    anew.take(_finding(1, _SPOILS))
    assert anew.state.repeated == 1
    assert judge_turn(_case(anew), _LIMITS) == {}


class _Written:
    """What a guard writes, and the guard of a worker that knows of a death at 2 s."""

    def __init__(self, folder: Path) -> None:
        self.notes: list[Note] = []
        self.letters: list[DeadLetter] = []
        kafka = KafkaSettings()
        self.guard = Guard(
            AsideClients(kafka), _LIMITS, Journal(folder, kafka), folder, self._write
        )
        hasher = Hasher(b"key")
        make = lambda number, one: _case(one)  # noqa: E731
        self.turns = TurnGuard(self.guard, _LIMITS, make, _MOST_WAITING, hasher, self._letters)

    async def _write(self, notes: Sequence[Note]) -> None:
        self.notes += notes

    async def _letters(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters

    def dies_at(self, at_s: float) -> None:
        at_ms = T0 + round(at_s * 1000)
        self.notes += self.guard.known.note_suspects([Span(TOPIC, 0, at_ms, at_ms)])


def test_what_is_to_blame_is_a_dead_letter_and_left_out_by_whoever_comes_next(
    tmp_path: Path,
) -> None:
    here = _Written(tmp_path)
    here.dies_at(2.0)
    one = _correlator("a", "b", _RAISES, "c")
    assert here.turns.is_due(0, one)
    asyncio.run(here.turns.examined(0, one))
    (letter,) = here.letters
    assert (letter.topic, letter.partition, letter.offset) == (*_SOURCE, 2)
    assert (letter.reason, letter.detail) == ("kills_correlating", "it raises ArithmeticError")
    assert _names(one) == ["a", "b", "c"]

    elsewhere = _Written(tmp_path)
    for note in here.notes:
        elsewhere.guard.known.take(*note)
    again = _correlator("a", "b", _RAISES, "c")
    # What was tried isn't tried again, but left out.
    asyncio.run(elsewhere.turns.examined(0, again))
    assert _names(again) == ["a", "b", "c"]
    assert elsewhere.letters == []


def test_what_is_packed_while_it_waits_is_looked_at_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("_MOST_OPEN", 3), ("_KEPT_OPEN", 2), ("_IN_ONE", 1)):
        monkeypatch.setattr(f"detectors.correlate.arrival_queue.{name}", most)
    here = _Written(tmp_path)
    here.dies_at(50.0)
    one = _correlator("a", "b", "c", _RAISES, "d", until_s=0.0)
    one.advance()
    assert (len(one.state.waiting), len(one.state.later)) == (2, 3)
    _promise(one, 60.0)
    assert here.turns.is_due(0, one)
    asyncio.run(here.turns.examined(0, one))
    assert [letter.offset for letter in here.letters] == [3]
    assert _names(one) == ["a", "b", "c", "d"]


def test_turns_away_from_where_a_worker_died_are_not_tried(tmp_path: Path) -> None:
    here = _Written(tmp_path)
    here.dies_at(61.0)
    one = _correlator("a", _RAISES)
    assert not here.turns.is_due(0, one)
    assert not here.turns.is_due(1, _correlator("a", until_s=90.0))
    assert here.turns.is_due(0, _correlator("a", until_s=90.0))


def test_a_note_names_the_turn_and_goes_with_it(tmp_path: Path) -> None:
    here = _Written(tmp_path)
    one = _correlator("a")
    with here.turns.at_work(0, one):
        (work,) = here.guard._journal.at_hand()
        assert work.span == Span(TOPIC, 0, 0, T0 + 60_000)
        assert work.progress is not None
        seen = work.progress()
        one.advance()
        # It goes on, so that a long turn of many that are short is no hang.
        assert work.progress() != seen
    assert here.guard._journal.at_hand() == []


def test_what_is_left_out_is_known_by_more_than_its_place() -> None:
    known = Known()
    assert known.left_out == {}
    source = Source(*_SOURCE, 7, -1)
    left = LeftOut(
        3, FINDINGS, source, "census", T0, "kills_correlating", "it raises ArithmeticError"
    )
    ((key, value),) = known.note_left_out([left])
    other = Known()
    other.take(key, value)
    assert other.left_out == {3: {(FINDINGS, left.source, "census", left.rx_ms): left}}


def _names(one: Correlator) -> list[str]:
    found = [item.finding for item in one.state.waiting if item.finding]
    return sorted(finding.who for finding in found)
