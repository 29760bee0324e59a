"""The demo: a simulated hour in a city, detected on a real Kafka, ending with alerts to look at.

With a broker if one can be had (one that answers already, else the project's own, which is stopped
again at the end), else in one process; it prints which. Alerts are printed as they come.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from detectors.alert.record import Alert
from replay.alert_files import write_alerts
from replay.detect import detect
from replay.mapview import write_map
from replay.scoring.call_tables import shown
from replay.scoring.calls import score_run
from replay.scoring.evaluate import evaluate
from replay.scoring.scores import format_scores
from replay.simulate import load_scenario, simulate
from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.city import CITY_HOUR, add_calls
from replay.simulate.drawn.parameters import Value
from streams.config.settings import Settings, configs_dir, load_settings
from streams.kafka.local_broker import Broker, BrokerError, default_home
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.reaching import is_open
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import BETWEEN, INPUTS, topic_name
from streams.privacy.hashing_key import load_key
from streams.register.csv_file import read_register
from streams.worker.worker import READY

#: Who calls in the same hour: a call centre abroad that shows numbers of home, and a SIM box.
_CALLS: Final[dict[str, Value]] = {
    **{"subscribers": 1500, "hours": 1, "start_hour": CITY_HOUR, "oversample": 1},
    **{"spoofed_campaigns": 1, "sim_boxes": 1, "police_gangs": 0, "wangiri_campaigns": 0},
    **{"home_scammers": 0, "rogue_callbacks": 0, "account_takeovers": 0},
    **{"campaign_calls": 200, "calls_per_hour": 400, "shown_numbers": "fixed"},
}
#: The hour takes half a minute.
_SPEED = 120.0
_MAX_GAP_S = 60.0
_READY_WITHIN_S = 60.0
_SETTLED_WITHIN_S = 90.0
#: An alert is printed again at most every so many seconds of arrival time.
_PRINT_EVERY_MS = 600_000


def demo(out: Path, seed: int, with_broker: bool) -> None:
    """Runs the demo and writes its results to ``out``. Raises what its parts raise."""
    trace = out / "trace"
    scenario = load_scenario(configs_dir() / "scenarios" / "demo.yaml")
    click.echo(
        "Simulating an hour in a city with two blasters, a campaign of calls and a SIM box ..."
    )
    made = simulate(scenario, seed, trace)
    click.echo(
        f"  {made.measurements} reports of {made.phones} phones, {made.signalling} updates,"
        f" {made.sms} SMS, {made.captures} phones caught"
    )
    calls = add_calls(draw_calls(seed, given=_CALLS), trace)
    click.echo(f"  {calls.calls} calls of {calls.subscribers} people, among them a campaign's")
    settings = load_settings()
    alerts = _on_kafka(trace, settings) if with_broker else None
    if alerts is None:
        alerts = _in_one_process(trace, out, settings)
    _write(out, trace, alerts, settings)


def _on_kafka(trace: Path, settings: Settings) -> list[Alert] | None:
    """The alerts of a run on Kafka; ``None``, with the reason printed, where Kafka isn't there."""
    try:
        with _broker(settings.kafka) as bootstrap:
            prefix = f"demo-{time.time_ns() // 1_000_000}-"
            flags = {"kafka.bootstrap": bootstrap, "kafka.prefix": prefix}
            return _replayed(trace, load_settings(flags=flags))
    except (BrokerError, KafkaUnavailable) as error:
        click.echo(f"Not on Kafka: {error}")
        return None


@contextmanager
def _broker(kafka: KafkaSettings) -> Iterator[str]:
    """The address of a running broker, else of the project's own, started until the end."""
    # One that is set to be talked to by TLS is not replaced by one of our own, which has none.
    if kafka.security.encrypted or is_open(kafka):
        click.echo(f"On the Kafka broker that runs on {kafka.bootstrap}")
        yield kafka.bootstrap
        return
    node = Broker(default_home())
    click.echo("Starting a Kafka broker of our own ...")
    node.up()
    click.echo(f"On Apache Kafka at {node.bootstrap}, started for this demo")
    try:
        yield node.bootstrap
    finally:
        node.down()


def _replayed(trace: Path, settings: Settings) -> list[Alert]:
    kafka = settings.kafka
    partitions = ensure_topics(kafka)
    with _worker(kafka.bootstrap, kafka.prefix), closing(_Feed(settings, partitions)) as feed:
        click.echo(f"Replaying the hour at {_SPEED:.0f} times its speed:")
        where = ("--bootstrap", kafka.bootstrap, "--prefix", kafka.prefix)
        pace = ("--speed", str(_SPEED), "--max-gap", str(_MAX_GAP_S))
        publisher = subprocess.Popen(
            [*_COMMAND, "replay", str(trace), *pace, *where], stdout=subprocess.DEVNULL
        )
        while publisher.poll() is None:
            feed.poll(0.5)
        if publisher.returncode:
            raise BrokerError(f"the replay ended with exit code {publisher.returncode}")
        end_s = time.monotonic() + _SETTLED_WITHIN_S
        while _uncommitted(settings, partitions) and time.monotonic() <= end_s:
            feed.poll(0.5)
        feed.poll(1.0)
        return feed.alerts


def _uncommitted(settings: Settings, partitions: dict[str, int]) -> int:
    """How many records on their topics the workers' group has not committed yet."""
    kafka = settings.kafka
    group = topic_name(kafka.prefix, kafka.group)
    tps = [
        TopicPartition(topic_name(kafka.prefix, topic), number)
        for topic in (*INPUTS, *BETWEEN)
        for number in range(partitions[topic])
    ]
    consumer = KafkaConsumer(**kafka_python_options(kafka), enable_auto_commit=False)
    admin = KafkaAdminClient(**kafka_python_options(kafka))
    try:
        committed = admin.list_group_offsets({group: tps})[group]
        ends = consumer.end_offsets(tps)
    finally:
        admin.close()
        consumer.close()
    done = (max(committed[tp].offset, 0) if tp in committed else 0 for tp in tps)
    return sum(max(ends[tp] - offset, 0) for tp, offset in zip(tps, done, strict=True))


_COMMAND = (sys.executable, "-m", "cellhound")


@contextmanager
def _worker(bootstrap: str, prefix: str) -> Iterator[None]:
    """A worker process that is ready; stopped, gracefully, at the end."""
    process = subprocess.Popen(
        [*_COMMAND, "worker", "--bootstrap", bootstrap, "--prefix", prefix],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines: list[str] = []
    try:
        for line in process.stderr:
            lines.append(line)
            if READY in line:
                break
        else:
            raise BrokerError("the worker did not start:\n" + "".join(lines[-20:]))
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=_READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


class _Feed:
    """Reads alerts from their beginning and prints new ones and important changes."""

    def __init__(self, settings: Settings, partitions: dict[str, int]) -> None:
        name = topic_name(settings.kafka.prefix, "fbs.alerts")
        tps = [TopicPartition(name, number) for number in range(partitions["fbs.alerts"])]
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings.kafka), enable_auto_commit=False
        )
        self._consumer.assign(tps)
        self._consumer.seek_to_beginning(*tps)
        self._printed: dict[str, tuple[str, int]] = {}
        self.alerts: list[Alert] = []

    def close(self) -> None:
        """Ends reading."""
        self._consumer.close()

    def poll(self, wait_s: float) -> None:
        """Reads the alerts that arrive within ``wait_s`` seconds."""
        for batch in self._consumer.poll(timeout_ms=int(wait_s * 1000)).values():
            for record in batch:
                alert = msgspec.json.decode(record.value, type=Alert)
                self.alerts.append(alert)
                self._print(alert)

    def _print(self, alert: Alert) -> None:
        status, ts = self._printed.get(alert.alert_id, ("", 0))
        if alert.status == status and alert.ts < ts + _PRINT_EVERY_MS:
            return
        self._printed[alert.alert_id] = (alert.status, alert.ts)
        print_alert(alert)


def print_alert(alert: Alert) -> None:
    """One alert for people, on standard output."""
    at = time.strftime("%H:%M:%S", time.gmtime(alert.ts / 1000))
    click.echo(f"  {at} UTC  {alert.severity.upper():8} {alert.headline}")


def _in_one_process(trace: Path, out: Path, settings: Settings) -> list[Alert]:
    click.echo("In one process, without Kafka:")
    summary = detect(trace, out, settings, load_key(os.environ).hasher(settings.senders))
    lines = (out / "alerts.jsonl").read_bytes().splitlines()
    alerts = [msgspec.json.decode(line, type=Alert) for line in lines]
    for alert in alerts:
        if alert.status != "update":
            print_alert(alert)
    click.echo(f"  {summary.messages} messages in {summary.seconds:.1f} s")
    return alerts


def _write(out: Path, trace: Path, alerts: list[Alert], settings: Settings) -> None:
    newest = write_alerts(out, alerts)
    rows = read_register(trace / "register.csv").rows
    cells = list(dict.fromkeys(zip(rows.lat.tolist(), rows.lon.tolist(), strict=True)))
    truth = [
        msgspec.json.decode(line) for line in (trace / "truth.jsonl").read_bytes().splitlines()
    ]
    write_map(out / "map.html", list(alerts), cells, truth, title="cellhound demo")
    click.echo("\nHow it ended:")
    for alert in newest:
        print_alert(alert)
    click.echo("\nAgainst the truth:")
    click.echo(format_scores(evaluate(out / "alerts.jsonl", trace / "truth.jsonl")))
    hasher = load_key(os.environ).hasher(settings.senders)
    scores = score_run(out / "alerts.jsonl", trace / "truth.jsonl", hasher, settings.limits)
    click.echo(f"\n{shown(scores)}")
    click.echo(f"\nLook at {out / 'map.html'} and {out / 'alerts.geojson'}")
