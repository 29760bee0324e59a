"""Notices of victims and proposals on their topics, also after a worker was killed; and a call that
is traced back by its topic."""

import json
import time
from typing import Any

import msgspec
import pytest

from detectors.acting.notice import VictimNotice
from detectors.acting.record import FraudAction
from detectors.context.zone_routing import CALLS
from detectors.correlate.correlator import STREAMS, Correlator, Decided
from detectors.model.finding import Finding, OfCalls, Source
from streams.config.settings import load_settings
from streams.kafka.partitioning import partition_of
from streams.kafka.stage_records import encode
from tests.integration.deployment import MISSED_SOON, Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

SOURCE = ("call.signalling", 0)
COUNT = 60
KINDS = (("spoofed_ingress", "number"), ("caller_rate", "pace"), ("victim_path", "victim"))


def finding(n: int, at_ms: int) -> Finding:
    name, family = KINDS[n % 3]
    number = f"h-{n % 4:024x}"
    about = {"calls": (f"ref-{n}",), "people": (f"h-{100 + n % 7:024x}",)}
    level = ("shallow", "medium", "deep")[n // 3 % 3]
    return Finding(
        detector=name,
        version=1,
        family=family,  # type: ignore[arg-type]
        ts=at_ms + 1000 * n,
        rx_ts=at_ms + 1000 * n,
        weight=4.0,
        cap=6.0,
        space="number",
        who=number,
        values={"level": level, "suspect": "spoofed"} if name == "victim_path" else {},
        of_calls=OfCalls(number=number, number_class="mobile", **about),  # type: ignore[arg-type]
        source=Source(*SOURCE, n, -1),
    )


def expected(findings: list[Finding], until_ms: int, env: dict[str, str]) -> Decided:
    """What one process decides."""
    incidents = load_settings(env=env).incidents
    correlator = Correlator((), incidents, frozenset({SOURCE}))
    for each in findings:
        correlator.take(each)
    for stream in STREAMS:
        correlator.promise(stream, *SOURCE, until_ms, True)
    return correlator.advance()


def send(deployment: Deployment, findings: list[Finding]) -> None:
    number = partition_of(CALLS.encode(), deployment.create_topics()["fbs.evidence"])
    producer = deployment.producer()
    for each in findings:
        name = deployment.name("fbs.evidence")
        producer.send(name, encode(each), CALLS.encode(), partition=number)
    producer.flush()
    producer.close()


def records(deployment: Deployment, topic: str, kind: Any) -> list[tuple[str, Any]]:
    return [
        (record.key.decode(), msgspec.json.decode(record.value, type=kind))
        for record in deployment.read(topic)
    ]


def test_both_are_written_before_the_state_and_repeats_are_the_same(deployment: Deployment) -> None:
    # Nothing is stored before the kill, so that all is decided a second time.
    deployment.settings |= MISSED_SOON | {"CELLHOUND__STREAMS__SNAPSHOT_EVERY_S": "3600"}
    at_ms = int(time.time() * 1000) - 3_600_000
    findings = [finding(n, at_ms) for n in range(COUNT)]
    until_ms = at_ms + 1000 * COUNT
    due = expected(findings, until_ms, deployment.environment)
    assert min(len(due.victims), len(due.actions)) > 5
    worker = deployment.start()
    send(deployment, findings[: COUNT // 2])
    deployment.mark(at_ms + 1000 * (COUNT // 2), end=False)
    wait_until(lambda: len(deployment.read("fraud.victims")) > 2, "notices come")
    worker.kill()
    deployment.start()
    send(deployment, findings[COUNT // 2 :])
    deployment.mark(until_ms, end=True)
    victims = [(one.subscriber, one) for one in due.victims]
    actions = [(one.about, one) for one in due.actions]

    def have_come() -> bool:
        return set(records(deployment, "fraud.actions", FraudAction)) >= set(actions)

    wait_until(have_come, "all proposals come")
    wait_until(
        lambda: set(records(deployment, "fraud.victims", VictimNotice)) >= set(victims),
        "all notices come",
    )
    found = records(deployment, "fraud.victims", VictimNotice)
    print(f"{len(found)} notices of {len(victims)}, the rest repeats")
    assert len(found) > len(victims)
    assert set(found) == set(victims)
    assert set(records(deployment, "fraud.actions", FraudAction)) == set(actions)


def test_a_call_is_traced_back_by_its_topic(deployment: Deployment) -> None:
    deployment.create_topics()
    now_ms = int(time.time() * 1000)
    producer = deployment.producer()
    for at, point, ingress in ((900, "msc", "onnet"), (0, "igw", "international")):
        message = {"ts": now_ms - 60_000 + at, "rx_ts": now_ms - 50_000 + at, "point": point}
        message |= {"call_ref": "c-1", "callee": "8613812345678", "caller": "861012345678"}
        message |= {"ingress": ingress, "carrier": f"carrier-{point}", "answered": True}
        other = message | {"call_ref": "c-2"}
        value = json.dumps([message, other]).encode()
        producer.send(deployment.name("call.signalling"), value, b"861012345678")
    producer.flush()
    producer.close()
    asked = ("calls", "trace", "--call", "c-1", "--prefix", deployment.prefix)
    done = deployment.command(*asked)
    legs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(leg["point"], leg["entry"]) for leg in legs] == [("igw", True), ("msc", False)]
    assert "13812345678" not in done.stdout
    assert "1012345678" not in done.stdout
    before = deployment.attempt(*asked, "--to", str(now_ms - 50_000))
    assert before.returncode == 1
    wrong = deployment.attempt(*asked, "--from", "5", "--to", "5")
    assert wrong.returncode == 2
