"""Channels while Kafka dies and returns, and a delivery log whose producer has broken for good."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError

from field.channels.delivery.log import DeliveryLog, delivery
from field.channels.delivery.outbox import Entry
from streams.kafka.local_broker import Broker
from streams.kafka.resilient_producer import Writing
from tests.conftest import BROKER_STARTS_S
from tests.field.channels.example import an_alert
from tests.integration.channels.sending import WebReceiver, publish, sending
from tests.integration.deployment import Deployment
from tests.integration.disturbing import kill
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration


@pytest.mark.nightly
def test_a_broker_that_dies_while_channels_send(broker: Broker, tmp_path: Path) -> None:
    deployment = Deployment(broker.bootstrap, "outage-", tmp_path)
    deployment.create_topics()
    alerts = [an_alert(f"k{number}") for number in range(200)]
    with WebReceiver() as there:
        hook = {"kind": "webhook", "name": "hook", "url": there.url}
        with sending(deployment, hook) as process:
            process.start()
            publish(deployment, *alerts)
            wait_until(lambda: len(there.posted) >= 10, "it sends")
            kill(broker)
            time.sleep(5)
            before = len(there.posted)
            broker.up(BROKER_STARTS_S)
            wait_until(lambda: len(set(there.events())) == len(alerts), "all come")
            publish(deployment, an_alert("after"))
            wait_until(lambda: ("after", 1) in there.events(), "and the next")
            doubled = len(there.posted) - len(alerts) - 1
            print(f"Kafka was killed after {before} of {len(alerts)}: {doubled} came twice")
            assert doubled <= 1
            process.wait_until_sent("after")
            assert process.stop() == 0
            sent = {one.alert_id for one in process.deliveries() if one.outcome == "sent"}
            assert sent == {alert.alert_id for alert in alerts} | {"after"}


def test_a_producer_that_has_broken_is_made_anew(deployment: Deployment) -> None:
    deployment.create_topics()
    deliveries = [
        delivery("hook", Entry(an_alert("a", n), 0, n, 1.0), "sent", 1, "", 2.0) for n in (1, 2)
    ]

    async def run() -> None:
        log = DeliveryLog(deployment.kafka())
        await log.start()
        try:
            await log.write(deliveries[:1])
            # What aiokafka does once its sender has ended: all that follows fails.
            broken = log._writing._producer
            broken._message_accumulator.fail_all(KafkaError("broken for good"))
            with pytest.raises(KafkaError):
                await broken.send_and_wait(deployment.name("fbs.deliveries"), b"x")
            await log.write(deliveries[1:])
            assert log._writing._producer is not broken
        finally:
            await log.stop()

    asyncio.run(run())
    assert len(deployment.read("fbs.deliveries")) == 2


@pytest.mark.nightly
def test_what_was_not_written_in_time_is_not_written_later(broker: Broker, tmp_path: Path) -> None:
    deployment = Deployment(broker.bootstrap, "late-", tmp_path)
    deployment.create_topics()
    name = deployment.name("fbs.actions")

    async def run() -> None:
        writing = Writing(deployment.kafka())
        await writing.start()
        await writing.write(name, [(b"k", b"before")], PATIENCE_S)
        kill(broker)
        first = writing.write(name, [(b"k", b"given up")], 1.0)
        second = writing.write(name, [(b"k", b"given up with it")], PATIENCE_S)
        failed = await asyncio.gather(first, second, return_exceptions=True)
        assert isinstance(failed[0], KafkaTimeoutError)
        assert isinstance(failed[1], KafkaError)
        await asyncio.to_thread(broker.up, BROKER_STARTS_S)
        await writing.write(name, [(b"k", b"after")], PATIENCE_S)
        # Nor is one waited for that stands still: nothing is left of what was under way to it.
        other, pid = deployment.name("field.feedback"), broker.status().pid
        await writing.write(other, [(b"k", b"before")], PATIENCE_S)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(KafkaTimeoutError):
                await _write_often(writing, other)
            await writing.stop()
        finally:
            os.kill(pid, signal.SIGCONT)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    assert [record.value for record in deployment.read("fbs.actions")] == [b"before", b"after"]


async def _write_often(writing: Writing, topic: str) -> None:
    """Until a write fails: a broker that is told to stand still may go on for a moment."""
    for _ in range(10):
        await writing.write(topic, [(b"k", b"under way")], 1.0)
