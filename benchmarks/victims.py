"""How many victims and account takeovers of drawn call worlds are found, how soon, and how many
honest subscribers are taken for either.

``python -m benchmarks.victims --worlds 20 --first-seed 500`` prints a table. Each world has one to
three gangs who play the police, rogue texts with a number to call, and takeovers, beside what is
drawn, and ten times the look-alikes. Worlds are from 6 to 24 hours long.

The record that makes somebody a victim is the one with which all are there that show it: of the
long call in which somebody was worked on, of what was done after it, of the call to a bank. Most
often that is the newest call's; but a record of the long call may come an hour late, and nobody can
know before.
"""

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measuring.calls.drawn import Story, drawn_world, stories
from benchmarks.measuring.calls.found import findings
from detectors.model.finding import Finding
from replay.simulate.drawn.parameters import Value
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

RULES = ("victim_path", "account_takeover", "reputation")
LEVELS = ("shallow", "medium", "deep")
#: A record of the deciding call: clocks of switches are off by so much at most (ms).
CLOCK_MS = 301_000
HOURS = (6.0, 12.0, 24.0)
HOURS_A_WEEK = 168.0


class Taken(NamedTuple):
    """A record of a call, of whoever took it: from whom, how long, and when it arrived (ms)."""

    caller: str
    ref: str
    duration_ms: int
    rx: int


class World(NamedTuple):
    """One trace: its truth, its records of calls by caller and by callee, and what was found."""

    seed: int
    subscribers: int
    hours: float
    records: int
    truth: list[Story]
    by_caller: dict[str, list[tuple[int, int, str]]]
    by_callee: dict[str, list["Taken"]]
    findings: list[Finding]


def worlds(seeds: range, subscribers: int, honest: bool = False) -> Iterator[World]:
    """Each world in turn, with the findings of these rules; ``honest`` ones are without frauds."""
    settings, hasher = load_settings(env={}), Hasher(b"a key of the benchmark")
    for seed in seeds:
        rng = np.random.default_rng(seed)
        counts: dict[str, Value] = {
            name: int(rng.integers(1, 4))
            for name in ("police_gangs", "rogue_callbacks", "account_takeovers")
        }
        hours = float(rng.choice(HOURS))
        size: dict[str, Value] = {"hours": hours, "oversample": 10.0, "subscribers": subscribers}
        with drawn_world(seed, size if honest else size | counts, honest) as trace:
            found = [one for one in findings(trace, settings, hasher) if one.detector in RULES]
            by_caller, by_callee, records = _records(trace / "calls.jsonl.gz", hasher)
            truth = [_hashed(each, hasher) for each in stories(trace)]
        yield World(seed, subscribers, hours, records, truth, by_caller, by_callee, found)


def _hashed(line: Story, hasher: Hasher) -> Story:
    """A line of the truth, with numbers as records have them."""

    def name(text: str) -> str:
        number = hasher.number(text)
        return text if number is None else number.name

    named: dict[str, Any] = {"callers": [name(each) for each in line.get("callers", ())]}
    if line["kind"] == "victim":
        named["subscriber"] = name(line["subscriber"])
    return line | named


def _records(
    path: Path, hasher: Hasher
) -> tuple[dict[str, list[tuple[int, int, str]]], dict[str, list[Taken]], int]:
    """When calls of each caller were set up, by their records, when these arrived (ms), and their
    references; and the calls that each callee took."""
    by_caller: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    by_callee: dict[str, list[Taken]] = defaultdict(list)
    count = 0
    with gzip.open(path) as file:
        for line in file:
            record, count = json.loads(line), count + 1
            caller = hasher.number(record.get("caller") or "", record.get("caller_nai") or 0)
            callee = hasher.number(record.get("callee") or "")
            if caller is not None:
                seen = record["ts"], record["rx_ts"], record["call_ref"]
                by_caller[caller.name].append(seen)
            if callee is not None and record["answered"]:
                who, took_ms = "" if caller is None else caller.name, record["duration_ms"]
                by_callee[callee.name].append(
                    Taken(who, record["call_ref"], took_ms, record["rx_ts"])
                )
    return by_caller, by_callee, count


def measure(world: World, counts: Counter[str], delays: list[float]) -> None:
    """Adds what was found in one world."""
    _victims(world, counts, delays)
    _takeovers(world, counts)
    counts["records"] += world.records
    counts["findings"] += len(world.findings)
    counts["subscriber weeks, thousandths"] += round(
        1000 * world.subscribers * world.hours / HOURS_A_WEEK
    )


def _victims(world: World, counts: Counter[str], delays: list[float]) -> None:
    reached: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for finding in world.findings:
        if finding.detector == "victim_path" and finding.of_calls is not None:
            level = LEVELS.index(str(finding.values["level"]))
            for who in finding.of_calls.people:
                reached[who].append((level, finding.rx_ts))
    frauds = {each["id"]: each for each in world.truth if each["kind"] != "victim"}
    kinds = {name: _kind(fraud) for name, fraud in frauds.items()}
    true = [each for each in world.truth if each["kind"] == "victim"]
    for each in true:
        level, who = LEVELS.index(each["level"]), each["subscriber"]
        name = f"{kinds[each['by']]} {each['level']}"
        counts[f"{name} true"] += 1
        at = min((rx for of, rx in reached[who] if of >= level), default=None)
        if at is None:
            continue
        counts[f"{name} found"] += 1
        steps = [step for step in true if step["by"] == each["by"] and step["subscriber"] == who]
        decided = decided_ms(world, frauds[each["by"]], each, steps)
        if level and decided is not None:
            delays.append(max(0, at - decided) / 1000)
    victims = {each["subscriber"] for each in true if each["level"] != "shallow"}
    honest = {who for who, some in reached.items() if max(some, default=(0, 0))[0] > 0} - victims
    counts["honest at medium or deep"] += len(honest)


def _kind(line: Story) -> str:
    """Gangs show numbers by the ten; a rogue text names one number."""
    if line["kind"] != "scam_campaign":
        return str(line["kind"])
    return "called back" if len(line["callers"]) == 1 else "worked on"


def decided_ms(world: World, fraud: Story, victim: Story, steps: list[Story]) -> int | None:
    """When the last of the records arrived that show that somebody is a victim, each by whichever
    of its points came first; ``steps`` are all levels that they reached by this fraud."""
    who = victim["subscriber"]
    times = [step["since"] for step in steps if step["level"] != "shallow"]
    arrived = [_arrived(world, who, since) for since in times if since <= victim["since"]]
    if not arrived or None in arrived:
        return None
    callers = set(fraud["callers"])
    taken = [each for each in world.by_callee[who] if each.caller in callers]
    if _kind(fraud) == "worked on" and taken:
        longest = max(taken, key=lambda each: each.duration_ms).ref
        arrived.append(min(each.rx for each in taken if each.ref == longest))
    return max(rx for rx in arrived if rx is not None)


def _arrived(world: World, who: str, since: int) -> int | None:
    """When the first record of the call that was set up then arrived."""
    mine = world.by_caller[who]
    near = [(abs(ts - since), ref) for ts, _, ref in mine if abs(ts - since) < CLOCK_MS]
    return min(rx for _, rx, ref in mine if ref == min(near)[1]) if near else None


def _takeovers(world: World, counts: Counter[str]) -> None:
    found: dict[str, float] = defaultdict(float)
    for finding in world.findings:
        if finding.detector == "account_takeover" and finding.of_calls is not None:
            who = finding.of_calls.number
            found[who] = max(found[who], finding.weight)
    taken = {
        who for each in world.truth if each["kind"] == "account_takeover" for who in each["callers"]
    }
    phones = {
        who for each in world.truth if each.get("look") == "new_phone" for who in each["callers"]
    }
    for name, some in (("takeovers", taken), ("new phones", phones - taken)):
        counts[name] += len(some)
        for least in (1.0, 2.0, 3.0):
            counts[f"{name} at {least:.0f} nats"] += sum(found.get(who, 0) >= least for who in some)
    others = {who for who, weight in found.items() if weight >= 1.0} - taken - phones
    counts["others at 1 nats"] += len(others)


def main() -> None:
    """Prints the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=500)
    parser.add_argument("--subscribers", type=int, default=3000)
    parser.add_argument("--honest", action="store_true", help="worlds without frauds")
    asked = parser.parse_args()
    counts, delays = Counter[str](), list[float]()
    seeds = range(asked.first_seed, asked.first_seed + asked.worlds)
    for world in worlds(seeds, asked.subscribers, asked.honest):
        measure(world, counts, delays)
    for name, count in sorted(counts.items()):
        print(f"{name:40} {count}")
    weeks = counts["subscriber weeks, thousandths"] / 1000
    print(
        f"{'honest at medium or deep a week':40} {counts['honest at medium or deep'] / weeks:.2e}"
    )
    if delays:
        late = np.array(delays)
        shares = [f"{np.mean(late <= within):.3f} within {within} s" for within in (1, 60, 600)]
        print(f"{'medium and deep, after the record':40} {', '.join(shares)}")


if __name__ == "__main__":
    main()
