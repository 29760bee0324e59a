"""What screening costs by the size of chunks, beside decoding them, and rule by rule.

    python benchmarks/chunk_cost.py

Benign reports with five neighbours each (`benchmarks.measuring.stream.city`), as single JSON
messages of one partition, are decoded and screened by all rules, without Kafka. Counted is
processor time, of the later two thirds, when phones are known; of as many rounds the median. What
rules share of a chunk is counted for the first that asks.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any, TypeAlias

import click
import numpy as np

from benchmarks.measuring.stream.city import City, reports
from detectors.features.facts import Facts, Origin
from detectors.features.phones.phones import Phones
from detectors.features.remembered import remember
from detectors.features.rule import AnyRule
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import Settings, load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher

_TOPIC = "cell.measurements"
_WARM = 3

#: Microseconds a report, by what they are spent on.
Costs: TypeAlias = dict[str, float]


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--reports", "count", default=60_000, show_default=True)
@click.option("--devices", default=4_000, show_default=True)
@click.option("--chunk", "chunks", multiple=True, type=int, default=(2000, 500, 100))
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(count: int, devices: int, chunks: tuple[int, ...], rounds: int) -> None:
    """Measures and prints."""
    settings, city = load_settings(env={}), City()
    register, made = Register.from_rows(city.register()), reports(city, count, devices)
    lines, rx_ms = made.lines(), made.rx_ts
    slices = {size: list(_slices(lines, rx_ms, size)) for size in chunks}
    found: dict[int, list[Costs]] = {size: [] for size in chunks}
    for _ in range(rounds):
        for size in chunks:
            found[size].append(_costs(slices[size], settings, register))
    costs = {size: _medians(found[size]) for size in chunks}
    click.echo(f"{'µs a report, in chunks of':<32}" + "".join(f"{size:>9}" for size in chunks))
    names = sorted(costs[chunks[0]], key=lambda name: -costs[chunks[0]][name])
    for name in names:
        click.echo(f"{name:<32}" + "".join(f"{costs[size][name]:>9.2f}" for size in chunks))
    ratios = ((each["decoding"] + each["screening"]) / each["decoding"] for each in costs.values())
    click.echo(f"{'both, of decoding':<32}" + "".join(f"{ratio:>9.2f}" for ratio in ratios))


def _slices(lines: list[bytes], rx_ms: Any, size: int) -> Iterator[RecordSlice]:
    for at in range(0, len(lines), size):
        part = slice(at, at + size)
        offsets = np.arange(len(lines))[part]
        yield RecordSlice(_TOPIC, 0, offsets, lines[part], rx_ms[part], arrays=False)


def _costs(slices: list[RecordSlice], settings: Settings, register: Register) -> Costs:
    """Microseconds a report of decoding, of screening as a whole, and of each rule by itself."""
    hasher, origin = Hasher(b"a key of benchmarks alone", settings.senders), Origin(_TOPIC, 0)
    screening, phones = Screening(settings.rules, origin), Phones()
    counted, spent = 0, defaultdict[str, float](float)
    rules = [rule for rule in settings.rules if rule.enabled]
    states = {rule.name: rule.new_state() for rule in rules}
    for number, piece in enumerate(slices):
        begun_s = time.process_time()
        batch = decode(piece, hasher, settings.limits).batch
        decoded_s = time.process_time()
        screening.step(batch, register)
        screened_s = time.process_time()
        by_rule = _by_rule(rules, states, Facts(batch, register, origin, phones))
        if number >= len(slices) // _WARM:
            counted += len(batch)
            spent["decoding"] += decoded_s - begun_s
            spent["screening"] += screened_s - decoded_s
            for name, seconds in by_rule.items():
                spent[name] += seconds
        screening.counted(int(batch.rx_ms[-1]))
    return {name: 1e6 * seconds / counted for name, seconds in spent.items()}


def _by_rule(rules: list[AnyRule], states: dict[str, Any], facts: Facts[Any]) -> dict[str, float]:
    spent = {}
    for rule in rules:
        if isinstance(facts.batch, rule.reads):
            begun_s = time.process_time()
            if rule.concerns(facts):
                rule.screen(states[rule.name], facts)
            spent[f"  {rule.name}"] = time.process_time() - begun_s
    remember(facts)
    return spent


def _medians(rounds: list[Costs]) -> dict[str, float]:
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


if __name__ == "__main__":
    main()
