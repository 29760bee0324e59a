"""Drawn worlds, simulated, detected on and scored; what comes back is small and plain."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.measuring.detection.figures import ENOUGH_VICTIMS, LEAST_ACTIVE_S
from benchmarks.measuring.detection.runs import Found, Run, Setup, in_pool, scored_run
from benchmarks.measuring.worlds.aged import learned
from benchmarks.measuring.worlds.claims import claims_of
from replay.detect import Memory, detect
from replay.scoring.calibration import Sample
from replay.scoring.evaluate import match_run
from replay.simulate import simulate_drawn
from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import DURATION_S, DrawnWorld, draw
from streams.privacy.hasher import Hasher

SCENARIO = "drawn"


class WorldRun(msgspec.Struct, frozen=True):
    """One drawn world and what detection made of it; seconds are of the processor.

    ``claims`` are what alerts state of each hypothesis; ``aged_h`` for how long the installation
    had learned when the world began.
    """

    world: DrawnWorld
    run: Run
    simulate_s: float
    detect_s: float
    claims: dict[str, list[Sample]] = {}
    aged_h: int = 0

    @property
    def missed(self) -> int:
        """Transmitters that ought to have been found and were not."""
        return sum(not found.detected for found in self.run.found if ought(found))


def ought(found: Found) -> bool:
    """Whether a transmitter is one that ought to be found."""
    return found.active_s > LEAST_ACTIVE_S and found.victims >= ENOUGH_VICTIMS


def worlds_of(count: int, seed: int, given: Mapping[str, Value] | None = None) -> list[DrawnWorld]:
    """So many worlds from a first seed on, every other one honest."""
    return [
        draw(number, honest=bool((number - seed) % 2), given=given)
        for number in range(seed, seed + count)
    ]


def run_worlds(
    worlds: Sequence[DrawnWorld], setup: Setup, jobs: int, label: str, aged_h: int = 0
) -> list[WorldRun]:
    """All of them, in order, each after so many hours of learning."""
    setup.settings()  # A wrong setting is reported once and at once.
    return in_pool(partial(run_world, setup, aged_h=aged_h), worlds, jobs, label)


def run_world(setup: Setup, world: DrawnWorld, aged_h: int = 0) -> WorldRun:
    """One world from its values to its scores; its trace is not kept."""
    settings = setup.settings()
    hasher = Hasher(b"measuring" * 4, settings.senders)
    with tempfile.TemporaryDirectory() as folder:
        trace, out = Path(folder, "trace"), Path(folder, "out")
        try:
            memory = Memory(learned(world, aged_h, settings, hasher, Path(folder)))
            begun_s = time.process_time()
            made = simulate_drawn(world, trace)
            simulated_s = time.process_time()
            summary = detect(trace, out, settings, hasher, memory=memory).summary
            detected_s = time.process_time()
            matched = match_run(out / "alerts.jsonl", trace / "truth.jsonl")
            claims = claims_of(out / "alerts.jsonl", trace / "world.json", matched.samples)
        except Exception as error:  # Whatever it is, it passes on; only the world is added.
            error.add_note(f"in the drawn world of seed {world.seed}, honest: {world.honest}")
            raise
    run = scored_run(
        matched,
        scenario=SCENARIO,
        seed=world.seed,
        hours=DURATION_S / 3600.0,
        victims=made.witnesses,
        messages=summary.messages,
        seconds=summary.seconds,
    )
    spent_s = simulated_s - begun_s, detected_s - simulated_s
    return WorldRun(world, run, *spent_s, claims, aged_h)


def badness(each: WorldRun) -> float:
    """How near a world came to false alerts and misses, each counting one where it came to it.

    A false alert counts the probability that it reached, a transmitter that ought to be found what
    it lacked to certainty. Settings under which alerts open early make it finer.
    """
    false, best = _false_peaks(each.run.samples), _best(each.run.samples)
    lacking = [
        1.0 - best.get(index, 0.0) for index, found in enumerate(each.run.found) if ought(found)
    ]
    return sum(false) + sum(lacking)


def _false_peaks(samples: Sequence[Sample]) -> list[float]:
    """The highest probability of each alert that is never true."""
    peaks: dict[str, float] = {}
    for sample in samples:
        peaks[sample.alert_id] = max(peaks.get(sample.alert_id, 0.0), sample.probability)
    true = {sample.alert_id for sample in samples if sample.true}
    return [peak for alert_id, peak in peaks.items() if alert_id not in true]


def _best(samples: Sequence[Sample]) -> dict[int, float]:
    """The highest probability at which each transmitter was rightly named."""
    best: dict[int, float] = {}
    for sample in samples:
        if sample.true and sample.transmitter is not None:
            best[sample.transmitter] = max(best.get(sample.transmitter, 0.0), sample.probability)
    return best
