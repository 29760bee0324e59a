"""MQTT against a real mosquitto: who subscribes late sees what is open, and that we are there."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import aiomqtt
import msgspec
import pytest

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.mqtt import MqttSender
from streams.config.channels import MqttSettings
from tests.field.channels.example import an_alert
from tests.services.mosquitto import Broker, mosquitto

# A server of its kind is started.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
_PATIENCE_S = 120.0
#: Puts one alert there and prints that, then is killed.
PROGRAM = """
import asyncio, sys
from field.alerts.reading import decode_alert
from field.channels.kinds.mqtt import MqttSender
from field.channels.delivery.sender import Notice
from streams.config.channels import MqttSettings

async def main():
    settings = MqttSettings(name="room", host="127.0.0.1", port=int(sys.argv[1]), timeout_s=60.0)
    sender = MqttSender(settings)
    await sender.start()
    print(await sender.send(Notice((decode_alert(sys.argv[2].encode()),))), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with closing(mosquitto(tmp_path)) as made:
        made.start()
        yield made


async def retained(port: int, least: int, more_s: float = 0.2) -> dict[str, bytes]:
    """What a late subscriber is given: ``least`` retained messages or more, by topic.

    More, where they come within ``more_s`` after these.
    """
    found: dict[str, bytes] = {}
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("cellhound/#", qos=1)
        try:
            async with asyncio.timeout(_PATIENCE_S) as limit:
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    found[str(message.topic)] = message.payload
                    if len(found) >= least:
                        limit.reschedule(asyncio.get_running_loop().time() + more_s)
        except TimeoutError:
            assert len(found) >= least, found
    return found


def channel(port: int, timeout_s: float = 60.0) -> MqttSettings:
    """Patient: the machine may be busy with other things."""
    return MqttSettings(name="room", host="127.0.0.1", port=port, timeout_s=timeout_s)


def test_a_late_subscriber_sees_the_newest_revision_until_the_alert_closes(broker: Broker) -> None:
    async def run() -> None:
        sender = MqttSender(channel(broker.port))
        await sender.start()
        await sender.send(Notice((an_alert("a"),)))
        await sender.send(Notice((an_alert("b"),)))
        assert await sender.send(Notice((an_alert("a", 2),))) == "acknowledged by the broker"
        found = await retained(broker.port, 3)
        assert set(found) == {f"cellhound/{name}" for name in ("status", "alerts/a", "alerts/b")}
        assert json.loads(found["cellhound/alerts/a"])["revision"] == 2
        assert found["cellhound/status"] == b"online"
        await sender.send(Notice((an_alert("a", 3, status="closed"),)))
        assert set(await retained(broker.port, 2)) == {"cellhound/status", "cellhound/alerts/b"}
        await sender.stop()
        assert (await retained(broker.port, 2))["cellhound/status"] == b"offline"

    asyncio.run(run())


def test_a_replay_is_marked_also_for_who_subscribes_late(broker: Broker) -> None:
    async def run() -> None:
        sender = MqttSender(channel(broker.port))
        await sender.start()
        await sender.send(Notice((an_alert("a"),), replay=True))
        await sender.send(Notice((an_alert("b"),)))
        found = await retained(broker.port, 3)
        assert json.loads(found["cellhound/alerts/a"])["replay"] is True
        assert "replay" not in json.loads(found["cellhound/alerts/b"])
        await sender.stop()

    asyncio.run(run())


def test_an_id_that_no_topic_can_have_is_shown_and_taken_off(broker: Broker) -> None:
    async def run() -> None:
        sender = MqttSender(channel(broker.port))
        await sender.start()
        await sender.send(Notice((an_alert("a/+/#"),)))
        found = await retained(broker.port, 2)
        (topic,) = set(found) - {"cellhound/status"}
        assert json.loads(found[topic])["alert_id"] == "a/+/#"
        await sender.send(Notice((an_alert("a/+/#", 2, status="closed"),)))
        assert set(await retained(broker.port, 1)) == {"cellhound/status"}
        await sender.stop()

    asyncio.run(run())


def test_a_subscriber_receives_a_closing_and_a_test(broker: Broker) -> None:
    async def run() -> None:
        sender = MqttSender(channel(broker.port))
        await sender.start()
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.subscribe("cellhound/alerts/+", qos=1)
            await client.subscribe("cellhound/test", qos=1)
            await sender.send(Notice((an_alert("a"),)))
            await sender.send(Notice((an_alert("a", 2, status="closed"),)))
            await sender.send(Notice((an_alert("t"),), test=True))
            received = []
            async with asyncio.timeout(_PATIENCE_S):
                async for message in client.messages:
                    received.append((str(message.topic), bool(message.payload)))
                    if len(received) == 3:
                        break
        await sender.stop()
        assert received == [
            ("cellhound/alerts/a", True),
            ("cellhound/alerts/a", False),
            ("cellhound/test", True),
        ]
        assert set(await retained(broker.port, 1, 1.0)) == {"cellhound/status"}

    asyncio.run(run())


@contextmanager
def killed_at_last(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()


def test_the_last_will_reports_that_we_are_gone(broker: Broker) -> None:
    alert = msgspec.json.encode(an_alert())
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(broker.port), alert], cwd=ROOT, stdout=subprocess.PIPE
    )
    with process, killed_at_last(process):
        assert process.stdout is not None
        assert process.stdout.readline() == b"acknowledged by the broker\n"

        async def run() -> None:
            async with aiomqtt.Client("127.0.0.1", broker.port) as client:
                await client.subscribe("cellhound/status", qos=1)
                received = []
                async with asyncio.timeout(_PATIENCE_S):
                    async for message in client.messages:
                        received.append(message.payload)
                        if received[-1] == b"offline":
                            break
                        process.send_signal(signal.SIGKILL)
                assert received == [b"online", b"offline"]

        asyncio.run(run())


@pytest.mark.slow
def test_a_broker_that_comes_back_empty_is_shown_everything_anew(broker: Broker) -> None:
    async def run() -> None:
        sender = MqttSender(channel(broker.port, timeout_s=10.0))
        await sender.start()
        for name in ("a", "b"):
            await sender.send(Notice((an_alert(name),)))
        broker.close()
        with pytest.raises(SendError, match=r"not connected|not published"):
            await sender.send(Notice((an_alert("c"),)))
        broker.start()
        wanted = {"cellhound/status", *(f"cellhound/alerts/{name}" for name in "abc")}
        for _ in range(60):
            if set(await retained(broker.port, 1)) == wanted:
                break
        else:
            raise AssertionError("never shown anew")
        await sender.stop()

    asyncio.run(run())
