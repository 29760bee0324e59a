"""Exposures that wait by cell, networks with their counts, and the bounds of both."""

from typing import Any

import msgspec

from detectors.model.finding import Observation
from detectors.rules.identity_exposure.counts import WINDOW_MS, Count
from detectors.rules.identity_exposure.ledger import (
    Ledger,
    cell_key,
    is_listed,
    normal_share,
    worth,
)

PRIOR = (1.0, 50.0)


def exposed(make: Any, number: int = 0, at_s: float = 0.0, **claimed: Any) -> Observation:
    observation: Observation = make.observation(
        number,
        at_s,
        detector="identity_exposure",
        kind="exposed",
        claimed=make.claimed(**claimed),
        values={"cell_known": "listed"},
    )
    return observation


def test_exposures_wait_on_their_own_cell_until_found(make: Any) -> None:
    ledger = Ledger()
    for n in range(3):
        waiting = ledger.waiting_on_cell(exposed(make, n))
    assert [observation.who for observation in waiting] == ["s0", "s1", "s2"]
    assert [
        observation.who for observation in ledger.waiting_on_cell(exposed(make, 3, cell=8))
    ] == ["s3"]
    connection = msgspec.structs.replace(exposed(make, 4), kind="connection")
    assert ledger.waiting_on_cell(connection) is waiting
    waiting.clear()
    assert ledger.waiting_on_cell(connection) == []
    assert ledger.waiting_on_cell(exposed(make, 5, cell=None)) == []


def test_what_has_waited_for_a_window_is_forgotten(make: Any) -> None:
    ledger = Ledger()
    ledger.waiting_on_cell(exposed(make, 0))
    ledger.waiting_on_cell(exposed(make, 1, 50.0))
    ledger.waiting_on_cell(exposed(make, 2, 0.0, cell=8))
    ledger.forget(make.t0_ms + WINDOW_MS + 1)
    assert [
        [observation.who for observation in waiting] for waiting in ledger.waiting.values()
    ] == [["s1"]]


def test_memory_is_bounded(make: Any) -> None:
    ledger = Ledger()
    for n in range(200):
        ledger.network(exposed(make, mnc=n))
        ledger.waiting_on_cell(exposed(make, n))
    assert len(ledger.networks) == 64
    (waiting,) = ledger.waiting.values()
    assert [observation.who for observation in waiting] == [f"s{n}" for n in range(136, 200)]


def test_what_norms_count_for(make: Any) -> None:
    observation = exposed(make)
    kinds = [msgspec.structs.replace(observation, kind=kind) for kind in ("connection", "unproven")]
    assert worth(observation, 4.0) == Count(exposed=1.0)
    assert worth(kinds[0], 4.0) == Count(connections=4.0)
    assert worth(kinds[1], 4.0) == Count(unproven=1.0)
    assert is_listed(observation)
    assert cell_key(observation) == "61001-7"
    assert cell_key(exposed(make, cell=None)) is None


def test_normal_is_the_larger_of_habit_and_present_elsewhere(make: Any) -> None:
    ledger, observation = Ledger(), exposed(make, at_s=600.0)
    network = ledger.network(observation)
    network.count(Count(450.0, 9.0), "other", True, make.t0_ms, make.t0_ms)
    network.count(Count(50.0, 49.0), "another", True, observation.ts, observation.ts)
    network.count(Count(500.0, 500.0), cell_key(observation), True, observation.ts, observation.ts)

    def normal(habit: bool, now: bool) -> float:
        return normal_share(network, observation, "exposed", PRIOR, habit, now)

    assert normal(False, False) == 0.02
    assert normal(True, False) == 59 / 550
    assert normal(False, True) == normal(True, True) == 0.5
