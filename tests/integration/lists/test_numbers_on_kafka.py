"""The list of numbers is kept up to date while a worker runs, and a replay sends it before all."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer

from detectors.model.finding import Finding
from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.simulation import simulate_calls
from streams.kafka.stage_records import decode_finding
from tests.integration.conftest import known
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_T0 = 1_748_916_000_000
_NUMBER = "861062012345"
_ROW = {"ts": _T0, "rx_ts": _T0, "prefix": _NUMBER, "class": "fixed"}
_LIST = "number.register"
#: A centre abroad, a line that shows another's number, and a call centre that a list knows.
_WORLD = {
    **{"subscribers": 400, "hours": 1.0, "spoofed_campaigns": 2, "home_scammers": 4},
    **{"offshore_centres": 0.5, "oversample": 10.0, "plan_row_missing_share": 0.1},
}


def test_findings_are_those_of_one_process(deployment: Deployment, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    simulate_calls(draw_calls(11, given=_WORLD), trace)
    alone = known(trace, tmp_path / "out").out / "evidence.jsonl"
    wanted = [msgspec.json.decode(line, type=Finding) for line in alone.read_bytes().splitlines()]
    deployment.start()
    deployment.start()
    deployment.replay(trace)
    deployment.wait_until_idle()
    assert _by_rule(_findings(deployment)) == _by_rule(wanted)
    sent = {finding.digest() for finding in _findings(deployment)}
    assert sent == {finding.digest() for finding in wanted}
    assert len(_by_rule(wanted)) >= 2
    assert not deployment.dead_letters()


@pytest.mark.nightly
def test_rows_that_come_and_go_on_the_topic(deployment: Deployment) -> None:
    deployment.start()
    producer = deployment.producer()
    try:
        assert _call(producer, deployment) == 1
        # From now on the number's owner is vouched for ..
        _send(producer, deployment, json.dumps(_ROW | {"trusted": True}).encode())
        assert _call(producer, deployment) == 1
        # .. nothing that is broken changes that ..
        _send(producer, deployment, b"{")
        _send(producer, deployment, json.dumps(_ROW | {"ts": "soon"}).encode())
        assert _call(producer, deployment) == 1
        # .. until it is taken out again.
        _send(producer, deployment, None)
        assert _call(producer, deployment) == 2
        # Each broken row has a dead letter, of one worker, though all read all rows at each start.
        wait_until(lambda: len(deployment.dead_letters()) == 2, "dead letters of broken rows")
        deployment.workers[0].stop()
        deployment.start()
        deployment.start()
        _send(producer, deployment, b"[")
        wait_until(lambda: len(deployment.dead_letters()) >= 3, "a dead letter more")
        assert _call(producer, deployment) == 3
    finally:
        producer.close()
    letters = sorted(deployment.dead_letters(), key=lambda letter: letter["offset"])
    assert [letter["topic"] for letter in letters] == [_LIST] * 3
    assert [letter["reason"] for letter in letters] == ["not_json", "wrong_type", "not_json"]
    done = deployment.command("account", "--json", "--prefix", deployment.prefix)
    rows = [one for one in json.loads(done.stdout)["inputs"] if one["topic"] == _LIST]
    assert sum(one["letters"] for one in rows) == 3


def test_a_recording_holds_the_rows_that_count(deployment: Deployment, tmp_path: Path) -> None:
    producer = deployment.producer()
    try:
        for number in (1, 2):
            _send(producer, deployment, json.dumps(_ROW | {"trusted": True}).encode(), number)
        _send(producer, deployment, None, 1)
        _send(producer, deployment, json.dumps(_ROW | {"region": "north"}).encode(), 1)
        _report(producer, deployment, 0)
    finally:
        producer.close()
    out = tmp_path / "recorded"
    late = ("--from", str(_T0 + 1), "--form", "jsonl")
    deployment.command("record", "--out", str(out), *late, "--prefix", deployment.prefix)
    rows = [json.loads(line) for line in (out / "numbers.jsonl").read_text().splitlines()]
    assert [(row.get("trusted"), row.get("region")) for row in rows] == [
        (True, None),
        (None, "north"),
    ]


def _send(
    producer: KafkaProducer, deployment: Deployment, value: bytes | None, number: int = 0
) -> None:
    producer.send(deployment.name(_LIST), value, f"{_NUMBER[:-1]}{5 + number}".encode())
    producer.flush()


def _call(producer: KafkaProducer, deployment: Deployment) -> int:
    """A call from abroad by the number; how many findings there are then."""
    _report(producer, deployment, len(deployment.read("call.signalling")))
    deployment.wait_until_idle(over=False)
    return len(_findings(deployment))


def _report(producer: KafkaProducer, deployment: Deployment, number: int) -> None:
    call = {
        **{"ts": _T0 + number, "rx_ts": _T0 + number, "call_ref": f"c-{number}", "point": "igw"},
        **{"caller": _NUMBER, "caller_nai": 4, "callee": "8613912345678", "answered": False},
        **{"ingress": "international", "trunk": "gateway-1", "callee_region": "10"},
    }
    producer.send(deployment.name("call.signalling"), json.dumps(call).encode(), b"caller")
    producer.flush()


def _findings(deployment: Deployment) -> list[Finding]:
    """Each once, though a worker may send one again."""
    found: dict[bytes, Finding] = {}
    for record in deployment.read("fbs.evidence"):
        finding = decode_finding(record.value)
        if finding is not None:
            found[finding.digest()] = finding
    return list(found.values())


def _by_rule(findings: list[Finding]) -> Counter[str]:
    return Counter(finding.detector for finding in findings)
