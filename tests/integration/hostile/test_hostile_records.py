"""Records made to end whoever reads them: the worker reads on, and makes every alert."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from detectors.model.finding import Finding, Source
from streams.decode.rare.topics import COMPACTED
from streams.kafka.stage_records import RX_TS, WATERMARK_VALUE, decode_finding
from streams.kafka.topics import BETWEEN, INPUTS
from streams.limits import BATCH_BYTES
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import revisions
from tests.streams.decode.hostile_records import AT_MS, GOOD, KINDS, WRONG_ITEMS

pytestmark = pytest.mark.integration

_YEAR_2100_MS = 4_102_444_800_000
_MOST_SENT = 4 << 20
_NESTED = b"[" * 100_000 + b"]" * 100_000


class _NoUtf8(str):
    """A header's name that producers write as it comes."""

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe\xc3\x28"


def _hostile() -> Iterator[tuple[str, bytes | None, list[tuple[str, bytes]]]]:
    """Topic, value and headers of each record, without those that unpack in a batch."""
    for make, kind in (*KINDS.values(), *WRONG_ITEMS.values()):
        value = make()
        # The longest are decoded in `tests/streams/decode/test_limits.py`; to send them takes long.
        if len(value) <= _MOST_SENT:
            yield "cell.measurements", value, [("content-type", kind.encode())]
    yield "cell.measurements", b"17", [(_NoUtf8("name"), b"1")]
    ahead = json.dumps(GOOD | {"rx_ts": _YEAR_2100_MS, "ts": _YEAR_2100_MS}).encode()
    for _ in range(2):
        yield "cell.measurements", ahead, []
        yield "cell.signalling", b"17", [(RX_TS, b"%d" % _YEAR_2100_MS)]
    for topic in INPUTS:
        yield topic, b'{"a":' + _NESTED + b"}", []


def _between() -> Iterator[bytes]:
    """Values on the topics between the stages that no worker writes."""
    good = _finding()
    yield good[:-1] + b',"unknown":' + _NESTED + b"}"
    yield good.replace(b'"who":"d"', b'"who":"%s"' % (b"d" * 300))
    for wrong in (b'{"lat":1e308,"lon":0.0}', b'{"lat":0.0,"lon":-181.0}'):
        yield good[:-1] + b',"place":' + wrong + b"}"
    yield good.replace(b'"rx_ts":%d' % AT_MS, b'"rx_ts":9223372036854775807')
    yield b"\xff"
    yield b"[%b]" % b",".join([b"7", b"[]", good])
    yield b"[0%b]" % (b",0" * 5_000)
    yield b"[%b" % good


def _long_names() -> Iterator[bytes]:
    """Findings of devices whose names are megabytes long: five outgrow a correlator's record."""
    for number in range(5):
        yield _finding().replace(b'"who":"d"', b'"who":"%d%s"' % (number, b"d" * (4 << 20)))


def _finding() -> bytes:
    finding = Finding(
        **{"detector": "unknown_cell", "version": 1, "family": "radio", "weight": 3.0, "cap": 9.0},
        **{"ts": AT_MS, "rx_ts": AT_MS, "space": "device"},
        who="d",
        source=Source("cell.measurements", 0, 10**9, -1),
    )
    good = msgspec.json.encode(finding)
    assert decode_finding(good) == finding
    return good


@pytest.fixture
def packing(deployment: Deployment) -> Iterator[KafkaProducer]:
    """A producer whose batches are packed: short on the wire, whatever is in them."""
    found = KafkaProducer(
        bootstrap_servers=deployment.bootstrap,
        compression_type="gzip",
        max_request_size=64 << 20,
        linger_ms=0,
        acks="all",
    )
    yield found
    found.close()


def test_no_record_ends_a_worker_or_costs_an_alert(
    deployment: Deployment, quarter_hour: Known, packing: KafkaProducer
) -> None:
    sent: list[Any] = []
    partitions = deployment.create_topics()
    hostile = list(_hostile())
    for place, (topic, value, headers) in enumerate(hostile):
        name, number = deployment.name(topic), place % partitions[topic]
        key = b"k" if topic in COMPACTED else None
        sent.append(packing.send(name, value, key, headers, number))
        packing.flush()
    # As long as a batch may be, packed to a thousandth.
    sent.append(packing.send(deployment.name("sms.metadata"), bytes(BATCH_BYTES), partition=0))
    for number in range(partitions["sms.metadata"]):
        headers = [(RX_TS, b"%d" % _YEAR_2100_MS)]
        name = deployment.name("sms.metadata")
        sent.append(packing.send(name, WATERMARK_VALUE, None, headers, number))
    for value in _long_names():
        sent.append(packing.send(deployment.name("fbs.evidence"), value, b"k", partition=0))
    for topic in (*BETWEEN, "fbs.profile", "cell.register"):
        for number in range(partitions[topic]):
            for value in _between():
                sent.append(packing.send(deployment.name(topic), value, b"k", partition=number))
    for each in sent:
        each.get(timeout=60)

    worker = deployment.start()
    deployment.replay(quarter_hour.trace, "--late")
    deployment.wait_until_idle()

    assert worker.alive()
    assert "Traceback" not in worker.log_text()
    assert revisions(deployment.alerts()) == revisions(quarter_hour.alerts)
    assert not any(correlator.late for correlator in deployment.correlators().values())
    letters = [one for one in deployment.dead_letters() if one["topic"] in INPUTS]
    reasons = [letter["reason"] for letter in letters]
    # Every record of the inputs has one, and no more.
    assert len(letters) == len(hostile) + 1
    assert reasons.count("arrival_ahead") == 2
    assert {"too_large", "nested_too_deeply", "out_of_range", "not_an_object"} <= set(reasons)
    done = deployment.command("account", "--json", "--prefix", deployment.prefix)
    inputs = [one for one in json.loads(done.stdout)["inputs"] if one["topic"] != "cell.register"]
    assert sum(one["letters"] for one in inputs) == len(letters)
    assert sum(one["used"] + one["late"] + one["repeated"] for one in inputs) > 0
    assert not any(one["waiting"] for one in inputs)
