"""How many frauds the rules of groups find, how soon, and what they say of honest callers.

Draws worlds of calls, screens them in ``--partitions`` by caller, judges what comes together, and
prints for each rule: frauds of at least `MANY` calls with a finding of a nat or more, those found
by the `MANY`th call, observations of 1,000 records, and honest calls with such a finding by what
their callers look like.

``python -m benchmarks.group_rules --seeds 1-20 [--honest] [--partitions 4] [--jobs 2]``;
``.. --with group_surge.least_calls=3`` gives rules other parameters.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import click
import msgspec
import numpy as np

from benchmarks.measuring.calls.drawn import Story, drawn_world, stories
from benchmarks.measuring.calls.found import CALLS, batches, listed, rule_with
from benchmarks.measuring.detection.cases import seeds_in
from benchmarks.measuring.detection.runs import in_pool
from detectors.features.facts import Origin
from detectors.features.rule import AnyRule
from detectors.model.finding import Finding, Observation
from detectors.screen.screening import Screening
from replay.simulate.drawn.parameters import Value
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

RULES = ("group_surge", "sim_box", "impersonated_number")
MANY, STRONG = 50, 1.0
CHANGES = "subscriber.changes"
FRAUDS = {"spoofed_campaigns": 3, "police_gangs": 1, "wangiri_campaigns": 1, "sim_boxes": 2}


class Counts(msgspec.Struct):
    """Of one world: records; by rule, observations, and honest calls with a finding by look; by
    rule and kind of fraud, how many there were, were found, and were found in time."""

    records: int
    sent: dict[str, int]
    honest: dict[str, Counter[str]]
    frauds: dict[str, Counter[str]]


def counts(honest: bool, partitions: int, parameters: Sequence[str], seed: int) -> Counts:
    """Of one seed."""
    given: dict[str, Value] = {"hours": 4 + seed * 7 % 20, "oversample": 10 + seed % 21}
    with drawn_world(seed, given if honest else given | FRAUDS, honest) as trace:
        rules = tuple(rule_with(name, parameters) for name in RULES)
        records, observations, arrived = screened(trace, rules, partitions)
        truth = stories(trace)
    result = Counts(records, {}, {}, {})
    for rule in rules:
        own = [each for each in observations if each.detector == rule.name]
        findings = [each for each in judged(rule, own) if each.weight >= STRONG]
        result.sent[rule.name] = len(own)
        _count(
            result, rule.name, findings, [one for one in truth if one["kind"] != "victim"], arrived
        )
    return result


def screened(
    trace: Path, rules: tuple[AnyRule, ...], partitions: int
) -> tuple[int, list[Observation], dict[str, int]]:
    """How many records of calls there are, what is let through, and when each call arrived."""
    hasher = Hasher(b"measuring" * 4, load_settings(env={}).senders)
    register = listed(trace, hasher)
    parts = [Screening(rules, Origin(CALLS, part)) for part in range(partitions)]
    records, observations, arrived = 0, list[Observation](), dict[str, int]()
    for changes in batches(trace, hasher, CHANGES):
        observations += parts[0].step(changes, register).observations
    for batch in batches(trace, hasher):
        records += len(batch)
        for ref, rx in zip(batch.call_ref.tolist(), batch.rx_ms.tolist(), strict=True):
            arrived.setdefault(ref, rx)
        part_of = [crc32(str(who).encode()) % partitions for who in batch.caller.tolist()]
        for part, screening in enumerate(parts):
            rows = np.flatnonzero(np.array(part_of) == part)
            observations += screening.step(batch.take(rows), register).observations
    summed = [each for screening in parts for each in screening.counted(1 << 60)]
    observations += [each for each in summed if each.detector in {rule.name for rule in rules}]
    return records, sorted(observations, key=lambda each: (each.rx_ts, each.digest())), arrived


def judged(rule: AnyRule, observations: list[Observation]) -> Iterator[Finding]:
    """What its second half finds, each in its turn."""
    state = rule.new_zone_state()
    for observation in observations:
        while (due := rule.next_due_ms(state)) is not None and due < observation.rx_ts:
            yield from rule.evaluate(state, due)
        rule.observe(state, observation)
    yield from rule.evaluate(state, 1 << 60)


def _count(
    result: Counts,
    name: str,
    findings: list[Finding],
    truth: list[Story],
    arrived: dict[str, int],
) -> None:
    since = dict[str, int]()
    for finding in findings:
        for ref in finding.of_calls.calls if finding.of_calls is not None else ():
            since.setdefault(ref, finding.rx_ts)
    looks, frauds = Counter[str](), Counter[str]()
    of_truth = set[str]()
    for one in truth:
        refs = [ref for ref in one["calls"] if ref in arrived]
        of_truth |= {*refs, *one.get("callbacks", ())}
        found = [since[ref] for ref in refs if ref in since]
        if one["kind"] == "look_alike":
            looks[one["look"]] += len(found)
        elif len(refs) >= MANY:
            in_time = sorted(arrived[ref] for ref in refs)[MANY - 1]
            frauds[one["kind"]] += 1
            frauds[f"{one['kind']} found"] += bool(found)
            frauds[f"{one['kind']} in time"] += bool(found) and min(found) <= in_time
    looks["others"] = len([ref for ref in since if ref in arrived and ref not in of_truth])
    result.honest[name], result.frauds[name] = looks, frauds


@click.command(help=(__doc__ or "").split("\n\n")[0])
@click.option("--seeds", default="1-4", help="Seeds, such as 1-3,7.")
@click.option("--honest", is_flag=True, help="Worlds without frauds.")
@click.option("--partitions", default=4, type=click.IntRange(1), help="Partitions of calls.")
@click.option("--jobs", default=2, type=click.IntRange(1), help="Processes.")
@click.option("--with", "parameters", multiple=True, help="RULE.PARAMETER=VALUE, any number.")
def main(seeds: str, honest: bool, partitions: int, jobs: int, parameters: tuple[str, ...]) -> None:
    """Prints the table."""
    every: list[Any] = list(seeds_in(seeds))
    results = in_pool(partial(counts, honest, partitions, parameters), every, jobs, "counted")
    records = sum(each.records for each in results)
    print(f"{len(results)} worlds, {records} records")
    for name in RULES:
        sent = 1000.0 * sum(each.sent[name] for each in results) / max(1, records)
        print(f"{name}: {sent:.2f} observations of 1,000 records")
        frauds = sum((each.frauds[name] for each in results), Counter[str]())
        for kind in sorted(each for each in frauds if " " not in each):
            found, in_time = frauds[f"{kind} found"], frauds[f"{kind} in time"]
            print(f"  {kind:<16}{frauds[kind]:>5}, found {found}, by call {MANY} {in_time}")
        looks = sum((each.honest[name] for each in results), Counter[str]())
        print("  honest calls: " + ", ".join(f"{look} {n}" for look, n in looks.items() if n))


if __name__ == "__main__":
    main()
