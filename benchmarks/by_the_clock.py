"""What a worker takes of a core while reports come by the clock, not all at once.

    python -m benchmarks.by_the_clock --rate 0 --rate 1000 --rate 10000

starts a Kafka of its own, and for each rate a real `cellhound worker`, to which benign reports are
sent as they would arrive. How much comes at a time then depends on how long the worker waits for
it, and what each chunk costs however few rows it has is a large part of the whole; what a worker
takes that reads what has long been there (`benchmarks/stream.py`) says nothing of it. Counted is
processor time from the first reports on that came after `--before` seconds, until the last. With
the rate 0 one phone reports each second, so that watermarks pass on as they do in a quiet night.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import json
import tempfile
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click

from benchmarks.measuring.latency.sending import Timed, send
from benchmarks.measuring.stream.city import PERIOD_MS, City, reports
from benchmarks.measuring.stream.processes import RunError, in_good_order, own_broker, processor_s
from benchmarks.measuring.stream.topics import Form, Load, Topics
from benchmarks.measuring.stream.worker_run import WorkerRun, started
from streams.kafka.local_broker import BrokerError

#: A report may be sent so much later (s) than it arrives.
_SENT_LATE_S: Final = 1.0
_HEADER: Final = "| reports a second | of a core | \u00b5s of a processor a report |\n|--:|--:|--:|"


@dataclass(frozen=True, slots=True)
class Share:
    """Of one run: reports a second, and which part of a core the worker took."""

    rate: int
    core: float

    @property
    def row(self) -> str:
        """As a line of the table; a report has no price where nearly none came."""
        price = f"{self.core / self.rate * 1e6:.1f}" if self.rate > 1 else ""
        return f"| {self.rate:,} | {self.core:.3f} | {price} |"


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option(
    "--rate", "rates", type=click.IntRange(0), multiple=True, default=[0, 100, 1000, 5000, 20_000]
)
@click.option("--seconds", type=click.IntRange(5), default=40, show_default=True)
@click.option(
    "--before", type=click.IntRange(0), default=20, show_default=True, help="Not counted."
)
@click.option("--cells", type=click.IntRange(1600), default=10_000, show_default=True)
@click.option("--partitions", type=click.IntRange(1), default=4, show_default=True)
@click.option("--form", type=click.Choice(["single", "arrow"]), default="single", show_default=True)
@click.option("--bootstrap", help="A broker that runs already; else one is started.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Figures as JSON.")
def main(
    rates: tuple[int, ...],
    seconds: int,
    before: int,
    cells: int,
    partitions: int,
    form: Form,
    bootstrap: str | None,
    out: Path | None,
) -> None:
    """Measures and prints, rate by rate."""
    city = City(cells)
    found: list[Share] = []
    click.echo(_HEADER)
    try:
        with in_good_order(), tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            with own_broker(folder / "broker", bootstrap) as address:
                for number, rate in enumerate(rates):
                    prefix = f"clock{uuid.uuid4().hex[:6]}-"
                    topics = Topics(address, prefix, partitions)
                    given = city, max(1, rate), before, seconds, form
                    try:
                        found.append(_measured(topics, folder / str(number), *given))
                    finally:
                        topics.delete()
                    click.echo(found[-1].row)
    except (RunError, BrokerError) as error:
        raise click.ClickException(str(error)) from error
    if out is not None:
        figures = {"form": form, "cells": cells, "shares": [asdict(one) for one in found]}
        out.write_text(json.dumps(figures, indent=1) + "\n")


def _measured(
    topics: Topics, folder: Path, city: City, rate: int, before: int, seconds: int, form: Form
) -> Share:
    """One rate, with a worker of its own."""
    partitions = topics.make()
    asyncio.run(topics.fill_register(city, partitions["cell.register"]))
    folder.mkdir()
    nothing = Load("single", 0, [], 0)
    run = WorkerRun(topics.kafka.bootstrap, topics.kafka.prefix, folder, city, nothing)
    phones = max(1, rate * PERIOD_MS // 1000)
    load = Timed(reports(city, rate * (before + seconds), phones), form)
    with started(run, topics) as (worker,):
        return Share(rate, asyncio.run(_share(load, topics, partitions, worker.pid, before)))


async def _share(
    load: Timed, topics: Topics, partitions: dict[str, int], pid: int, before: int
) -> float:
    """Which part of a core a process took while reports came, from a while on."""
    sending = asyncio.create_task(send(load, topics, partitions))
    await asyncio.wait([sending], timeout=before)
    before_s, begun_s = processor_s(pid), time.monotonic()
    behind_s = await sending
    share = (processor_s(pid) - before_s) / (time.monotonic() - begun_s)
    if behind_s > _SENT_LATE_S:
        raise RunError(f"reports were sent up to {behind_s:.1f} s late: too much for this machine")
    return share


if __name__ == "__main__":
    main()
