"""Detects and evaluates cases in a pool of processes; what comes back is small and plain."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from replay.detect import detect
from replay.scoring.calibration import Sample
from replay.scoring.evaluate import match_run
from replay.scoring.scores import Match, MatchedRun, scored
from streams.config.settings import Settings, configs_dir, load_settings
from streams.privacy.hasher import Hasher

from .cases import Case, scenario_of, trace_of, victims_of
from .spoilt_register import spoilt_copy

T = TypeVar("T")
R = TypeVar("R")
CLEAR = "\r\x1b[K"  # back to the line's beginning, and wipe it


class Setup(msgspec.Struct, frozen=True):
    """Settings of a run: a file over the defaults, and dotted flags over that; and whether the
    register is ``spoilt``."""

    config: Path | None = None
    flags: dict[str, Any] = {}
    spoilt: bool = False

    def settings(self, scenario: Path | None = None) -> Settings:
        """The settings, without a file of its own those of the scenario, where it has some; the
        environment has no say in a measurement."""
        own = configs_dir() / "suites" / "settings" / scenario.name if scenario else None
        config = self.config or (own if own is not None and own.is_file() else None)
        return load_settings(config, env={}, flags=self.flags)


class Found(msgspec.Struct, frozen=True):
    """How one transmitter was detected. Times in seconds, ``None`` where there is none.

    ``victims`` as `measuring.detection.cases.victims_of` counts them; ``errors_m`` and ``covered``
    are of its matching revisions.
    """

    scenario: str
    seed: int
    id: str
    kind: str
    active_s: float
    victims: int
    alert_ids: int
    from_switch_on_s: float | None
    from_first_return_s: float | None
    errors_m: list[float]
    covered: list[bool]

    @property
    def detected(self) -> bool:
        """Whether any alert that counts matched it."""
        return self.alert_ids > 0


class Run(msgspec.Struct, frozen=True):
    """One case, detected and scored. ``highest``: the largest probability of any alert."""

    scenario: str
    seed: int
    hours: float
    found: list[Found]
    alerts: int
    false_alerts: int
    highest: float | None
    messages: int
    seconds: float
    samples: list[Sample]


def simulate_all(every: Sequence[Case], work: Path, jobs: int) -> None:
    """Makes the traces that aren't kept yet."""
    in_pool(partial(_named, partial(_traced, work)), every, jobs, "traces")


def run_all(every: Sequence[Case], setup: Setup, work: Path, jobs: int, label: str) -> list[Run]:
    """Detects and scores all cases; their traces have been made. In order of the cases."""
    setup.settings()  # A wrong setting is reported once and at once.
    return in_pool(partial(_named, partial(run, setup, work)), every, jobs, label)


def run(setup: Setup, work: Path, case: Case) -> Run:
    """One case from its trace to its scores."""
    trace = trace_of(case, work)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        out = Path(folder)
        seen = spoilt_copy(trace, out / "trace", case.seed) if setup.spoilt else trace
        settings = setup.settings(case.scenario)
        summary = detect(seen, out, settings, Hasher(b"measuring" * 4, settings.senders)).summary
        run = match_run(out / "alerts.jsonl", trace / "truth.jsonl")
    return scored_run(
        run,
        scenario=case.name,
        seed=case.seed,
        hours=scenario_of(case).duration_s / 3600.0,
        victims=victims_of(trace),
        messages=summary.messages,
        seconds=summary.seconds,
    )


def scored_run(
    run: MatchedRun,
    *,
    scenario: str,
    seed: int,
    hours: float,
    victims: Mapping[str, int],
    messages: int,
    seconds: float,
) -> Run:
    """What of one trace's matched alerts goes into figures; ``victims`` by transmitter."""
    scores = scored(run)
    return Run(
        scenario=scenario,
        seed=seed,
        hours=hours,
        found=[
            Found(
                scenario=scenario,
                seed=seed,
                id=score.id,
                kind=score.kind,
                active_s=sum(end - start for start, end in each.active) / 1000.0,
                victims=victims[each.id],
                alert_ids=score.alert_ids,
                from_switch_on_s=score.delay_from_switch_on_s,
                from_first_return_s=score.delay_from_first_return_s,
                **_places(match for match in run.matches if match.transmitter == index),
            )
            for index, (each, score) in enumerate(
                zip(run.transmitters, scores.by_transmitter, strict=True)
            )
        ],
        alerts=scores.alerts,
        false_alerts=scores.false_alerts,
        highest=max((sample.probability for sample in run.samples), default=None),
        messages=messages,
        seconds=seconds,
        samples=run.samples,
    )


def in_pool(work: Callable[[T], R], over: Sequence[T], jobs: int, label: str) -> list[R]:
    """``work`` done to all of ``over`` by ``jobs`` processes, in order; progress on stderr.

    One job needs no process beside this one.
    """
    done: list[R] = []
    watched = sys.stderr.isatty()
    with _pool(jobs) as pool:
        for result in pool.map(work, over) if pool else map(work, over):
            done.append(result)
            if watched:
                print(f"\r{label}: {len(done)} of {len(over)}", end="", file=sys.stderr, flush=True)
    print(f"{CLEAR if watched else ''}{label}: {len(done)} done", file=sys.stderr, flush=True)
    return done


def _pool(jobs: int) -> AbstractContextManager[ProcessPoolExecutor | None]:
    if jobs == 1:
        return nullcontext()
    # Not forked: whoever calls may have threads, and a lock that one holds would stay locked.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _named(work: Callable[[Case], R], case: Case) -> R:
    """``work`` done to a case, which an error names."""
    try:
        return work(case)
    except Exception as error:  # Whatever it is, it passes on; only the case is added.
        error.add_note(f"in {case.name}, seed {case.seed}")
        raise


def _traced(work: Path, case: Case) -> Path:
    return trace_of(case, work)


def _places(matches: Iterable[Match]) -> dict[str, Any]:
    every = list(matches)
    return {
        "errors_m": [match.error_m for match in every if match.error_m is not None],
        "covered": [match.covered for match in every if match.covered is not None],
    }
