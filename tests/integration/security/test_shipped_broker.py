"""The broker of deploy/compose, with its settings, certificates and rights, without a container.

Host names and folders are this computer's; all else is what is shipped.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from kafka import KafkaAdminClient
from kafka.errors import TopicAuthorizationFailedError

from replay.kafka.publish import Producer
from streams.kafka.local_broker import Broker
from streams.kafka.make_topics import KafkaUnavailable, ensure_topics
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.reaching import Refused, is_open
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings
from tests.conftest import BROKER_STARTS_S, a_broker
from tests.integration.security.secured_broker import granted

pytestmark = pytest.mark.integration

_SHIPPED = Path(__file__).parents[3] / "deploy" / "compose"


@dataclass(frozen=True)
class ShippedBroker(Broker):
    """Listens for clients with certificates alone."""

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    def _properties(self) -> str:
        program = (_SHIPPED / "secrets.sh").read_text("utf-8")
        here = self.home / "secrets.sh"
        here.write_text(program.replace('"DNS:kafka"', '"DNS:kafka,IP:127.0.0.1"'))
        subprocess.run(["sh", here], check=True, capture_output=True)
        compose = yaml.safe_load((_SHIPPED / "compose.yaml").read_text("utf-8"))
        environment = compose["services"]["kafka"]["environment"]
        lines = [
            f"{key.removeprefix('KAFKA_').lower().replace('_', '.')}={value.replace('$$', '$')}"
            for key, value in environment.items()
            if not key.endswith("_OPTS")
        ]
        text = "\n".join(lines).replace("/run/secrets", str(self.secrets))
        text = text.replace("/var/lib/kafka/data", str(self._data))
        text = re.sub(r"(?:kafka|0\.0\.0\.0):9093", self.bootstrap, text)
        return re.sub(r"(?:kafka|0\.0\.0\.0):9094", f"127.0.0.1:{self.controller_port}", text)

    def _wait_until_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if is_open(self.known_as("admin")):
                    return
            except Refused:  # It isn't done with its own certificates.
                pass
            assert time.monotonic() < deadline, self.log_file.read_text()[-2000:]
            time.sleep(0.2)

    def known_as(self, name: str) -> KafkaSettings:
        """Settings of a program that shows the certificate of that name; none for ""."""
        security = SecuritySettings(
            protocol="SSL",
            ca_file=str(self.secrets / "ca.pem"),
            cert_file=str(self.secrets / f"{name}.pem") if name else "",
            key_file=str(self.secrets / f"{name}.key") if name else "",
        )
        return KafkaSettings(bootstrap=self.bootstrap, security=security)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, class_path: Path) -> Iterator[ShippedBroker]:
    broker = a_broker(tmp_path_factory.mktemp("shipped") / "kafka", class_path, ShippedBroker)
    broker.up(BROKER_STARTS_S)
    yield broker
    broker.down()


def test_the_shipped_broker_takes_known_programs_with_their_rights(shipped: ShippedBroker) -> None:
    with pytest.raises(KafkaUnavailable, match="wants a client certificate"):
        ensure_topics(shipped.known_as(""), timeout_s=1.0)
    worker = shipped.known_as("worker")
    with pytest.raises(KafkaUnavailable, match="ACL denies"):
        ensure_topics(worker, role="worker")
    lines = (_SHIPPED / "rights.sh").read_text("utf-8").splitlines()
    admin = KafkaAdminClient(**kafka_python_options(shipped.known_as("admin")))
    try:
        acls = [acl for line in lines if line.startswith("kafka-acls.sh") for acl in granted(line)]
        assert not admin.create_acls(acls)["failed"]
    finally:
        admin.close()
    assert ensure_topics(worker, role="worker")["fbs.alerts"] == 4
    for name in ("console", "channels"):
        ensure_topics(shipped.known_as(name), role=name)
    producer = Producer(shipped.known_as("channels"))
    with pytest.raises(TopicAuthorizationFailedError):
        producer.send("fbs.alerts", b"{}").get(timeout=30)
    producer.close()
