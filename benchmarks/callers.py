"""What remembering callers takes, and what rules of how they behave cost with that.

    python -m benchmarks.callers --callers 10000000
    python -m benchmarks.callers --every-rule

As many callers call once within an hour, each a number of its own; then calls of these, drawn at
random, are screened by the four rules together (or by every rule of calls, ``--every-rule``), in
batches that are decoded from Arrow tables.
Counted is processor time of one core, and the memory that the process has more than before.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import gc
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from detectors.features.callers.callers import Callers
from detectors.features.facts import Origin
from detectors.model.columns import I8, Calls
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
    given = parser.parse_args()
    rng, hasher = np.random.default_rng(1), Hasher(b"a key of benchmarks alone")
    every = [name for name, room in ROOMS.items() if Calls in room.rule.reads]
    rules = tuple(ROOMS[name].rule() for name in (every if given.every_rule else _RULES))
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
