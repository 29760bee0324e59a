"""What the second stage costs for each report of an honest city, beside screening, without Kafka.

    python benchmarks/second_stage.py

Benign reports (`benchmarks.measuring.stream.city`) are decoded and screened in four partitions, and
what screening lets through goes to one correlator as it does in a worker: as records, in turns.
Counted is processor time. ``reading`` is of the records, ``taking`` finds the zones, ``deciding``
is all that comes then but storing, which a worker does once a second while the state changes.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import click
import numpy as np

from benchmarks.measuring.stream.city import City, Reports, reports
from detectors.correlate.correlator import STREAMS, Correlator
from detectors.features.facts import Origin
from detectors.features.samples.of_samples import singly
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.garbage import look_seldom
from streams.kafka.stage_records import (
    decode_finding,
    decode_observations,
    encode,
    together,
)
from streams.privacy.hasher import Hasher

_TOPIC, _PARTITIONS = "cell.measurements", 4
#: Reports between two turns.
_A_TURN = 2_000
_PARTS = ("reading", "taking", "deciding")


@dataclass(frozen=True, slots=True)
class _Turn:
    """What screening made of some reports, as the values of records, and a promise (ms)."""

    until_ms: int
    findings: list[bytes]
    observations: list[bytes]


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--reports", "count", default=100_000, show_default=True)
@click.option("--each", default=15, show_default=True, help="Reports of one phone.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(count: int, each: int, rounds: int) -> None:
    """Measures and prints."""
    city = City()
    turns = list(_screened(city, reports(city, count, max(count // each, 1))))
    kinds = Counter(
        one.detector
        for turn in turns
        for value in turn.observations
        for one in singly(decode_observations(value), load_settings(env={}).rules)
    )
    look_seldom()
    runs = [_decided(turns, count) for _ in range(rounds)]
    for name in _PARTS:
        click.echo(f"{name:<12}{median(run[name] for run in runs):>8.2f} µs a report")
    click.echo(f"{'in all':<12}{median(_all(run) for run in runs):>8.2f} µs a report")
    stored = median(run["storing"] for run in runs) / 1000.0, runs[0]["bytes"] / 1e6
    click.echo(f"{'storing':<12}{stored[0]:>8.2f} ms each time, {stored[1]:.2f} MB before packing")
    shares = ", ".join(f"{name} {number / count:.1%}" for name, number in kinds.most_common())
    click.echo(f"observations by report: {kinds.total() / count:.1%} ({shares})")


def _screened(city: City, made: Reports) -> Iterator[_Turn]:
    settings, register = load_settings(env={}), Register.from_rows(city.register())
    hasher = Hasher(b"a key of benchmarks alone", settings.senders)
    screenings = [Screening(settings.rules, Origin(_TOPIC, each)) for each in range(_PARTITIONS)]
    lines, offsets = made.lines(), [0] * _PARTITIONS
    allowed_ms = round(settings.streams.disorder_s * 1000)
    for begin in range(0, len(made), _A_TURN):
        rows = np.arange(begin, min(len(made), begin + _A_TURN))
        until_ms = int(made.rx_ts[rows[-1]]) - allowed_ms
        findings: list[bytes] = []
        observations: list[bytes] = []
        for number, screening in enumerate(screenings):
            own = rows[made.device[rows] % _PARTITIONS == number]
            places = np.arange(offsets[number], offsets[number] + len(own))
            offsets[number] += len(own)
            values = [lines[row] for row in own.tolist()]
            piece = RecordSlice(_TOPIC, number, places, values, made.rx_ts[own], arrays=False)
            found = screening.step(decode(piece, hasher, settings.limits).batch, register)
            passed = [*found.sent(), *screening.counted(until_ms)]
            findings += map(encode, found.findings)
            observations += together([encode(one) for one in passed])
        yield _Turn(until_ms, findings, observations)


def _decided(turns: list[_Turn], count: int) -> dict[str, float]:
    """Microseconds a report of each part, of storing all once, and the bytes of that."""
    settings = load_settings(env={})
    sources = frozenset((_TOPIC, number) for number in range(_PARTITIONS))
    correlator = Correlator(settings.rules, settings.incidents, sources)
    spent = dict.fromkeys(_PARTS, 0.0)
    for turn in turns:
        begun_s = time.process_time()
        found = [decode_finding(value) for value in turn.findings]
        seen = [one for value in turn.observations for one in decode_observations(value)]
        read_s = time.process_time()
        for record in (*filter(None, found), *seen):
            correlator.take(record)
        taken_s = time.process_time()
        for number in range(_PARTITIONS):
            for stream in STREAMS:
                correlator.promise(stream, _TOPIC, number, turn.until_ms, end=False)
        correlator.advance()
        spent["reading"] += read_s - begun_s
        spent["taking"] += taken_s - read_s
        spent["deciding"] += time.process_time() - taken_s
    begun_s = time.process_time()
    stored = correlator.parts()
    storing_us = (time.process_time() - begun_s) * 1e6
    each = {name: seconds / count * 1e6 for name, seconds in spent.items()}
    return each | {"storing": storing_us, "bytes": float(sum(map(len, stored.values())))}


def _all(run: dict[str, float]) -> float:
    return sum(run[name] for name in _PARTS)


if __name__ == "__main__":
    main()
