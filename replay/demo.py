"""The demo: a simulated hour in a city, detected on a real Kafka, ending with alerts to look at.

With a broker if one can be had (one that answers already, else the project's own, which is stopped
again at the end), else in one process; it prints which. Alerts are printed as they come. With
`Stay` there is the page beside it, and all of it stays until Ctrl-C.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.laptop.broker import own_broker
from field.laptop.claim import Claim, claimed
from field.laptop.programs import ATTENDED, Begin, check, running
from field.laptop.stopping import StartError, Stop, stopped_by_signals
from field.laptop.together import (
    console,
    page_address,
    refuse_taken_port,
    show_page,
    watch,
    worker,
)
from replay.alert_files import write_alerts, write_lines
from replay.detect import detect
from replay.kafka.decided import Decided
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
from streams.kafka.laptop.known_brokers import broker_in
from streams.kafka.local_broker import Broker, BrokerError
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.reaching import is_open
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics import BETWEEN, INPUTS, topic_name
from streams.privacy.hashing_key import HOME_VARIABLE, load_key
from streams.register.csv_file import read_register

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
_SETTLED_WITHIN_S = 90.0
#: An alert is printed again at most every so many seconds of arrival time.
_PRINT_EVERY_MS = 600_000


@dataclass(frozen=True, slots=True)
class Stay:
    """That all of it stays up after the hour: on which port the page is, and whether to open it."""

    page_port: int | None = None
    browser: bool = True


@dataclass(frozen=True, slots=True)
class _Run:
    """One demo: its folder, the environment of its programs, and what is to stay."""

    out: Path
    env: Mapping[str, str]
    claim: Claim
    stop: Stop
    stay: Stay | None
    page: str
    language: Language

    @property
    def trace(self) -> Path:
        return self.out / "trace"


def demo(
    out: Path, seed: int, with_broker: bool, stay: Stay | None = None, language: Language = "en"
) -> None:
    """Runs the demo and writes its results to ``out``, the map in ``language``. Raises what its
    parts raise."""
    settings = load_settings()
    page = page_address(settings, stay.page_port if stay else None)
    home = out / "state"
    # What it makes up is nobody's: keys, accounts and what the console stores lie apart.
    env = os.environ | {HOME_VARIABLE: str(home.resolve())}
    with stopped_by_signals() as stop, claimed(home, page, click.echo) as claim:
        run = _Run(out, env, claim, stop, stay, page, language)
        if stay is not None:
            refuse_taken_port(page)
        _simulate(run.trace, seed)
        if with_broker and _on_kafka(run, settings):
            return
        _write(run, _in_one_process(run, settings), settings)
        if stay is not None:
            click.echo("Without Kafka there is nothing that could stay.")


def _simulate(trace: Path, seed: int) -> None:
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


def _on_kafka(run: _Run, settings: Settings) -> bool:
    """Runs it on Kafka and writes what came of it; False, with the reason printed, where Kafka
    isn't there."""
    with ExitStack() as stack:
        prefix = f"demo-{time.time_ns() // 1_000_000}-"
        try:
            bootstrap, node = stack.enter_context(_broker(settings.kafka, run.claim))
            on_kafka = load_settings(flags={"kafka.bootstrap": bootstrap, "kafka.prefix": prefix})
            partitions = ensure_topics(on_kafka.kafka)
        except (BrokerError, KafkaUnavailable) as error:
            click.echo(f"Not on Kafka: {error}")
            return False
        programs = [worker(bootstrap, prefix)]
        if run.stay is not None:
            programs.append(console(bootstrap, prefix, run.page))
        how = Begin(run.env, run.out / "log", run.claim.programs_lock)
        children = stack.enter_context(running(programs, how, run.stop, click.echo))
        with closing(Decided(on_kafka, partitions, _Printed())) as decided:
            for _ in _replayed(run, on_kafka, partitions):
                check(children)
                decided.poll(0.5)
            decided.poll(1.0)
        if not run.stop.asked.is_set():
            write_lines(run.out / "victims.jsonl", decided.victims)
            _write(run, decided.alerts, settings)
        if run.stay is not None and not run.stop.asked.is_set():
            show_page(run.page, run.stay.browser, run.env, click.echo)
            watch(children, node, run.stop)
            click.echo("stopping   ..")
    if run.stay is not None:
        click.echo("stopped")
    return True


@contextmanager
def _broker(kafka: KafkaSettings, claim: Claim) -> Iterator[tuple[str, Broker | None]]:
    """The address of a running broker, else of the project's own, started until the end."""
    # One that is set to be talked to by TLS is not replaced by one of our own, which has none.
    if kafka.security.encrypted or is_open(kafka):
        click.echo(f"On the Kafka broker that runs on {kafka.bootstrap}")
        yield kafka.bootstrap, None
        return
    node = broker_in()
    with own_broker(node, claim, click.echo) as bootstrap:
        yield bootstrap, node


def _replayed(run: _Run, settings: Settings, partitions: dict[str, int]) -> Iterator[None]:
    """Replays the hour; something comes out again and again until all of it has been worked off,
    or somebody stops it. Raises StartError."""
    kafka = settings.kafka
    click.echo(f"Replaying the hour at {_SPEED:.0f} times its speed:")
    where = ("--bootstrap", kafka.bootstrap, "--prefix", kafka.prefix)
    pace = ("--speed", str(_SPEED), "--max-gap", str(_MAX_GAP_S))
    with subprocess.Popen(
        [*ATTENDED, "replay", str(run.trace), *pace, *where],
        env=dict(run.env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as publisher:
        try:
            while publisher.poll() is None and not run.stop.asked.is_set():
                yield
        finally:
            publisher.terminate()
    if publisher.returncode > 0 and not run.stop.asked.is_set():
        raise StartError(f"The replay has ended with exit code {publisher.returncode}.")
    end_s = time.monotonic() + _SETTLED_WITHIN_S
    while not run.stop.asked.is_set() and time.monotonic() <= end_s:
        if not _uncommitted(settings, partitions):
            return
        yield


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


class _Printed:
    """Prints new alerts and important changes, as they come."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, int]] = {}

    def __call__(self, alert: Alert) -> None:
        status, ts = self._last.get(alert.alert_id, ("", 0))
        if alert.status == status and alert.ts < ts + _PRINT_EVERY_MS:
            return
        self._last[alert.alert_id] = (alert.status, alert.ts)
        print_alert(alert)


def print_alert(alert: Alert) -> None:
    """One alert for people, on standard output."""
    at = time.strftime("%H:%M:%S", time.gmtime(alert.ts / 1000))
    click.echo(f"  {at} UTC  {alert.severity.upper():8} {alert.headline}")


def _in_one_process(run: _Run, settings: Settings) -> list[Alert]:
    click.echo("In one process, without Kafka:")
    hasher = load_key(run.env).hasher(settings.senders)
    found = detect(run.trace, run.out, settings, hasher)
    for alert in found.alerts:
        if alert.status != "update":
            print_alert(alert)
    click.echo(f"  {found.summary.messages} messages in {found.summary.seconds:.1f} s")
    return found.alerts


def _write(run: _Run, alerts: list[Alert], settings: Settings) -> None:
    out, trace = run.out, run.trace
    newest = write_alerts(out, alerts)
    rows = read_register(trace / "register.csv").rows
    cells = list(dict.fromkeys(zip(rows.lat.tolist(), rows.lon.tolist(), strict=True)))
    truth = [
        msgspec.json.decode(line) for line in (trace / "truth.jsonl").read_bytes().splitlines()
    ]
    write_map(out / "map.html", list(alerts), cells, truth, "cellhound demo", run.language)
    click.echo("\nHow it ended:")
    for alert in newest:
        print_alert(alert)
    click.echo("\nAgainst the truth:")
    click.echo(format_scores(evaluate(out / "alerts.jsonl", trace / "truth.jsonl")))
    hasher = load_key(run.env).hasher(settings.senders)
    scores = score_run(out / "alerts.jsonl", trace / "truth.jsonl", hasher, settings.limits)
    click.echo(f"\n{shown(scores)}")
    click.echo(f"\nLook at {out / 'map.html'} and {out / 'alerts.geojson'}")
