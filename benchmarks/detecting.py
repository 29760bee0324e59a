"""What `cellhound detect` costs a report of an honest city, as Parquet, beside decoding the file.

    python -m benchmarks.detecting

Both are processes' own processor time without their start: of `detect` from reading the register
on, all that comes after it, files of results included. They take turns, round by round.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import click

from benchmarks.measuring.stream.city import City, reports
from replay.detect import detect
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_writer import TraceWriter
from streams.arenas import few_arenas
from streams.config.settings import load_settings
from streams.garbage import look_seldom
from streams.privacy.hasher import Hasher
from streams.register.csv_result import RegisterFile
from streams.register.csv_write import write_register_file

_TOPIC: Final = "cell.measurements"
_FILE: Final = "measurements.parquet"


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--reports", "count", default=300_000, show_default=True)
@click.option("--each", default=15, show_default=True, help="Reports of one phone.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(count: int, each: int, rounds: int) -> None:
    """Measures and prints."""
    settings = load_settings(env={})
    hasher = Hasher(b"a key of benchmarks alone", settings.senders)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "trace", count, each)
        few_arenas()
        look_seldom()

        def decode() -> None:
            for _ in decoded_chunks(
                reader_of(folder / "trace" / _FILE), _TOPIC, hasher, limits=settings.limits
            ):
                pass

        steps: dict[str, Callable[[], object]] = {
            "decoding the file": decode,
            "detect": lambda: detect(folder / "trace", folder / "out", settings, hasher),
        }
        spent: dict[str, list[float]] = {step: [] for step in steps}
        for _ in range(rounds):
            for step, work in steps.items():
                begun_s = time.process_time()
                work()
                spent[step].append(1e6 * (time.process_time() - begun_s) / count)
    for step, each_us in spent.items():
        click.echo(f"{step:<20} {median(each_us):6.2f} µs a report")
    decoding, detecting = spent.values()
    ratios = [of_all / of_one for of_one, of_all in zip(decoding, detecting, strict=True)]
    click.echo(f"{'detect':<20} {median(ratios):6.2f} times decoding")


def _write(folder: Path, count: int, each: int) -> None:
    city = City()
    with TraceWriter(folder, "parquet") as writer:
        writer.write(_TOPIC, reports(city, count, count // each).lines())
    register = RegisterFile(city.register(), rejects=[], carried={}, dropped={})
    write_register_file(folder / "register.csv", register)


if __name__ == "__main__":
    main()
