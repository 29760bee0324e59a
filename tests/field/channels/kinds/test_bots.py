"""Group bots against stand-ins that check what the services' documents ask for.

The services themselves can't be reached from a test; what is checked here is address, payload,
signature and what their error codes mean, as documented.
"""

import asyncio
import hmac
import json
import logging
from base64 import b64encode
from typing import Any

import pytest

from detectors.alert.record import Evidence
from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.bots import Bot, BotSender
from streams.config.channels import DingtalkSettings, FeishuSettings, WecomSettings
from tests.field.channels.example import NOW_MS, an_alert
from tests.field.channels.receiver import Answer, Posted, receiver

KEY, SECRET = "693a91f6-7xxx", "SECxyz"
ALERT = Notice((an_alert(),))


def wecom(posted: Posted) -> dict[str, Any]:
    """A stand-in for POST /cgi-bin/webhook/send?key=KEY."""
    if posted.path != "/cgi-bin/webhook/send" or posted.query != {"key": KEY}:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    content = posted.json
    assert content["msgtype"] == "markdown"
    assert 0 < len(content["markdown"]["content"].encode()) <= 4096
    return {"errcode": 0, "errmsg": "ok"}


def dingtalk(posted: Posted) -> dict[str, Any]:
    """A stand-in for POST /robot/send?access_token=TOKEN&timestamp=MS&sign=SIGN."""
    query = posted.query
    signed = f"{query['timestamp']}\n{SECRET}".encode()
    wanted = b64encode(hmac.new(SECRET.encode(), signed, "sha256").digest()).decode()
    if posted.path != "/robot/send" or query["access_token"] != KEY or query["sign"] != wanted:
        return {"errcode": 310000, "errmsg": "sign not match"}
    assert query["timestamp"] == str(NOW_MS)
    content = posted.json
    assert content["msgtype"] == "markdown"
    assert content["markdown"]["title"]
    assert content["markdown"]["text"]
    return {"errcode": 0, "errmsg": "ok"}


def feishu(posted: Posted) -> dict[str, Any]:
    """A stand-in for POST /open-apis/bot/v2/hook/TOKEN with the signature in the body."""
    content = posted.json
    signed = f"{content['timestamp']}\n{SECRET}".encode()
    wanted = b64encode(hmac.new(signed, b"", "sha256").digest()).decode()
    if posted.path != f"/open-apis/bot/v2/hook/{KEY}" or content["sign"] != wanted:
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    assert content["timestamp"] == str(NOW_MS // 1000)
    assert content["msg_type"] == "post"
    language = content["content"]["post"]["zh_cn"]
    assert language["title"]
    assert all(part["tag"] == "text" for line in language["content"] for part in line)
    return {"code": 0, "msg": "success", "data": {}}


KINDS = {
    "wecom": (WecomSettings, wecom),
    "dingtalk": (DingtalkSettings, dingtalk),
    "feishu": (FeishuSettings, feishu),
}


def sent(
    kind: str, notice: Notice = ALERT, answer: Answer | None = None, key: str = KEY, **changes: Any
) -> tuple[Posted, str]:
    async def send() -> tuple[Posted, str]:
        settings, stand_in = KINDS[kind]
        async with receiver() as there:

            def answered(posted: Posted) -> Answer:
                return answer or (200, {}, json.dumps(stand_in(posted)).encode())

            there.answer = answered
            bot: Bot = settings(name="group", url=there.url, timeout_s=60.0, **changes)
            secrets = {"token": key, "secret": SECRET}
            sender = BotSender(bot, secrets, "https://console.example/", lambda: NOW_MS / 1000)
            try:
                outcome = await sender.send(notice)
            finally:
                await sender.stop()
            return there.posted[0], outcome

    return asyncio.run(send())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_alert_reaches_the_group(kind: str, language: str) -> None:
    posted, outcome = sent(kind, language=language, zone="Asia/Shanghai")
    assert outcome == "answered code 0"
    content = json.dumps(posted.json, ensure_ascii=False)
    assert "65534" in content
    assert "https://console.example/?alert=a1" in content


@pytest.mark.parametrize("kind", KINDS)
def test_a_digest_is_one_message_within_the_bounds(kind: str) -> None:
    alerts = tuple(an_alert(f"a{number}", severity="low") for number in range(500))
    posted, _ = sent(kind, Notice(alerts, digest=True), language="zh")
    assert "500" in json.dumps(posted.json)
    assert len(posted.body) < 20_000


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_code_in_an_answer_of_200_is_a_failure(kind: str) -> None:
    with pytest.raises(SendError, match="answered code") as caught:
        sent(kind, key="another")
    assert not caught.value.final
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "sentence", "wait_s"),
    [
        (b'{"errcode": 45009, "errmsg": "api freq out of limit"}', "code 45009: api freq", 60.0),
        (b'{"errcode": 130101, "errmsg": "send too fast"}', "code 130101", 60.0),
        (b'{"StatusCode": 1}', "code 1", None),
        (b"{}", "code None", None),
        (b"[]", "no JSON object", None),
        (b"<html>", "no JSON object", None),
    ],
)
def test_odd_answers_are_failures(body: bytes, sentence: str, wait_s: float | None) -> None:
    with pytest.raises(SendError, match=sentence) as caught:
        sent("wecom", answer=(200, {}, body))
    assert caught.value.wait_s == wait_s


@pytest.mark.parametrize("kind", KINDS)
def test_an_attackers_text_makes_no_link_and_mentions_nobody(kind: str) -> None:
    lure = "[prize](http://evil.example) <@all>"
    evidence = Evidence("sms_burst", 1, 2.0, 3, NOW_MS, NOW_MS, f"3 phones got SMS from {lure}")
    posted, _ = sent(kind, Notice((an_alert(evidence=[evidence]),)))
    content = json.dumps(posted.json, ensure_ascii=False)
    assert "prize" in content
    assert "](" not in content
    assert "<@" not in content


def test_the_secret_of_the_address_gets_into_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sent("dingtalk")
    assert KEY not in caplog.text
