"""Alerts about calls through channels: none breaks on them, and those without a map show them."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from field.channels.delivery.sender import Notice
from field.channels.filters import Filter
from field.channels.kinds import bots, email, mqtt, ntfy, webhook
from field.channels.kinds.cot import CotSender
from streams.config.channels import (
    CotSettings,
    DingtalkSettings,
    EmailSettings,
    FeishuSettings,
    NtfySettings,
    WecomSettings,
)
from tests.field.call_alert import a_call_alert, hashed
from tests.field.channels.example import an_alert

ALONE = Notice(alerts=(a_call_alert(),))
DIGEST = Notice(alerts=(a_call_alert(1), a_call_alert(2)), digest=True)
MAIL = EmailSettings(name="m", host="127.0.0.1", sender="a@b.test", to=("c@d.test",))


@pytest.mark.parametrize("kind", [WecomSettings, DingtalkSettings, FeishuSettings])
@pytest.mark.parametrize("notice", [ALONE, DIGEST])
def test_group_bots_write_of_numbers(kind: Any, notice: Notice) -> None:
    bot = kind(name="b", language="zh", token_env="T")
    _, payload = bots.request(bot, notice, {"token": "t"}, "", 0.0)
    text = json.dumps(payload, ensure_ascii=False)
    assert "4 个号码" in text
    assert hashed(100)[2:] not in text


def test_a_mail_has_the_cap_message_and_no_file_of_places() -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    made = email.mail(ALONE, MAIL, "", now)
    names = [part.get_filename() for part in made.iter_attachments()]
    assert names == [f"{ALONE.key}.cap.xml"]
    assert made["Subject"].startswith("Probable campaign of fraudulent calls, 4 numbers")
    assert not list(email.mail(DIGEST, MAIL, "", now).iter_attachments())
    both = Notice(alerts=(a_call_alert(), an_alert()), digest=True)
    (gpx,) = email.mail(both, MAIL, "", now).iter_attachments()
    assert b"left out: 1" in gpx.get_payload(decode=True)  # type: ignore[operator]


def test_a_push_message_has_no_button_to_a_place() -> None:
    channel = NtfySettings(name="n", url="http://127.0.0.1:1", topic="t")
    made = ntfy.message(ALONE, channel, "https://console.test", lambda *_: "https://act.test")
    assert [one["action"] for one in made["actions"]] == ["http"]
    assert made["click"] == "https://console.test/?alert=" + a_call_alert().alert_id
    assert "80 calls to 75 people" in made["message"]
    assert made["tags"][1] == "campaign of fraudulent calls"


@pytest.mark.parametrize("make", [lambda: mqtt._payload(ALONE), lambda: webhook.event(ALONE, "s")])
def test_programs_get_the_alert_as_it_is(make: Any) -> None:
    content = json.loads(make())
    alert = content.get("data", content)
    assert alert["position"] is None
    assert len(alert["numbers"]) == 4


@pytest.mark.parametrize("status", ["open", "closed"])
def test_tak_says_that_there_is_no_place_to_show(status: Any) -> None:
    channel = CotSettings(name="c", url="tcp://127.0.0.1:1", allow_plain=True)
    sender = CotSender(channel)
    sender._up.set()
    notice = Notice(alerts=(a_call_alert(status=status),))
    assert asyncio.run(sender.send(notice)) == "has no place to show"


def wants(alert: Alert, **filters: Any) -> bool:
    return Filter(msgspec.structs.replace(MAIL, **filters)).wants(alert)


def test_a_channel_takes_it_by_kind_and_not_by_technology() -> None:
    assert wants(a_call_alert())
    assert wants(a_call_alert(), kinds=("scam_campaign", "wangiri"))
    assert not wants(a_call_alert(), kinds=("fake_base_station",))
    assert not wants(an_alert(), kinds=("scam_campaign",))
    assert not wants(a_call_alert(), rats=("lte",))
    assert not wants(a_call_alert(), operators=("460-00",))
