"""Spoilt messages of every topic through everything that reads them.

Each message is a valid one (inputs, what travels between the stages, state, alerts, actions) with
one to three things wrong: bytes, JSON, MessagePack, Arrow, headers, key, time stamp, packing. The
real decoders read it, and the next step behind them: rules, correlator, console's store, channels'
texts. Printed: what became of them by reader and topic, the dearest, and what must not be: records
that raised, of which nothing is known, or that took more than 50 ms of processor time (those of
more than a hundred messages: half a millisecond for each) or 64 MiB.

    python -m benchmarks.fuzz [--messages 100000] [--seed 1] [--only NUMBER] [--out FILE.json]

Needs Linux for the memory. Exits 1 where anything is as it must not be; ``--only`` has one message
read again, and shows what it is.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.measuring.fuzz.run import Fuzzer, Outcome, chances, percentile

MOST_MS, MOST_MIB = 50.0, 64.0
_SHOWN = 20


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder), (MOST_MS, MOST_MIB))
        for message in fuzzer.valid():
            fuzzer.read(message)  # What is read once (tables, words) is no message's cost.
        fuzzer.outcome = Outcome()
        gc.collect()
        gc.freeze()
        begin, end = (0, given.messages) if given.only is None else (given.only, given.only + 1)
        begun = time.monotonic()
        for chance in chances(given.seed, begin, end):
            message = fuzzer.spoilt(chance)
            if given.only is not None:
                print(message)
            fuzzer.read(message)
        seconds = time.monotonic() - begun
    report = as_report(fuzzer.outcome, given.seed, seconds)
    show(report)
    if given.out:
        given.out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    sys.exit(1 if report["failures"] or report["beyond"] else 0)


def as_report(outcome: Outcome, seed: int, seconds: float) -> dict[str, Any]:
    """All figures of a run."""
    rows = []
    for key, account in sorted(outcome.accounts.items()):
        cost, number, size = outcome.dearest[key]
        row = {"reader": key[0], "topic": key[1], "account": dict(account)}
        row |= {"most_ms": round(cost.cpu_ms, 2), "most_mib": round(cost.peak_mib, 2)}
        rows.append(row | {"slowest": number, "slowest_bytes": size})
    return {
        "seed": seed,
        "messages": outcome.messages,
        "seconds": round(seconds, 1),
        "cpu_ms": {str(share): percentile(outcome.cpu_ms, share) for share in (0.5, 0.99, 0.999)},
        "most_ms": max(outcome.cpu_ms, default=0.0),
        "rows": rows,
        "failures": [
            {
                "number": one.number,
                "reader": one.reader,
                "topic": one.message.topic,
                "what": one.what,
            }
            for one in outcome.failures
        ],
        "beyond": [
            {
                "number": number,
                "reader": reader,
                "topic": message.topic,
                "ms": round(cost.cpu_ms, 1),
                "mib": round(cost.peak_mib, 1),
                "bytes": len(message.value or b""),
            }
            for cost, reader, number, message in outcome.beyond
        ],
    }


def show(report: dict[str, Any]) -> None:
    """Prints a report."""
    print(f"{report['messages']} messages, seed {report['seed']}, {report['seconds']} s")
    print(f"{'reader':<13}{'topic':<20}{'ms':>8}{'MiB':>7}  account")
    for row in report["rows"]:
        account = ", ".join(f"{count} {name}" for name, count in row["account"].items() if count)
        print(
            f"{row['reader']:<13}{row['topic']:<20}{row['most_ms']:>8.1f}{row['most_mib']:>7.1f}"
            f"  {account}"
        )
    shares = ", ".join(f"{share}: {ms:.2f}" for share, ms in report["cpu_ms"].items())
    print(f"processor time of a reading (ms): {shares}, most: {report['most_ms']:.1f}")
    for kind in ("failures", "beyond"):
        print(f"{len(report[kind])} {kind}")
        for one in report[kind][:_SHOWN]:
            print("  ", json.dumps(one, ensure_ascii=False))


if __name__ == "__main__":
    main()
