"""The register is kept up to date while a worker runs: each chunk is judged by what was loaded."""

import json
from pathlib import Path

import pytest
from kafka import KafkaProducer

from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

_T0 = 1_748_916_000_000
_KEY = b"gsm-460-0-4100-7007"
_NEW = {
    **{"radio": "GSM", "mcc": 460, "net": 0, "area": 4100, "cell": 7007},
    **{"lon": 104.06, "lat": 30.65, "range": 900, "changeable": 0},
}
_LIST = """radio,mcc,net,area,cell,lon,lat,range,samples,changeable,created,updated
GSM,460,0,4100,1001,104.0600,30.6500,1000,10,0,1600000000,1700000000
GSM,460,0,4100,1002,104.0620,30.6520,1000,10,0,1600000000,1700000000
GSM,460,0,4100,1003,104.0580,30.6480,1000,10,0,1600000000,1700000000
GSM,460,0,4100,1003,104.0581,30.6480,1000,10,0,1600000000,1700000000
GSM,460,0,4100,99999,104.0580,30.6480,1000,10,0,1600000000,1700000000
"""


@pytest.mark.nightly
def test_cells_that_come_and_go_on_the_topic(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "cells.csv"
    file.write_text(_LIST)
    words = ("register", "import", str(file), "--prefix", deployment.prefix)
    loaded = deployment.command(*words, own_process=True)
    assert "3 cells, 2 rows rejected" in loaded.stdout
    assert {record.key for record in deployment.read("cell.register")} == {
        b"gsm-460-0-4100-%d" % cell for cell in (1001, 1002, 1003)
    }
    deployment.start()
    producer = deployment.producer()
    try:
        _report(producer, deployment, cell=1001)
        assert _unknown(deployment) == 0
        _report(producer, deployment, cell=7007)
        assert _unknown(deployment) == 1
        # From now on the cell is known ..
        _send(producer, deployment, json.dumps(_NEW).encode())
        _report(producer, deployment, cell=7007)
        assert _unknown(deployment) == 1
        # .. nothing that is broken changes that ..
        _send(producer, deployment, b"{")
        _send(producer, deployment, json.dumps(_NEW | {"lat": 99.0}).encode())
        _report(producer, deployment, cell=7007)
        assert _unknown(deployment) == 1
        # .. until it is taken out again. (One phone reports one cell once a minute only.)
        _send(producer, deployment, None)
        _report(producer, deployment, cell=7007, who="d-2")
        assert _unknown(deployment) == 2
        # Each broken row has a dead letter, of one worker, though all read all rows at each start.
        wait_until(lambda: len(deployment.dead_letters()) == 2, "dead letters of broken rows")
        deployment.workers[0].stop()
        deployment.start()
        deployment.start()
        _send(producer, deployment, b"[")
        wait_until(lambda: len(deployment.dead_letters()) >= 3, "a dead letter more")
    finally:
        producer.close()
    letters = sorted(deployment.dead_letters(), key=lambda letter: letter["offset"])
    assert [letter["topic"] for letter in letters] == ["cell.register"] * 3
    assert [letter["reason"] for letter in letters] == ["not_json", "bad_position", "not_json"]
    bad = [row for row in deployment.read("cell.register") if row.value in (b"{", b"[")]
    assert [letters[0]["offset"], letters[2]["offset"]] == [row.offset for row in bad]
    assert {letter["partition"] for letter in letters} == {row.partition for row in bad}
    done = deployment.command("account", "--json", "--prefix", deployment.prefix)
    rows = [one for one in json.loads(done.stdout)["inputs"] if one["topic"] == "cell.register"]
    assert sum(one["letters"] for one in rows) == 3


def test_a_worker_that_starts_later_knows_the_same(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "cells.csv"
    file.write_text(_LIST)
    deployment.command("register", "import", str(file), "--prefix", deployment.prefix)
    producer = deployment.producer()
    try:
        _send(producer, deployment, json.dumps(_NEW).encode())
        _report(producer, deployment, cell=7007, wait=False)
        _report(producer, deployment, cell=7008, wait=False)
    finally:
        producer.close()
    deployment.start()
    deployment.wait_until_idle(over=False)
    assert _unknown(deployment) == 1


def _send(producer: KafkaProducer, deployment: Deployment, value: bytes | None) -> None:
    producer.send(deployment.name("cell.register"), value, _KEY)
    producer.flush()


def _report(
    producer: KafkaProducer, deployment: Deployment, cell: int, wait: bool = True, who: str = "d-1"
) -> None:
    message = {
        **{"ts": _T0, "rx_ts": _T0, "device": who, "rat": "gsm", "mcc": 460, "mnc": 0},
        **{"area": 4100, "cell": cell, "signal_dbm": -70.0, "lat": 30.65, "lon": 104.06},
    }
    value = json.dumps(message).encode()
    producer.send(deployment.name("cell.measurements"), value, b"d-1")
    producer.flush()
    if wait:
        deployment.wait_until_idle(over=False)


def _unknown(deployment: Deployment) -> int:
    found = [json.loads(record.value) for record in deployment.read("fbs.evidence")]
    return sum(one != [] and one["detector"] == "unknown_cell" for one in found)
