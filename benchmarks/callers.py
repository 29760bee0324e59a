"""What remembering callers takes, and what rules of how they behave cost with that.

    python -m benchmarks.callers --callers 10000000
    python -m benchmarks.callers --every-rule
    python -m benchmarks.callers --every-rule --drawn 1 2 3

As many callers call once within an hour, each a number of its own; then calls of these, drawn at
random, are screened by the four rules together (or by every rule of calls, ``--every-rule``), in
batches that are decoded from Arrow tables. With ``--drawn`` the calls of drawn worlds of these
seeds are screened instead, as their traces hold them: JSON, a list of numbers, and frauds. Half a
minute's counts of who rings and who is rung cost the second stage much more by themselves than by
the call, so they stand apart: of one full window, and of those of drawn worlds, with few calls.
Counted is processor time of one core, and the memory that the process has more than before.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import gc
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.measuring.calls.drawn import drawn_world
from benchmarks.measuring.calls.found import batches, listed
from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.features.callers.callers import Callers
from detectors.features.facts import Origin
from detectors.features.rule import AnyRule
from detectors.model.columns import I8, Calls
from detectors.model.finding import Finding, Observation
from detectors.register.register import Register
from detectors.rules import ROOMS
from detectors.screen.screening import Screening
from streams.decode.codec import decode_table
from streams.privacy.hasher import Hasher

_TOPIC = "call.signalling"
_RULES = ("caller_rate", "short_calls", "wangiri", "roaming_caller")
_START_MS = 1_748_916_000_000
_REGIONS = ("21", "10", "20", "28")
#: Of calls, those of callers who ring on and on, for whom rules have most to do.
_BUSY, _BUSY_SHARE = 2_000, 0.1


def main() -> None:
    """Prints one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=400_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--every-rule", action="store_true")
    parser.add_argument("--drawn", type=int, nargs="+", metavar="SEED")
    given = parser.parse_args()
    if given.drawn:
        of_drawn_worlds(_names(given.every_rule), given.drawn)
        return
    rng, hasher = np.random.default_rng(1), Hasher(b"a key of benchmarks alone")
    rules = tuple(ROOMS[name].rule() for name in _names(given.every_rule))
    screening, register = Screening(rules, Origin(_TOPIC, 0)), Register.empty()
    callers: Callers = screening._callers
    before, spent, decoded_s = _resident(), 0.0, 0.0
    for at in range(0, given.callers, given.batch):
        who = np.arange(at, min(at + given.batch, given.callers))
        rx_ms = _START_MS + who * 3_000_000 // given.callers
        batch = decode_table(_TOPIC, _table(rng, who, rx_ms), hasher, rx_ms=rx_ms).batch
        begun = time.process_time()
        callers.take(batch)
        spent += time.process_time() - begun
    gc.collect()
    more = _resident() - before
    print(
        f"{len(callers):,} callers: {more / 2**20:,.0f} MiB, {more / len(callers):.0f} bytes each"
    )
    print(f"taken in: {given.callers / spent:,.0f} records/s")
    spent = 0.0
    found = records = 0
    for number in range(given.calls // given.batch):
        who = rng.integers(0, given.callers, given.batch)
        busy = rng.random(given.batch) < _BUSY_SHARE
        who[busy] = rng.integers(0, _BUSY, int(busy.sum()))
        rx_ms = _START_MS + 3_000_000 + number * 100 + np.arange(given.batch) // 1000
        table = _table(rng, who, rx_ms)
        begun = time.process_time()
        batch = decode_table(_TOPIC, table, hasher, rx_ms=rx_ms).batch
        decoded = time.process_time()
        found += len(screening.step(batch, register).findings)
        decoded_s += decoded - begun
        spent += time.process_time() - decoded
        records += len(batch)
    print(f"screened by {len(rules)} rules: {records / spent:,.0f} records/s; {found:,} findings")
    print(f"with decoding Arrow: {records / (spent + decoded_s):,.0f} records/s")
    until_ms = int(batch.rx_ms[-1]) + 60_000
    rings_s = _second_stage_s(rules, [(until_ms, screening.counted(until_ms))])
    print(
        f"who rings and who is rung, in the second stage: {rings_s / records * 1e6:.2f} us a record"
    )


def of_drawn_worlds(names: Sequence[str], seeds: Sequence[int]) -> None:
    """Prints a line for each world, and one for all of them."""
    hasher = Hasher(b"a key of benchmarks alone")
    every = np.zeros(4)
    for seed in seeds:
        with drawn_world(seed, {}) as trace:
            rules = tuple(ROOMS[name].rule() for name in names)
            screening, register = Screening(rules, Origin(_TOPIC, 0)), listed(trace, hasher)
            # The plan of the world's numbers is read when it is first asked.
            records, screened_s = 0.0 * len(register.numbers.plan), 0.0
            steps = []
            begun = time.process_time()
            for batch in batches(trace, hasher):
                decoded = time.process_time()
                found = screening.step(batch, register)
                screened_s += time.process_time() - decoded
                records += len(batch)
                steps.append((int(batch.rx_ms[-1]), [*found.findings, *found.observations]))
            first_s = time.process_time() - begun
            one = np.array([records, screened_s, first_s, _second_stage_s(rules, steps)])
            windows = screening.counted(1 << 60)
            each_s = _second_stage_s(rules, [(0, windows)]) / len(windows)
            print(f"a window of who rings and who is rung: {each_s * 1e6:.0f} us")
        _print(f"drawn world {seed}", len(rules), one)
        every += one
    _print("all of them", len(names), every)


def _second_stage_s(
    rules: tuple[AnyRule, ...], steps: Sequence[tuple[int, Sequence[Finding | Observation]]]
) -> float:
    """Seconds of the one correlator that has all calls, a minute of arrival time at a time."""
    correlator = Correlator(rules, IncidentSettings(), frozenset({(_TOPIC, 0)}))
    begun = time.process_time()
    for _, some in steps:
        for each in some:
            correlator.take(each)
    times = sorted({each.rx_ts // 60_000 for _, some in steps for each in some})
    for minute in times:
        for stream in ("findings", "observations"):
            correlator.promise(stream, _TOPIC, 0, (minute + 1) * 60_000, False)  # type: ignore[arg-type]
        correlator.advance()
    return time.process_time() - begun


def _print(whose: str, rules: int, counted: NDArray[np.float64]) -> None:
    records, screened_s, whole_s, second_s = counted.tolist()
    print(
        f"{whose}: {records:,.0f} records screened by {rules} rules:"
        f" {records / screened_s:,.0f} records/s, with decoding JSON {records / whole_s:,.0f};"
        f" second stage {second_s / records * 1e6:.2f} us a record",
        flush=True,
    )


def _names(every_rule: bool) -> list[str]:
    if not every_rule:
        return list(_RULES)
    return [name for name, room in ROOMS.items() if Calls in room.rule.reads]


def _table(rng: np.random.Generator, who: I8, rx_ms: I8) -> pa.Table:
    """Calls of numbered callers to anybody."""
    n = len(who)
    answered = rng.random(n) < 0.6
    return pa.table(
        {
            "ts": rx_ms - 5_000,
            "rx_ts": rx_ms,
            "call_ref": [f"c-{x:x}" for x in rng.integers(0, 2**62, n).tolist()],
            "point": rng.choice(["msc", "tas"], n),
            "caller": [f"h-{x:024x}" for x in who.tolist()],
            "caller_prefix": np.full(n, "8613912"),
            "caller_length": np.full(n, 13),
            "caller_nai": np.full(n, 4),
            "callee": [f"h-{x:024x}" for x in rng.integers(0, 2**40, n).tolist()],
            "callee_prefix": np.full(n, "8613812"),
            "callee_length": np.full(n, 13),
            "callee_region": rng.choice(_REGIONS, n),
            "ingress": np.full(n, "onnet"),
            "answered": answered,
            "ring_ms": rng.integers(500, 30_000, n),
            "duration_ms": np.where(answered, rng.integers(1_000, 90_000, n), 0),
            "released_by": rng.choice(["caller", "callee"], n),
            "rat": np.full(n, "lte"),
            "mcc": np.full(n, 460),
            "mnc": np.full(n, 0),
            "area": np.full(n, 4100),
            "cell": rng.integers(1, 60_000, n),
            "home_region": np.full(n, "21"),
            "visited_region": np.full(n, "21"),
        }
    )


def _resident() -> int:
    """Bytes of memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
