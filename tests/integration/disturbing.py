"""What tests of the whole do to topics and brokers that workers are at."""

import os
import signal

from kafka import KafkaAdminClient

from streams.kafka.local_broker import Broker
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until


def make_anew(deployment: Deployment, *topics: str) -> None:
    """Deletes topics, and makes them again once they are gone, or whoever reads them has."""
    names = [deployment.name(topic) for topic in topics]
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        old = {str(topic["topic_id"]) for topic in admin.describe_topics(names)}
        admin.delete_topics(names)

        def gone() -> bool:
            found = admin.describe_topics(names)
            return all(one["error_code"] or str(one["topic_id"]) not in old for one in found)

        wait_until(gone, "the topics are gone")
    finally:
        admin.close()
    deployment.create_topics()


def kill(broker: Broker) -> None:
    """As a power cut does it: SIGKILL."""
    pid = broker.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not broker.status().running, "the broker is dead")
