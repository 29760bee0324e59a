"""A real Prometheus asks a real worker, console and process of channels on a real broker."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from field.doctor.connections import ports
from streams.config.console import ConsoleSettings
from streams.config.operation import MetricsSettings
from streams.metrics.catalogue import of
from tests.conftest import free_port
from tests.integration.conftest import Known
from tests.integration.console.live_console import LiveConsole, running
from tests.integration.deployment import Deployment
from tests.integration.door_process import DoorProcess, start_door
from tests.integration.messages import revisions
from tests.integration.waiting import PATIENCE_S, wait_until
from tests.operation.shipped import RULES, metrics_in, program, queries, rules

pytestmark = pytest.mark.integration


@dataclass
class Prometheus:
    """A process of it, and questions to it."""

    process: "subprocess.Popen[bytes]"
    url: str

    def ask(self, path: str, **params: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=params, timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def is_ready(self) -> bool:
        assert self.process.poll() is None
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=PATIENCE_S).status_code == 200
        except httpx.TransportError:
            return False

    def number(self, query: str) -> float:
        (found,) = self.ask("query", query=query)["result"]
        return float(found["value"][1])

    def metrics(self) -> set[str]:
        return set(self.ask("label/__name__/values"))


@dataclass
class Operated:
    """What Prometheus asks: by job, the address."""

    deployment: Deployment
    console: LiveConsole
    channels: DoorProcess
    places: dict[str, str]
    logs: dict[str, Path]

    def word(self, job: str, probe: str) -> str:
        """What a probe answers, without any credentials."""
        return httpx.get(f"http://{self.places[job]}/{probe}", timeout=PATIENCE_S).text.strip()


@pytest.fixture
def operated(deployment: Deployment, tmp_path: Path) -> Iterator[Operated]:
    """A worker, a console with an account, and a process of channels; all log JSON."""
    folder = tmp_path / "notices"
    folder.mkdir()
    places = {job: f"127.0.0.1:{free_port()}" for job in ("worker", "channels")}
    cap = {"kind": "cap", "name": "gazette", "sender": "tests", "folder": str(folder)}
    cap["min_severity"] = "info"
    shared = {
        "CELLHOUND__LOGGING__FORMAT": "json",
        "CELLHOUND__CHANNELS": json.dumps([cap]),
        "CELLHOUND__CONSOLE__CHANNELS": "false",
    }
    deployment.settings |= shared | {"CELLHOUND__METRICS__LISTEN": places["worker"]}
    worker = deployment.start()
    deployment.settings["CELLHOUND__METRICS__LISTEN"] = places["channels"]
    log = tmp_path / "channels.log"
    words = ("notify", "run", "--prefix", deployment.prefix)
    channels = start_door(*words, env=deployment.environment, log=log)
    try:
        with running(deployment, tmp_path / "home") as console:
            wait_until(lambda: "channels are ready" in log.read_text(), "channels are ready")
            places["console"] = console.address
            logs = {"worker": worker.log, "channels": log, "console": console.log}
            yield Operated(deployment, console, channels, places, logs)
    finally:
        channels.terminate()
        channels.wait(timeout=PATIENCE_S)


@pytest.fixture
def prometheus(operated: Operated, tmp_path: Path) -> Iterator[Prometheus]:
    """Prometheus with the shipped rules, which asks every second."""
    folder = tmp_path / "prometheus"
    folder.mkdir()
    token = folder / "console.token"
    token.write_text(operated.console.token)
    jobs = [
        {
            "job_name": f"cellhound-{job}",
            "static_configs": [{"targets": [place]}],
            **({"authorization": {"credentials_file": str(token)}} if job == "console" else {}),
        }
        for job, place in operated.places.items()
    ]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    words = [program("prometheus"), f"--config.file={folder / 'prometheus.yml'}"]
    words += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*words, "--log.level=error"], stdout=log, stderr=log)
    found = Prometheus(process, f"http://{address}")
    try:
        wait_until(found.is_ready, "Prometheus is ready")
        yield found
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def test_what_rules_and_dashboard_ask_for_is_there(
    operated: Operated, prometheus: Prometheus, quarter_hour: Known
) -> None:
    deployment = operated.deployment
    deployment.replay(quarter_hour.trace)
    deployment.wait_until_idle()
    alerts = len(revisions(deployment.alerts()))
    written = "sum(cellhound_alert_revisions_total) or vector(0)"
    wait_until(lambda: prometheus.number(written) >= alerts, "Prometheus knows of all alerts")
    wait_until(lambda: prometheus.number("sum(up)") == 3, "all three answer")

    # The names.
    kept = prometheus.metrics()
    scraped = metrics_in(*kept)
    operated_here = [metric for job in ("worker", "console", "channels") for metric in of(job)]
    assert {metric.name for metric in operated_here} <= scraped
    assert metrics_in(*queries(), *(rule["expr"] for rule in rules())) <= scraped
    for job in ("worker", "console", "channels"):
        query = f'count by (__name__) ({{job="cellhound-{job}"}})'
        found = [
            one["metric"]["__name__"] for one in prometheus.ask("query", query=query)["result"]
        ]
        mine = {name for name in metrics_in(*found) if name.startswith("cellhound_")}
        wanted = {metric.name for metric in of(job)}
        if job == "console":  # which leaves channels to the other process here
            wanted -= {metric.name for metric in of("channels") if "_channel_" in metric.name}
        assert mine == wanted, job
    for query in queries():
        prometheus.ask("query", query=query.replace("$__rate_interval", "1m"))
    (group,) = prometheus.ask("rules")["groups"]
    assert [one["name"] for one in group["rules"] if one["health"] == "err"] == []

    # Their values.
    summary = json.loads((quarter_hour.out / "summary.json").read_text())
    number = prometheus.number
    assert number("sum(cellhound_input_messages_total)") >= summary["messages"]
    assert number("sum(cellhound_dead_letters_total)") == 0
    assert number("sum(cellhound_findings_total)") > 0
    assert number("sum(cellhound_late_total)") == 0
    assert number("max(cellhound_replaying)") == 1
    assert number("sum(cellhound_incidents)") > 0
    assert number("min(cellhound_broker_up)") == 1
    assert number("count(count by (key) (cellhound_hashing_key_info))") == 1
    assert number('cellhound_console_workers{state="live"}') == 1
    assert (
        0
        < number("max(cellhound_state_record_bytes)")
        < number("max(cellhound_state_record_limit_bytes)")
    )
    sent = 'sum(cellhound_channel_deliveries_total{channel="gazette",result="sent"})'
    wait_until(lambda: number(sent) > 0, "the channel has sent")

    # The doctor tells them apart.
    at = operated.places
    assert ports.console(ConsoleSettings(listen=at["console"]), None).state == "ok"
    assert ports.console(ConsoleSettings(listen=at["worker"]), None).state == "fail"
    for job, state in (("worker", "ok"), ("channels", "ok"), ("console", "fail")):
        assert ports.figures(MetricsSettings(listen=at[job])).state == state, job

    # Probes, without credentials; everything else of the console wants them.
    for job in operated.places:
        assert operated.word(job, "livez") == "ok"
        wait_until(lambda job=job: operated.word(job, "readyz") == "ok", f"{job} is ready")
    assert httpx.get(f"http://{operated.places['console']}/metrics").status_code == 401

    # What was logged: an object a line.
    for job, log in operated.logs.items():
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert any("ready" in line["message"] for line in lines), job
        assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
