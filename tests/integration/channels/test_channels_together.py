"""All kinds of channels on one alert, against real receivers: that it arrives, and how fast.

Nothing is asserted of times but that it takes less than ten times what a team may wait; what was
seen is printed. The group bots are stand-ins.
"""

import asyncio
import email
import json
import time
from contextlib import ExitStack, closing
from typing import Any

import aiomqtt
import pytest
from aiosmtpd.controller import Controller
from lxml import etree

from field.channels.delivery.log import Delivery
from tests.conftest import free_port
from tests.field.channels.example import an_alert
from tests.integration.channels.sending import Sending, WebReceiver, listening, publish, sending
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until
from tests.services.mosquitto import mosquitto
from tests.services.ntfy import PASSWORD, USER, ntfy_server
from tests.services.taky import client, plain

pytestmark = pytest.mark.integration

#: Ten times what a field team may wait for an alert.
PATIENCE_S = 20.0
LATE_S = 0.02


class Inbox:
    """When the second alert came to each receiver, by channel.

    The first comes before it everywhere: connections that are kept are there then.
    """

    def __init__(self) -> None:
        self.came_s: dict[str, float] = {}
        self.had_first: set[str] = set()

    def has(self, channel: str) -> None:
        self.came_s.setdefault(channel, time.perf_counter())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        assert email.message_from_bytes(envelope.content)["Subject"]
        if "post" in self.had_first:
            self.has("post")
        self.had_first.add("post")
        return "250 taken"


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
        smtp = Controller(
            inbox,
            hostname="127.0.0.1",
            port=free_port(),
            ready_timeout=PATIENCE_S * 3,
            # Else it asks the network for a name of this machine.
            server_hostname="localhost",
        )
        smtp.start()
        stack.callback(smtp.stop)
        web = {name: stack.enter_context(WebReceiver()) for name in ("soc", "hub", "group")}
        web["group"].answer = (200, {}, b'{"errcode": 0}')

        async def tak() -> None:
            async with client(taky.port) as second:
                while "cellhound.first" not in second.events:
                    await asyncio.sleep(LATE_S)
                inbox.had_first.add("tak")
                while "cellhound.together" not in second.events:
                    await asyncio.sleep(LATE_S)
                inbox.has("tak")

        async def room() -> None:
            async with aiomqtt.Client("127.0.0.1", broker.port) as subscriber:
                await subscriber.subscribe("cellhound/alerts/+", qos=1)
                async for message in subscriber.messages:
                    if message.topic.matches("cellhound/alerts/together"):
                        inbox.has("room")
                    else:
                        inbox.had_first.add("room")

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
        publish(deployment, an_alert("first"))
        wait_until(lambda: sent(process, "first").keys() == names, "all are connected")
        wait_until(lambda: {"tak", "room", "post"} <= inbox.had_first, "receivers too")
        begin_s = time.perf_counter()
        publish(deployment, an_alert("together"))

        def all_came() -> bool:
            for name, there in web.items():
                if len(there.posted) > 1:
                    inbox.has(name)
            if "vans" not in inbox.came_s and len(push.messages()) > 1:
                inbox.has("vans")
            return inbox.came_s.keys() >= names

        deadline_s = begin_s + PATIENCE_S
        while not all_came():
            assert time.perf_counter() < deadline_s, f"only {sorted(inbox.came_s)} came"
            time.sleep(LATE_S)
        wait_until(lambda: sent(process, "together").keys() == names, "all are logged")
        assert process.stop() == 0
        logged = sent(process, "together")
        with capsys.disabled():
            print(_table(inbox, logged, begin_s))
        hub = etree.fromstring(web["hub"].posted[1].body)
        assert hub.tag == "{urn:oasis:names:tc:emergency:cap:1.2}alert"
        assert json.loads(web["group"].posted[1].body)["msgtype"] == "markdown"


def sent(process: Sending, alert_id: str) -> dict[str, Delivery]:
    """What was sent of an alert, by channel."""
    log = [one for one in process.deliveries() if one.alert_id == alert_id]
    return {one.channel: one for one in log if one.outcome == "sent"}


def _table(inbox: Inbox, logged: dict[str, Delivery], begin_s: float) -> str:
    lines = [
        f"  {name:6} arrived after {came_s - begin_s:5.2f} s, logged {logged[name].latency_ms} ms"
        for name, came_s in sorted(inbox.came_s.items())
    ]
    return "\nalert to receiver, seen at most 0.02 s late:\n" + "\n".join(lines)
