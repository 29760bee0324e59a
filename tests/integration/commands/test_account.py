"""The account on a real broker, without a worker: it finds what was done to the letters."""

import json
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from tests.integration.deployment import Deployment
from tests.integration.disturbing import make_anew

pytestmark = pytest.mark.integration

_TOPIC, _AT_MS = "cell.measurements", 1_750_000_000_000
_GOOD = {"ts": _AT_MS, "rx_ts": _AT_MS, "device": "d", "rat": "gsm", "mcc": 460, "mnc": 0}
_GOOD |= {"area": 4100, "cell": 1001, "signal_dbm": -80.0, "lat": 30.65, "lon": 104.06}
_BAD = _GOOD | {"rat": "6g"}
_LETTERS = [
    {"topic": _TOPIC, "partition": 0, "offset": 1, "index": None, "reason": "unknown_value"},
    {"topic": _TOPIC, "partition": 0, "offset": 2, "index": 1, "reason": "unknown_value"},
]


def test_a_letter_that_is_gone_or_forged_is_found(deployment: Deployment) -> None:
    deployment.create_topics()
    for value in (_GOOD, _BAD, [_GOOD, _BAD], _GOOD, _GOOD):
        _send(deployment, _TOPIC, value, 0)
    _commit(deployment, 4)
    _write(deployment, _LETTERS)
    code, whole = _account(deployment)
    assert (code, whole["adds_up"]) == (0, True)
    counts = {name: sum(one[name] for one in whole["inputs"]) for name in ("produced", "letters")}
    assert counts == {"produced": 6, "letters": 2}
    (one,) = (one for one in whole["inputs"] if one["produced"])
    assert (one["used"], one["repeated"], one["dead"], one["waiting"]) == (2, 1, 2, 1)

    _write(deployment, [_LETTERS[0] | {"offset": 0}])
    code, whole = _account(deployment)
    (one,) = (one for one in whole["inputs"] if one["produced"])
    assert (code, one["extra"]["count"], one["missing"]["count"]) == (1, 1, 0)
    assert one["extra"]["first"][0].startswith("cell.measurements/0 offset 0:")

    make_anew(deployment, "dead.letters")
    _write(deployment, _LETTERS[1:])
    code, whole = _account(deployment)
    (one,) = (one for one in whole["inputs"] if one["produced"])
    assert (code, one["extra"]["count"], one["missing"]["count"]) == (1, 0, 1)
    assert one["missing"]["first"] == ["cell.measurements/0 offset 1: unknown_value"]


def _account(deployment: Deployment) -> tuple[int, dict[str, Any]]:
    done = deployment.attempt("account", "--json", "--prefix", deployment.prefix)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def _write(deployment: Deployment, letters: list[dict[str, Any]]) -> None:
    for letter in letters:
        _send(deployment, "dead.letters", letter, None)


def _send(deployment: Deployment, topic: str, value: object, number: int | None) -> None:
    producer = deployment.producer()
    key = b"cell.measurements/0"
    content = json.dumps(value).encode()
    producer.send(deployment.name(topic), content, key, partition=number).get(timeout=30)
    producer.close()


def _commit(deployment: Deployment, offset: int) -> None:
    """As a worker does it that has come so far."""
    consumer = KafkaConsumer(
        bootstrap_servers=deployment.bootstrap,
        group_id=deployment.name("cellhound"),
        enable_auto_commit=False,
    )
    tp = TopicPartition(deployment.name(_TOPIC), 0)
    consumer.assign([tp])
    consumer.commit({tp: OffsetAndMetadata(offset, "", -1)})
    consumer.close()
