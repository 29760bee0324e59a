"""All kinds of channels on one alert, against real receivers: that it arrives, and how fast.

Nothing is asserted of times but that it takes less than ten times what a team may wait; what was
seen is printed. The group bots are stand-ins.
"""

import asyncio
import email
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import aiomqtt
import pytest
from aiosmtpd.controller import Controller
from lxml import etree

from streams.sinks.log import Delivery
from tests.conftest import free_port
from tests.integration.channels import WebReceiver, publish, sending
from tests.integration.deployment import Deployment, wait_until
from tests.services.mosquitto import mosquitto
from tests.services.ntfy import PASSWORD, USER, ntfy_server
from tests.services.taky import client, plain
from tests.streams.sinks.example import an_alert

pytestmark = pytest.mark.integration

#: Ten times what a field team may wait for an alert.
PATIENCE_S = 20.0
LATE_S = 0.02


class Inbox:
    """When the alert came to each receiver, by channel."""

    def __init__(self) -> None:
        self.came_s: dict[str, float] = {}

    def has(self, channel: str) -> None:
        self.came_s.setdefault(channel, time.perf_counter())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        assert email.message_from_bytes(envelope.content)["Subject"]
        self.has("post")
        return "250 taken"


@contextmanager
def listening(listen: Callable[[], Any]) -> Iterator[None]:
    """A coroutine in a thread of its own, ended with the block."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(listen())

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
        loop.close()


def test_an_alert_reaches_every_channel(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = Inbox()
    with ExitStack() as stack:
        for name in ("ntfy", "mosquitto", "taky"):
            (deployment.folder / name).mkdir()
        push = stack.enter_context(ntfy_server(deployment.folder / "ntfy"))
        broker = stack.enter_context(closing(mosquitto(deployment.folder / "mosquitto")))
        taky = stack.enter_context(closing(plain(deployment.folder / "taky")))
        broker.start()
        taky.start()
        smtp = Controller(inbox, hostname="127.0.0.1", port=free_port())
        smtp.start()
        stack.callback(smtp.stop)
        web = {name: stack.enter_context(WebReceiver()) for name in ("soc", "hub", "group")}
        web["group"].answer = (200, {}, b'{"errcode": 0}')

        async def tak() -> None:
            async with client(taky.port) as second:
                while "cellhound.together" not in second.events:
                    await asyncio.sleep(LATE_S)
                inbox.has("tak")

        async def room() -> None:
            async with aiomqtt.Client("127.0.0.1", broker.port) as subscriber:
                await subscriber.subscribe("cellhound/alerts/together", qos=1)
                async for _ in subscriber.messages:
                    inbox.has("room")

        stack.enter_context(listening(tak))
        stack.enter_context(listening(room))
        secrets = {"PUSH_PASSWORD": PASSWORD, "GROUP_TOKEN": "t"}
        process = stack.enter_context(
            sending(
                deployment,
                {"kind": "cot", "name": "tak", "url": f"tcp://127.0.0.1:{taky.port}"},
                {"kind": "mqtt", "name": "room", "host": "127.0.0.1", "port": broker.port},
                {
                    **{"kind": "ntfy", "name": "vans", "url": push.url, "topic": "alerts"},
                    **{"username": USER, "password_env": "PUSH_PASSWORD"},
                },
                {
                    **{"kind": "email", "name": "post", "host": "127.0.0.1", "port": smtp.port},
                    **{"security": "none", "sender": "a@b.example", "to": ["c@d.example"]},
                },
                {"kind": "webhook", "name": "soc", "url": web["soc"].url},
                {"kind": "cap", "name": "hub", "sender": "a@b.example", "url": web["hub"].url},
                {
                    **{"kind": "wecom", "name": "group", "token_env": "GROUP_TOKEN"},
                    **{"url": web["group"].url.removesuffix("/hook")},
                },
                env=secrets,
            )
        )
        process.start()
        names = {"tak", "room", "vans", "post", "soc", "hub", "group"}
        time.sleep(1.0)  # Until connections that are kept are there.
        begin_s = time.perf_counter()
        publish(deployment, an_alert("together"))

        def all_came() -> bool:
            for name, there in web.items():
                if there.posted:
                    inbox.has(name)
            if "vans" not in inbox.came_s and push.messages():
                inbox.has("vans")
            return inbox.came_s.keys() >= names

        deadline_s = begin_s + PATIENCE_S
        while not all_came():
            assert time.perf_counter() < deadline_s, f"only {sorted(inbox.came_s)} came"
            time.sleep(LATE_S)
        wait_until(lambda: len(process.deliveries()) >= len(names), "all are logged")
        assert process.stop() == 0
        told = {one.channel: one for one in process.deliveries()}
        assert {one.outcome for one in told.values()} == {"sent"}
        with capsys.disabled():
            print(_table(inbox, told, begin_s))
        hub = etree.fromstring(web["hub"].posted[0].body)
        assert hub.tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"
        assert json.loads(web["group"].posted[0].body)["msgtype"] == "markdown"


def _table(inbox: Inbox, told: dict[str, Delivery], begin_s: float) -> str:
    lines = [
        f"  {name:6} arrived after {came_s - begin_s:5.2f} s, logged {told[name].latency_ms} ms"
        for name, came_s in sorted(inbox.came_s.items())
    ]
    return "\nalert to receiver, seen at most 0.02 s late:\n" + "\n".join(lines)


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
