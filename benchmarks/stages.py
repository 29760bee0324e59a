"""What each stage and each rule costs for a report of an honest city, from Arrow to decided.

    python benchmarks/stages.py

Benign reports (`benchmarks.measuring.stream.city`) of one partition, as Arrow, are decoded and
screened in chunks, what comes of them is routed and written as records, read again, and worked off
by one correlator, without Kafka. Counted is processor time, of all reports, so that what is new of
every phone in its first quarter of an hour is among it. What rules share of a chunk is counted for
the first that asks.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, Final, TypeAlias

import click
import numpy as np
import pyarrow as pa

from benchmarks.measuring.stream.city import City, Reports, reports
from detectors.context.zone_routing import shared_out, zones_for
from detectors.correlate.arrival_queue import Item
from detectors.correlate.correlator import STREAMS, Correlator, Decided
from detectors.features.facts import Facts, Origin
from detectors.features.levels.keyed_levels import of_levels
from detectors.features.phones.phones import Phones
from detectors.features.remembered import remember
from detectors.features.rows.travelling import Many
from detectors.features.rule import AnyRule
from detectors.features.samples.of_samples import of_samples
from detectors.model.finding import Observation
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import Settings, load_settings
from streams.decode.codec import decode_table
from streams.garbage import look_seldom
from streams.kafka.stage_records import decode_finding, decode_observations, encode, together
from streams.privacy.hasher import Hasher

_TOPIC: Final = "cell.measurements"
_ALLOWED_MS: Final = 10_000
_STEPS: Final = ("decoding", "screening", "counting", "writing", "reading", "taking", "deciding")

#: Microseconds a report, by what they are spent on.
Costs: TypeAlias = dict[str, float]


class _Meter:
    """Seconds of the processor by name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        begun_s = time.process_time()
        yield
        self.spent[name] += time.process_time() - begun_s


class _Metered(Correlator):
    """A correlator that counts what it spends on what is of each detector."""

    meter: _Meter

    def metered(self, meter: _Meter) -> "_Metered":
        """Itself, with a meter."""
        self.meter, run, learn = meter, self._levels.run, self._samples.run

        def metered_run(until_ms: int) -> int:
            with meter.of("  deciding: odd_level, many"):
                return run(until_ms)

        def metered_learn(before_ms: int) -> int:
            with meter.of("  deciding: samples"):
                return learn(before_ms)

        self._levels.run = metered_run  # type: ignore[method-assign]
        self._samples.run = metered_learn  # type: ignore[method-assign]
        return self

    def _work_off(self, item: Item, decided: Decided) -> None:
        record = item.finding or item.observation
        assert record is not None
        with self.meter.of(f"  deciding: {record.detector}"):
            super()._work_off(item, decided)


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--reports", "count", default=300_000, show_default=True)
@click.option("--each", default=15, show_default=True, help="Reports of one phone.")
@click.option(
    "--cells",
    default=10_000,
    show_default=True,
    help="Of the city: few stand for many phones each.",
)
@click.option("--chunk", "chunks", multiple=True, type=int, default=(20_000, 8_000, 2_000, 500))
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
def main(count: int, each: int, cells: int, chunks: tuple[int, ...], rounds: int) -> None:
    """Measures and prints."""
    settings, city = load_settings(env={}), City(cells)
    register, made = Register.from_rows(city.register()), reports(city, count, count // each)
    look_seldom()
    found = {size: _of_rounds(made, size, rounds, settings, register) for size in chunks}
    click.echo(f"{'µs a report, in chunks of':<34}" + "".join(f"{size:>9}" for size in chunks))
    for name in (*_STEPS, "in all"):
        _show(name, found, chunks)
    first = found[chunks[0]]
    parts = sorted(first.keys() - {*_STEPS, "in all"}, key=lambda name: -first[name])
    for name in parts:
        _show(name, found, chunks)


def _show(name: str, found: dict[int, Costs], chunks: tuple[int, ...]) -> None:
    click.echo(f"{name:<34}" + "".join(f"{found[size].get(name, 0.0):>9.2f}" for size in chunks))


def _of_rounds(
    made: Reports, size: int, rounds: int, settings: Settings, register: Register
) -> Costs:
    runs = [_costs(made, size, settings, register) for _ in range(rounds)]
    costs = {name: median(run.get(name, 0.0) for run in runs) for name in runs[0]}
    return costs | {"in all": sum(costs[name] for name in _STEPS)}


def _costs(made: Reports, size: int, settings: Settings, register: Register) -> Costs:
    meter, origin = _Meter(), Origin(_TOPIC, 0)
    hasher = Hasher(b"a key of benchmarks alone", settings.senders)
    screening, phones = Screening(settings.rules, origin), Phones()
    rules = [rule for rule in settings.rules if rule.enabled]
    states = {rule.name: rule.new_state() for rule in rules}
    sources = frozenset({(_TOPIC, 0)})
    correlator = _Metered(settings.rules, settings.incidents, sources).metered(meter)
    for begin in range(0, len(made), size):
        rows = np.arange(begin, min(len(made), begin + size))
        rx_ms, table = made.rx_ts[rows], pa.ipc.open_stream(made.arrow(rows)).read_all()
        with meter.of("decoding"):
            batch = decode_table(_TOPIC, table, hasher, rx_ms=rx_ms, offsets=rows).batch
        with meter.of("screening"):
            found = screening.step(batch, register)
        with meter.of("counting"):
            until_ms = int(rx_ms[-1]) - _ALLOWED_MS
            passed = [*found.observations, *screening.counted(until_ms)]
        _by_rule(rules, states, Facts(batch, register, origin, phones), meter)
        with meter.of("writing"):
            findings, records = list(map(encode, found.findings)), _written(found.many, passed)
        with meter.of("reading"):
            judged = [decode_finding(value) for value in findings]
            seen = [one for value in records for one in decode_observations(value)]
        with meter.of("taking"):
            for record in (*filter(None, judged), *seen):
                correlator.take(record)
        with meter.of("deciding"):
            for stream in STREAMS:
                correlator.promise(stream, _TOPIC, 0, until_ms, end=False)
            correlator.advance()
    return {name: 1e6 * seconds / len(made) for name, seconds in meter.spent.items()}


def _by_rule(
    rules: list[AnyRule], states: dict[str, Any], facts: Facts[Any], meter: _Meter
) -> None:
    for rule in rules:
        if isinstance(facts.batch, rule.reads):
            with meter.of(f"  screening: {rule.name}"):
                if rule.concerns(facts):
                    levels, samples = of_levels(rule), of_samples(rule)
                    step: Any = levels.screen_together if levels else rule.screen
                    if samples:
                        step = samples.screen_apart
                    step(states[rule.name], facts)
    remember(facts)


def _written(many: list[Many], observations: list[Observation]) -> list[bytes]:
    """The records in which a worker sends them, if there is one correlator."""
    values = [encode(part) for each in many for _, part in shared_out(each, lambda _: {0})]
    for one in observations:
        zones_for(one)
        values.append(encode(one))
    return list(together(values))


if __name__ == "__main__":
    main()
