"""Push messages against a real ntfy server: what a phone that listens gets."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.ntfy import NtfySender
from streams.config.channels import NtfySettings
from tests.field.channels.example import an_alert
from tests.services.ntfy import PASSWORD, USER, Server, ntfy_server

# A server of its kind is started.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ntfy_server(tmp_path_factory.mktemp("ntfy")) as made:
        yield made


def send(server: Server, *notices: Notice, password: str = PASSWORD, **changes: Any) -> None:
    async def sent() -> None:
        channel = NtfySettings(
            name="vans", url=server.url, topic="alerts", username=USER, timeout_s=60.0, **changes
        )
        sender = NtfySender(
            channel,
            {"password": password},
            "https://console.example",
            lambda alert, action: f"https://console.example/api/act/{alert}.{action}.signed",
        )
        try:
            for notice in notices:
                assert await sender.send(notice) == "answered 200"
        finally:
            await sender.stop()

    asyncio.run(sent())


def test_a_phone_gets_what_it_needs_to_act(server: Server) -> None:
    send(server, Notice((an_alert("n1", severity="critical"),)), language="zh")
    published = server.messages("alerts")[-1]
    assert "LTE" in published["title"]
    assert "伪基站" in published["title"]
    assert "116.407400" in published["message"]
    assert published["priority"] == 5
    assert published["tags"] == ["rotating_light", "伪基站"]
    assert published["click"] == "https://console.example/?alert=n1"
    navigate, acknowledge = published["actions"]
    assert navigate["action"] == "view"
    assert navigate["url"].startswith("geo:39.904200,116.407400")
    assert acknowledge["action"] == "http"
    assert acknowledge["method"] == "POST"
    assert acknowledge["url"] == "https://console.example/api/act/n1.acknowledge.signed"


def test_what_is_over_comes_quietly_and_asks_for_nothing(server: Server) -> None:
    send(server, Notice((an_alert("n2", 5, status="closed", position=None),)))
    published = server.messages("alerts")[-1]
    assert published["priority"] == 2
    assert published["tags"][0] == "white_check_mark"
    assert "actions" not in published


def test_a_click_may_lead_to_the_place(server: Server) -> None:
    send(server, Notice((an_alert("n3"),)), click="geo")
    assert server.messages("alerts")[-1]["click"].startswith("geo:")


def test_a_digest_is_one_message_and_a_long_one_stays_a_message(server: Server) -> None:
    before = len(server.messages("alerts"))
    alerts = tuple(an_alert(f"d{number}") for number in range(200))
    send(server, Notice(alerts, digest=True), language="zh")
    messages = server.messages("alerts")
    assert len(messages) == before + 1
    assert messages[-1]["title"] == "200 条告警"
    assert "attachment" not in messages[-1]
    assert messages[-1]["click"] == "https://console.example"


def test_a_wrong_password_is_a_failure(server: Server) -> None:
    with pytest.raises(SendError, match="answered 401"):
        send(server, Notice((an_alert(),)), password="wrong")
