"""What findings ought to weigh: how often phones near a transmitter have one, and honest phones.

For each rule, over the scenarios with transmitters: the share of phones taken that left a finding
within three kilometres of a transmitter on the air; over the honest scenarios: the share of all
phones that left one in ten minutes. The logarithm of their ratio is what one phone's finding would
weigh if phones were independent; the weights in use lie below it, since causes are shared.

``python benchmarks/weights.py --seeds 1-2 [--only attacks,benign] [--jobs 2] [--work DIR]``
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from collections import Counter, defaultdict
from functools import partial
from math import log
from pathlib import Path

import click
import msgspec
import numpy as np

from benchmarks.measuring.detection.cases import (
    Case,
    cases,
    scenario_files,
    scenario_of,
    seeds_in,
    trace_of,
    victims_of,
)
from benchmarks.measuring.detection.runs import Setup, in_pool, simulate_all
from detectors.model.finding import Finding
from detectors.rules import RULES
from replay.detect import detect
from replay.traces.truth import Transmitter, distance_m, read_truth
from streams.privacy.hasher import Hasher

NEAR_M = 3000.0
SPAN_MS = 600_000
LATE_MS = 900_000  # what a phone reports later than this after the transmitter's end isn't of it


class Counts(msgspec.Struct):
    """Phones with a finding, by rule, among ``phones`` (honest: times spans of ten minutes)."""

    attack: bool
    phones: float
    reporting: dict[str, int]
    weights: dict[str, list[float]]


def counts(work: Path, case: Case) -> Counts:
    """Of one case."""
    trace, settings = trace_of(case, work), Setup().settings(case.scenario)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        detect(trace, Path(folder), settings, Hasher(b"measuring" * 4, settings.senders))
        lines = (Path(folder) / "evidence.jsonl").read_bytes().splitlines()
    findings = [msgspec.json.decode(line, type=Finding) for line in lines]
    transmitters = read_truth(trace / "truth.jsonl")
    reporting: dict[str, set[tuple[str, int]]] = defaultdict(set)
    weights: dict[str, list[float]] = defaultdict(list)
    for finding in findings:
        span = 0 if transmitters else finding.ts // SPAN_MS
        if transmitters and not any(_is_near(finding, each) for each in transmitters):
            continue
        reporting[finding.detector].add((finding.who, span))
        weights[finding.detector].append(finding.weight)
    if transmitters:
        phones = float(sum(victims_of(trace).values()))
    else:
        scenario = scenario_of(case)
        phones = scenario.people.phones * scenario.duration_s * 1000 / SPAN_MS
    return Counts(
        bool(transmitters),
        phones,
        {name: len(who) for name, who in reporting.items()},
        dict(weights),
    )


def _is_near(finding: Finding, transmitter: Transmitter) -> bool:
    first, last = transmitter.active[0][0], transmitter.active[-1][1]
    if not first <= finding.ts <= last + LATE_MS:
        return False
    if finding.place is None:
        return True
    at = min(finding.ts, last)
    lat, lon = transmitter.place_at(at)
    here = np.array([finding.place.lat]), np.array([finding.place.lon])
    return bool(distance_m(*here, lat, lon)[0] <= NEAR_M)


@click.command(help=(__doc__ or "").split("\n\n")[0])
@click.option("--seeds", default="1", help="Seeds, such as 1-3,7.")
@click.option("--only", default="attacks,benign", help="Scenarios or suites by name.")
@click.option("--jobs", default=2, type=click.IntRange(1), help="Processes.")
@click.option("--work", type=click.Path(path_type=Path), help="Folder that keeps traces.")
def main(seeds: str, only: str, jobs: int, work: Path | None) -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        work = work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        every = cases(scenario_files(only.split(",")), seeds_in(seeds))
        simulate_all(every, work, jobs)
        results = in_pool(partial(counts, work), every, jobs, "counted")
    print(f"{'rule':<22}{'taken':>9}{'honest':>10}{'log ratio':>11}{'in use':>8}")
    for rule in RULES:
        near, far = _share(results, rule.name, True), _share(results, rule.name, False)
        used = [w for r in results if r.attack for w in r.weights.get(rule.name, ())]
        mean = f"{sum(used) / len(used):.2f}" if used else "-"
        ratio = f"{log(near / far):.2f}" if near and far else "-"
        print(f"{rule.name:<22}{near:>9.4f}{far:>10.6f}{ratio:>11}{mean:>8}")


def _share(results: list[Counts], rule: str, attack: bool) -> float:
    """Half a phone is added, so that none among many isn't never."""
    some = [r for r in results if r.attack is attack]
    reporting = Counter[str]()
    for result in some:
        reporting.update(result.reporting)
    return (reporting[rule] + 0.5) / (sum(r.phones for r in some) + 1.0) if some else 0.0


if __name__ == "__main__":
    main()
