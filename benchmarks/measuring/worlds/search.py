"""A search for the drawn worlds on which detection is worst, by successive halving.

A candidate is a set of values. Each rung tries the candidates that are left under one more seed
(other places, other luck) and keeps the worse half by their mean badness, so that what is bad by
luck alone drops out (Jamieson and Talwalkar 2016). The first bracket begins with values drawn at
random; each later one with the worst so far, a part of whose values is drawn anew. Every world that
was run may be among the worst.
"""

from collections.abc import Callable, Sequence

import msgspec

from replay.simulate.drawn.world_draw import DrawnWorld, draw, generator

from .world_runs import WorldRun, badness

BRACKETS = 3
KEPT = 4  # parents of a bracket's candidates
REDRAWN_SHARE = 0.25
MOST_OF_ONE = 2  # worlds among the worst that come from the same values
SEED_STEP = 100_000  # between the seeds of one candidate

Runner = Callable[[Sequence[DrawnWorld], str], list[WorldRun]]
Keeper = Callable[[Sequence["Candidate"]], None]


class Candidate(msgspec.Struct):
    """Values, and the worlds of them that were run, each under a seed of its own.

    ``random`` where all values were drawn, none taken from a parent.
    """

    world: DrawnWorld
    random: bool
    runs: list[WorldRun] = []

    @property
    def mean(self) -> float:
        """Mean badness over the seeds that it was tried under."""
        return sum(map(badness, self.runs)) / max(1, len(self.runs))


def search(budget: int, seed: int, run: Runner, keep: Keeper = lambda _: None) -> list[Candidate]:
    """All candidates that were tried with at most ``budget`` worlds; half of them are honest.

    ``keep`` is given what there is after each bracket, so that hours aren't lost with the last.
    """
    tried: list[Candidate] = []
    for bracket in range(BRACKETS):
        left = budget * (bracket + 1) // BRACKETS - sum(len(each.runs) for each in tried)
        first = seed + len(tried)
        begun = _begin(tried, first, max(1, (left + 1) // 2))
        tried += begun
        _halve(begun, left, run, f"bracket {bracket + 1}")
        keep(tried)
    return tried


def worst(candidates: Sequence[Candidate], count: int) -> list[WorldRun]:
    """The worst worlds, at most `MOST_OF_ONE` of a candidate, none without any fault."""
    best_of = [
        each
        for candidate in candidates
        for each in sorted(candidate.runs, key=badness, reverse=True)[:MOST_OF_ONE]
    ]
    best_of.sort(key=lambda each: (-badness(each), each.world.seed))
    return [each for each in best_of if badness(each) > 0.0][:count]


def first_runs(candidates: Sequence[Candidate]) -> list[WorldRun]:
    """Worlds whose values were drawn at random: what curves may be made of."""
    return [each.runs[0] for each in candidates if each.random and each.runs]


def _begin(tried: Sequence[Candidate], first: int, count: int) -> list[Candidate]:
    """Candidates of a bracket, with seeds from ``first`` on."""
    seeds = range(first, first + count)
    if not tried:
        return [Candidate(draw(seed, honest=bool((seed - first) % 2)), True) for seed in seeds]
    parents = sorted(tried, key=lambda each: -each.mean)[:KEPT]
    return [
        Candidate(_changed(parents[number % len(parents)].world, seed), False)
        for number, seed in enumerate(seeds)
    ]


def _changed(parent: DrawnWorld, seed: int) -> DrawnWorld:
    """The values of a world, some of them drawn anew."""
    rng = generator(seed, "search")
    fresh = draw(seed, honest=parent.honest)
    kept = {
        name: value for name, value in parent.parameters.items() if rng.random() >= REDRAWN_SHARE
    }
    kept.pop("transmitters", None)
    kept.pop("report_interval_s", None)  # follows from how many phones report
    transmitters = (
        None
        if parent.honest
        else [
            {name: value for name, value in each.items() if rng.random() >= REDRAWN_SHARE}
            for each in parent.transmitters
        ]
    )
    return draw(fresh.seed, honest=parent.honest, given=kept, transmitters=transmitters)


def _halve(candidates: Sequence[Candidate], budget: int, run: Runner, label: str) -> None:
    """Tries candidates rung by rung, each time the worse half, until the budget is spent."""
    left, rung = list(candidates), 0
    while left and budget >= len(left):
        worlds = [_reseeded(each.world, rung) for each in left]
        for each, done in zip(left, run(worlds, f"{label}, rung {rung + 1}"), strict=True):
            each.runs.append(done)
        budget -= len(left)
        rung += 1
        left = sorted(left, key=lambda each: -each.mean)[: len(left) // 2]


def _reseeded(world: DrawnWorld, rung: int) -> DrawnWorld:
    """The same values with other places and other luck."""
    return msgspec.structs.replace(world, seed=world.seed + rung * SEED_STEP)
