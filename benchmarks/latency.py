"""How long after the last message that it needed an alert is on its topic, beside a steady load.

    python -m benchmarks.latency --rate 3000 --seconds 600

starts a Kafka of its own and a real `cellhound worker`, and sends messages by the clock as they
would arrive: those of a simulated land in which one blaster after the other comes on the air, and
benign reports at that rate. An alert revision names the arrival of the last message that it needed
(`ts`). The worker may decide it once it allows no message from before that moment any more, which
is when the allowed disorder has passed; an update no sooner than the last revision allows it.
Printed is how much later the worker wrote it: median, 99 of a hundred, and most. Nothing may have
come late to the correlators, which would make an alert look prompt, and messages have to be sent in
time: else there is no figure. Read it at half of the rate that the worker keeps up with
(docs/scale.md).
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from benchmarks.measuring.latency.land import LEAST_S, TRANSMITTERS, land, made
from benchmarks.measuring.latency.sending import Timed, send
from benchmarks.measuring.stream.city import PERIOD_MS, City, reports
from benchmarks.measuring.stream.processes import RunError, in_good_order, own_broker, processor_s
from benchmarks.measuring.stream.topics import Form, Load, Topics
from benchmarks.measuring.stream.worker_run import WorkerRun, started
from detectors.correlate.settings import IncidentSettings
from replay.kafka.publish import Producer, publish_register
from streams.config.settings import Settings, load_settings
from streams.kafka.local_broker import BrokerError
from streams.register.csv_file import read_register

#: Beyond the allowed disorder: until updates that were held back are out, too.
_AFTER_S: Final = 40.0
#: A message may be sent so much later (s) than it arrives.
_SENT_LATE_S: Final = 1.0
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Latency:
    """Of all revisions of alerts, seconds beyond the allowed disorder. One that another alert
    brings doesn't wait for the pause between updates, so that ``least_s`` may be negative."""

    revisions: int
    alerts: int
    least_s: float
    median_s: float
    p99_s: float
    most_s: float


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--rate", type=click.IntRange(10), default=3000, show_default=True)
@click.option("--seconds", type=click.IntRange(int(LEAST_S)), default=600, show_default=True)
@click.option("--cells", type=click.IntRange(1600), default=10_000, show_default=True)
@click.option("--partitions", type=click.IntRange(1), default=4, show_default=True)
@click.option("--form", type=click.Choice(["single", "arrow"]), default="single", show_default=True)
@click.option("--bootstrap", help="A broker that runs already; else one is started.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Figures as JSON.")
def main(
    rate: int,
    seconds: int,
    cells: int,
    partitions: int,
    form: Form,
    bootstrap: str | None,
    out: Path | None,
) -> None:
    """Measures and prints."""
    city = City(cells)
    try:
        with in_good_order(), tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            register, arriving = made(land(seconds), _SEED, folder / "land")
            load = Timed(reports(city, rate * seconds, rate * PERIOD_MS // 1000), form, arriving)
            with own_broker(folder / "broker", bootstrap) as address:
                topics = Topics(address, f"latency{uuid.uuid4().hex[:6]}-", partitions)
                try:
                    found, core = _measured(load, city, register, topics, folder)
                finally:
                    topics.delete()
    except (RunError, BrokerError) as error:
        raise click.ClickException(str(error)) from error
    if out is not None:
        given = {"rate": rate, "seconds": seconds, "form": form, "core": core}
        figures = {name: getattr(found, name) for name in found.__dataclass_fields__}
        out.write_text(json.dumps(given | figures, indent=1) + "\n")
    click.echo(
        f"{rate:,} benign reports/s as {form} beside {len(arriving) / seconds:.0f} messages/s of a"
        f" land with {TRANSMITTERS} transmitters, the worker at {core:.2f} of a core:"
        f" {found.revisions} revisions of {found.alerts} alerts; beyond the allowed disorder:"
        f" least {found.least_s:.2f} s, median {found.median_s:.2f} s, p99 {found.p99_s:.2f} s,"
        f" most {found.most_s:.2f} s"
    )


def _measured(
    load: Timed, city: City, register: Path, topics: Topics, folder: Path
) -> tuple[Latency, float]:
    """One run: the figures, and the worker's part of a core while messages came."""
    partitions = topics.make()
    producer = Producer(topics.kafka)
    try:
        publish_register(producer, topics.kafka.prefix, read_register(register))
    finally:
        producer.close()
    asyncio.run(topics.fill_register(city, partitions["cell.register"]))
    run = WorkerRun(
        topics.kafka.bootstrap, topics.kafka.prefix, folder, city, Load("single", 0, [], 0)
    )
    with started(run, topics) as (worker,):
        before_s, begun_s = processor_s(worker.pid), time.monotonic()
        behind_s = asyncio.run(send(load, topics, partitions))
        if behind_s > _SENT_LATE_S:
            raise RunError(
                f"messages were sent up to {behind_s:.1f} s late: too much for this machine"
            )
        core = (processor_s(worker.pid) - before_s) / (time.monotonic() - begun_s)
        settings = load_settings(env={})
        time.sleep(settings.streams.disorder_s + _AFTER_S)
        records, health = topics.read("fbs.alerts"), topics.read("fbs.health")
    if late := max(json.loads(one.value)["late"] for one in health):
        raise RunError(f"{late} observations came later than watermarks had promised")
    written = [(record.timestamp, json.loads(record.value)) for record in records]
    return latency_of(written, settings), core


def latency_of(written: Sequence[tuple[int, dict[str, Any]]], settings: Settings) -> Latency:
    """The figures of revisions, each with when Kafka had it (ms). Raises RunError without any."""
    if not written:
        raise RunError("no alert came of any transmitter")
    disorder_ms = settings.streams.disorder_s * 1000.0
    due_ms = _due_ms([alert for _, alert in written], settings.incidents)
    late_s = np.array(
        [at_ms - due_ms[alert["alert_id"], alert["revision"]] for at_ms, alert in written]
    )
    late_s = (late_s - disorder_ms) / 1000.0
    median_s, p99_s = (float(each) for each in np.percentile(late_s, [50, 99]))
    names = {alert["alert_id"] for _, alert in written}
    least_s, most_s = float(late_s.min()), float(late_s.max())
    return Latency(len(written), len(names), least_s, median_s, p99_s, most_s)


def _due_ms(alerts: list[dict[str, Any]], settings: IncidentSettings) -> dict[tuple[str, int], int]:
    """When each revision was due (arrival, ms): at its last message, an update also not before the
    time that has to pass since the revision before."""
    due: dict[tuple[str, int], int] = {}
    before: dict[str, int] = {}
    opened: dict[str, int] = {}
    for alert in sorted(alerts, key=lambda one: (one["alert_id"], one["revision"])):
        name, at_ms = alert["alert_id"], alert["ts"]
        if name in before:
            is_calm = before[name] - opened[name] >= settings.calm_after_s * 1000.0
            pause_s = settings.calm_update_every_s if is_calm else settings.update_every_s
            at_ms = max(at_ms, before[name] + round(pause_s * 1000.0))
        due[name, alert["revision"]] = at_ms
        before[name] = alert["ts"]
        opened.setdefault(name, alert["ts"])
    return due


if __name__ == "__main__":
    main()
