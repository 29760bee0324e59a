"""What a worker's memory holds: a register, phones and open candidates at once, and after hours.

    python -m benchmarks.memory --cells 1000000 --devices 1000000 --incidents 1000

Both stages run in this process. First each phone reports once within a minute, as in the growth by
``all`` of `benchmarks/stream.py`; then, for so many hours of event time, the same phones report
once each in ``--every`` seconds. Memory is given back to the system after each turn, a minute, as a
worker does when it has stored a state. Bytes are those of the objects that each part holds; what is
resident beyond them is Python with its libraries, and what the C library has not given back.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pickle
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.measuring.memory.both_stages import PARTITIONS, BothStages
from benchmarks.measuring.memory.sizes import sizes
from benchmarks.measuring.stream.city import BEGIN_MS, PERIOD_MS, City, Reports, intruders, reports
from benchmarks.measuring.stream.programs.meter import memory_mb
from benchmarks.measuring.stream.topics import Record, load_of
from streams.arenas import few_arenas, give_back

#: Records of a partition that are screened between two turns, and parts of less are not shown.
_A_TURN, _LEAST_BYTES = 20, 1 << 20
_HOUR_MS, _TURN_MS = 3_600_000, 60_000


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--cells", default=1_000_000, show_default=True)
@click.option("--devices", default=1_000_000, show_default=True)
@click.option("--incidents", default=1_000, show_default=True)
@click.option(
    "--hours", default=0, show_default=True, help="Of event time, after the first minute."
)
@click.option("--every", "every_s", default=3600, show_default=True, help="A phone reports, s.")
def main(cells: int, devices: int, incidents: int, hours: int, every_s: int) -> None:
    """Measures and prints."""
    few_arenas()
    city = City(cells, City(cells).side)
    stages = BothStages(city)
    _show("the register is read", 0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # By another process: what making them needs isn't a worker's.
        aside = stack.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
        count, until_ms = aside.submit(_write_first, folder, city, devices, incidents).result()
        for turn in _first(folder):
            _take(stages, turn)
        stages.turn(until_ms)
        give_back()
        _show("each has reported", count)
        for hour in range(hours):
            asked = folder / "hour", city, devices, every_s, hour
            aside.submit(_write_hour, *asked).result()
            for turn in _pickled(folder / "hour"):
                _take(stages, turn)
            _show(f"hour {hour + 1}", devices * 3600 // every_s)
    found = sizes(stages.parts())
    for name, size in sorted(found.items(), key=lambda each: -each[1]):
        if size >= _LEAST_BYTES:
            click.echo(f"{size / 1e6:>9.1f} MB  {name}")
    click.echo(f"{sum(found.values()) / 1e6:>9.1f} MB  in all; {stages.incidents} open incidents")


def _take(stages: BothStages, turn: list[list[Record]]) -> None:
    """Screens some records of each partition, and does what is due after them."""
    for number, records in enumerate(turn):
        if records:
            stages.screen(number, records)
    stages.turn()
    give_back()


def _write_first(folder: Path, city: City, devices: int, incidents: int) -> tuple[int, int]:
    """Writes a report of each phone, a file for each partition; how many, and their end (ms)."""
    made = reports(city, devices, devices)
    load = load_of(made, "arrow", PARTITIONS, intruders(city, incidents))
    for number, part in enumerate(load.parts):
        with (folder / str(number)).open("wb") as file:
            for record in part:
                pickle.dump(record, file)
    return load.reports, load.until_ms


def _first(folder: Path) -> Iterator[list[list[Record]]]:
    """What was written, some records of each partition at a time."""
    parts = [_pickled(folder / str(number)) for number in range(PARTITIONS)]
    while any(some := [list(islice(part, _A_TURN)) for part in parts]):
        yield some


def _write_hour(place: Path, *asked: Any) -> None:
    """Writes the reports of an hour, as `_hour` makes them of ``asked``, a turn after the other."""
    with place.open("wb") as file:
        for turn in _by_turns(_hour(*asked)):
            pickle.dump(turn, file)


def _pickled(place: Path) -> Iterator[Any]:
    """What a file has, one by one."""
    with place.open("rb") as file, suppress(EOFError):
        while True:
            yield pickle.load(file)


def _show(what: str, count: int) -> None:
    now, peak = memory_mb("self")
    click.echo(
        f"{what}: {count:,} reports, {now:.0f} MiB, at its highest {peak:.0f},"
        f" {time.process_time():.0f} s of a processor"
    )


def _hour(city: City, devices: int, every_s: int, hour: int) -> Reports:
    """Reports of an hour after the first minute, evenly over it."""
    count = devices * 3600 // every_s
    made = reports(city, count, devices, seed=2 + hour)
    since_ms = np.arange(count) * (_HOUR_MS / max(count, 1))
    rx_ts = BEGIN_MS + PERIOD_MS + hour * _HOUR_MS + since_ms.astype(np.int64)
    return replace(made, rx_ts=rx_ts, ts=rx_ts - (made.rx_ts - made.ts))


def _by_turns(made: Reports) -> Iterator[list[list[Record]]]:
    """Of each minute, by partition, a record of its reports."""
    minute = made.rx_ts // _TURN_MS
    for each in np.unique(minute).tolist():
        rows = np.flatnonzero(minute == each)
        own = [rows[made.device[rows] % PARTITIONS == number] for number in range(PARTITIONS)]
        yield [
            [(None, made.arrow(some), [("arrow", b"")], int(made.rx_ts[some[-1]]))]
            if len(some)
            else []
            for some in own
        ]


if __name__ == "__main__":
    main()
