"""Events by webhook: CloudEvents, a signature that a receiver can check, and failures reported."""

import asyncio
import hmac
from base64 import b64decode, b64encode
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.webhook import WebhookSender
from streams.config.channels import WebhookSettings
from tests.field.channels.certificate import certificate
from tests.field.channels.example import NOW_MS, an_alert
from tests.field.channels.receiver import Answer, Posted, receiver

SECRET = "whsec_" + b64encode(b"a secret of twenty-four.").decode()


def sent(
    notice: Notice, answer: Answer = (202, {}, b""), secret: str = SECRET, path: str = "/hook?a=1"
) -> tuple[Posted, str]:
    """What a receiver gets, and the sender's answer."""

    async def send() -> tuple[Posted, str]:
        async with receiver() as there:
            there.answer = lambda _: answer
            channel = WebhookSettings(name="soc", url=there.url + path, timeout_s=60.0)
            sender = WebhookSender(channel, secret, clock=lambda: NOW_MS / 1000)
            try:
                outcome = await sender.send(notice)
            finally:
                await sender.stop()
            return there.posted[0], outcome

    return asyncio.run(send())


def is_signed(posted: Posted, secret: str) -> bool:
    """As a receiver checks it, by the specification and not by our code."""
    key = b64decode(secret.removeprefix("whsec_"))
    text = f"{posted.headers['webhook-id']}.{posted.headers['webhook-timestamp']}.".encode()
    wanted = hmac.new(key, text + posted.body, "sha256").digest()
    signatures = posted.headers["webhook-signature"].split(" ")
    return any(one == f"v1,{b64encode(wanted).decode()}" for one in signatures)


def test_an_alert_is_a_cloud_event() -> None:
    posted, outcome = sent(Notice((an_alert(revision=3),)))
    assert outcome == "answered 202"
    assert (posted.path, posted.query) == ("/hook", {"a": "1"})
    assert posted.headers["content-type"].startswith("application/cloudevents+json")
    event = posted.json
    assert event["specversion"] == "1.0"
    assert event["id"] == "a1-3"
    assert event["source"] == "cellhound"
    assert event["type"] == "cellhound.alert.update"
    assert event["subject"] == "a1"
    assert event["time"] == "2026-09-21T14:13:23.000+00:00"
    assert event["data"]["revision"] == 3
    assert event["data"]["region"]["type"] == "Polygon"


def test_a_time_that_no_calendar_reaches_is_sent_all_the_same() -> None:
    posted, _ = sent(Notice((an_alert(ts=-(10**18)),)))
    assert posted.json["time"] == "1906-08-16T20:26:40.000+00:00"
    assert posted.json["data"]["ts"] == -(10**18)


def test_a_receiver_can_check_who_sent_it_and_when() -> None:
    posted, _ = sent(Notice((an_alert(),)))
    assert is_signed(posted, SECRET)
    assert posted.headers["webhook-timestamp"] == str(NOW_MS // 1000)
    assert posted.headers["webhook-id"] == "a1-1"
    posted.body += b" "
    assert not is_signed(posted, SECRET)


def test_without_a_secret_there_is_no_signature() -> None:
    posted, _ = sent(Notice((an_alert(),)), secret="")
    assert "webhook-signature" not in posted.headers


def test_a_digest_is_one_event() -> None:
    alerts = (an_alert("a"), an_alert("b"))
    posted, _ = sent(Notice(alerts, digest=True))
    event = posted.json
    assert event["type"] == "cellhound.alert.digest"
    assert event["id"] == Notice(alerts, digest=True).key
    assert [one["alert_id"] for one in event["data"]["alerts"]] == ["a", "b"]
    assert "subject" not in event


def test_a_replay_is_marked_as_one() -> None:
    assert sent(Notice((an_alert(),), replay=True))[0].json["replay"] is True
    assert "replay" not in sent(Notice((an_alert(),)))[0].json


@pytest.mark.parametrize(
    ("answer", "reason", "final", "away", "wait_s"),
    [
        ((500, {}, b"no  room"), "answered 500: no room", False, False, None),
        ((401, {}, b""), "answered 401", False, True, None),
        ((302, {"location": "/x"}, b""), "answered 302", False, False, None),
        ((429, {"retry-after": "7"}, b""), "answered 429", False, True, 7.0),
        ((503, {"retry-after": "tomorrow"}, b""), "answered 503", False, True, None),
        ((400, {}, b"what?"), "answered 400: what?", True, False, None),
    ],
)
def test_any_other_answer_is_a_failure(
    answer: Answer, reason: str, final: bool, away: bool, wait_s: float | None
) -> None:
    with pytest.raises(SendError) as caught:
        sent(Notice((an_alert(),)), answer)
    assert str(caught.value) == reason
    outcome = caught.value
    assert (outcome.final, outcome.away, outcome.wait_s) == (final, away, wait_s)


async def failing(url: str, ca_file: str = "") -> SendError:
    """The error of a sender that can't reach its receiver."""
    sender = WebhookSender(WebhookSettings(name="a", url=url, ca_file=ca_file, timeout_s=60.0), "")
    try:
        with pytest.raises(SendError) as caught:
            await sender.send(Notice((an_alert(),)))
    finally:
        await sender.stop()
    assert caught.value.away
    return caught.value


def test_nobody_there_is_a_failure_that_names_no_address() -> None:
    outcome = asyncio.run(failing("http://127.0.0.1:1/secret"))
    assert str(outcome) == "not reached: All connection attempts failed"


@pytest.mark.parametrize(
    ("days", "trusted", "reason"),
    [(1, False, "self-signed certificate"), (-1, True, "certificate has expired")],
)
def test_why_a_certificate_is_not_trusted_is_reported(
    tmp_path: Path, days: int, trusted: bool, reason: str
) -> None:
    cert_file, key_file = certificate(tmp_path, days)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)

    async def run() -> SendError:
        async with receiver(context=context) as there:
            return await failing(f"{there.url}/secret", str(cert_file) if trusted else "")

    text = str(asyncio.run(run()))
    assert reason in text
    assert "/secret" not in text
