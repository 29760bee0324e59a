"""The single-node broker, with a real Java process and a real port."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.kafka.local_broker import Broker, BrokerError
from streams.kafka.make_topics import ensure_topics
from streams.kafka.probe import cluster_id
from streams.kafka.settings import KafkaSettings
from tests.conftest import BROKER_STARTS_S, a_broker, shared_broker
from tests.integration.disturbing import kill
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def broker(tmp_path: Path, class_path: Path) -> Iterator[Broker]:
    made = a_broker(tmp_path / "broker", class_path)
    yield made
    made.down()


def test_up_status_down_and_up_again_over_the_same_data(broker: Broker) -> None:
    assert broker.status().running is False
    assert broker.down() is False
    broker.up(BROKER_STARTS_S)
    wait_until(lambda: broker.status().ready, "it answers")
    first = broker.status()
    assert (first.running, first.bootstrap) == (True, broker.bootstrap)
    broker.up(BROKER_STARTS_S)
    assert broker.status().pid == first.pid

    ensure_topics(KafkaSettings(bootstrap=broker.bootstrap), PATIENCE_S)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    # A record with a time stamp of the past must stay; so must a message above Kafka's 1 MB.
    for value, at_ms in ((b"old", 1_000_000_000_000), (b"x" * 3_000_000, None)):
        producer.config["max_request_size"] = 8_000_000
        sent = producer.send("cell.measurements", value, partition=0, timestamp_ms=at_ms)
        sent.get(timeout=PATIENCE_S)
    producer.close()

    kill(broker)
    broker.up(BROKER_STARTS_S)
    wait_until(lambda: broker.status().ready, "it answers again")
    again = broker.status()
    assert again.pid != first.pid
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    partition = TopicPartition("cell.measurements", 0)
    assert consumer.end_offsets([partition])[partition] == 2
    consumer.close()

    assert broker.down() is True
    # For whoever asks for it, or starts it again, without naming the port.
    assert Broker(broker.home).last_port == broker.port
    assert broker.status() == type(again)(False, None, broker.bootstrap, False)


def test_broker_outlives_the_program_that_started_it(broker: Broker) -> None:
    program = (
        "from pathlib import Path; from streams.kafka.local_broker import Broker; "
        f"Broker(Path({str(broker.home)!r}), port={broker.port}).up({BROKER_STARTS_S})"
    )
    root = str(Path(__file__).parents[3])
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)
    wait_until(lambda: broker.status().ready, "it answers")
    assert broker.down() is True


def test_foreign_program_on_the_port_is_named_and_left_alone(broker: Broker) -> None:
    with socket.socket() as other:
        other.bind((broker.host, broker.port))
        other.listen()
        with pytest.raises(BrokerError, match=r"Another program .* listens on"):
            broker.up()
    assert broker.status().running is False


def test_pid_of_another_program_is_never_killed(broker: Broker) -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        text = f'{{"pid": {sleeper.pid}, "host": "127.0.0.1", "port": {broker.port}}}'
        (broker.home / "process.json").write_text(text)
        assert broker.status().running is False
        assert broker.down() is False
        assert sleeper.poll() is None
        sleeper.kill()


def test_log_is_quoted_when_the_broker_dies_while_starting(broker: Broker) -> None:
    broker.up(BROKER_STARTS_S)
    broker.down()
    # Data stamped with another node's id: Kafka refuses to start over it.
    stamp = broker.home / "data" / "meta.properties"
    stamp.write_text(stamp.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(BrokerError, match=r"ended while starting.*\n.*") as failure:
        broker.up()
    assert "node" in str(failure.value).lower()


def test_probe_says_no_to_what_is_not_kafka() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert cluster_id("127.0.0.1", other.getsockname()[1], timeout_s=0.3) is None


def test_missing_java_is_a_sentence(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BrokerError, match="openjdk-17-jre-headless"):
        broker.up()


def test_one_that_is_shared_ends_with_the_last_who_uses_it(
    tmp_path: Path, class_path: Path
) -> None:
    with shared_broker(tmp_path / "shared", class_path) as first:
        with shared_broker(tmp_path / "shared", class_path) as second:
            assert second.bootstrap == first.bootstrap
            pid = first.status().pid
        assert first.status().pid == pid
        assert cluster_id(first.host, first.port)
    assert not first.status().running
