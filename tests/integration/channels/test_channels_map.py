"""A map that starts late, or whose channel was killed, is shown what is open, on a real MQTT."""

import json
from contextlib import ExitStack, closing

import aiomqtt
import pytest

from tests.field.channels.example import an_alert
from tests.integration.channels.sending import listening, publish, sending
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until
from tests.services.mosquitto import mosquitto

pytestmark = pytest.mark.integration


def test_a_map_is_shown_what_is_open_whenever_it_starts(deployment: Deployment) -> None:
    (deployment.folder / "mosquitto").mkdir()
    with ExitStack() as stack:
        broker = stack.enter_context(closing(mosquitto(deployment.folder / "mosquitto")))
        broker.start()
        there: dict[str, bytes] = {}

        async def subscribed() -> None:
            async with aiomqtt.Client("127.0.0.1", broker.port) as subscriber:
                await subscriber.subscribe("cellhound/alerts/+", qos=1)
                async for message in subscriber.messages:
                    assert isinstance(message.payload, bytes)
                    there[str(message.topic).rpartition("/")[2]] = message.payload

        stack.enter_context(listening(subscribed))
        room = {"kind": "mqtt", "name": "room", "host": "127.0.0.1", "port": broker.port}
        process = stack.enter_context(sending(deployment, room))
        publish(deployment, *(an_alert("a", number) for number in range(1, 200)))
        publish(deployment, an_alert("b"), an_alert("b", 2, status="closed"), an_alert("c"))
        publish(deployment, an_alert("ancient"), ago_s=100_000.0)
        process.start()
        wait_until(lambda: {"a", "c"} <= there.keys(), "what is open is shown")
        assert json.loads(there["a"])["revision"] == 199
        assert set(there) == {"a", "c"}
        process.kill()
        publish(deployment, an_alert("a", 200, status="closed"), an_alert("d"))
        process.start()
        wait_until(lambda: there.get("a") == b"" and "d" in there, "what happened meanwhile")
        assert json.loads(there["c"])["revision"] == 1
        assert process.stop() == 0
