"""Mails against a real SMTP server in this process: text, CAP and GPX, TLS, and refusals."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from lxml import etree

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.email import EmailSender
from streams.config.channels import EmailSettings
from tests.field.channels.certificate import certificate
from tests.field.channels.example import an_alert


class Mailbox:
    """What a server took; ``refuses`` is its answer to the data instead, if any."""

    def __init__(self, refuses: str = "") -> None:
        self.mails: list[tuple[Envelope, EmailMessage]] = []
        self.refuses = refuses

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        content = envelope.original_content
        assert content is not None
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope, mail))
        return "250 taken"


@asynccontextmanager
async def server(box: Mailbox, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    made = await loop.create_server(
        lambda: SMTP(box, tls_context=context, require_starttls=context is not None),
        "127.0.0.1",
        0,
    )
    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        made.close()
        await made.wait_closed()
        # Python 3.11 waits for no connection there; each has a task that ends with it.
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=10.0)


def send(
    notice: Notice, box: Mailbox, context: ssl.SSLContext | None = None, **changes: Any
) -> str:
    async def sent() -> str:
        async with server(box, context) as port:
            changed = {"security": "none", "timeout_s": 60.0} | changes
            channel = EmailSettings(
                name="post",
                host="127.0.0.1",
                port=port,
                sender="cellhound@example.org",
                to=("duty@example.org", "boss@example.org"),
                **changed,
            )
            return await EmailSender(channel, "", "https://console.example").send(notice)

    return asyncio.run(sent())


def test_a_mail_has_what_and_where_with_cap_and_gpx_attached() -> None:
    box = Mailbox()
    assert "taken" in send(Notice((an_alert(revision=3),)), box, language="zh")
    ((envelope, mail),) = box.mails
    assert envelope.rcpt_tos == ["duty@example.org", "boss@example.org"]
    assert envelope.mail_from == "cellhound@example.org"
    assert "LTE" in mail["Subject"]
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "39.904200, 116.407400" in text
    assert "GCJ-02" in text
    assert "https://console.example/?alert=a1" in text
    cap, gpx = mail.iter_attachments()
    assert cap.get_content_type() == "application/cap+xml"
    assert etree.fromstring(cap.get_content()).tag.endswith("}alert")
    assert gpx.get_content_type() == "application/gpx+xml"
    assert etree.fromstring(gpx.get_content()).tag.endswith("}gpx")


def test_mails_of_one_alert_are_one_thread_and_a_repeat_is_recognised() -> None:
    box = Mailbox()
    for revision in (1, 2, 2):
        send(Notice((an_alert(revision=revision),)), box)
    mails = [mail for _, mail in box.mails]
    assert len({mail["References"] for mail in mails}) == 1
    assert [mail["Message-ID"] for mail in mails] == [
        "<a1-1.post@example.org>",
        "<a1-2.post@example.org>",
        "<a1-2.post@example.org>",
    ]


def test_a_digest_and_an_alert_without_a_place_are_mails_too() -> None:
    box = Mailbox()
    send(Notice((an_alert("a"), an_alert("b", position=None, region=None)), digest=True), box)
    send(Notice((an_alert(position=None, region=None, track=None),), test=True), box)
    digest, lone = (mail for _, mail in box.mails)
    assert digest["Subject"] == "2 alerts"
    (gpx,) = digest.iter_attachments()
    assert gpx.get_content_type() == "application/gpx+xml"
    assert lone["Subject"].strip().startswith("[TEST] ")
    assert len(list(lone.iter_attachments())) == 1


def test_a_line_break_in_a_name_adds_no_header() -> None:
    box = Mailbox()
    send(Notice((an_alert(kind="x\nBcc: all@example.org", headline="y\nBcc: z"),)), box)
    assert "Bcc" not in box.mails[0][1]


def test_mails_go_by_starttls_to_a_server_that_is_trusted_only(tmp_path: Path) -> None:
    cert_file, key_file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    box = Mailbox()
    notice = Notice((an_alert(),))
    send(notice, box, context, security="starttls", ca_file=str(cert_file))
    assert len(box.mails) == 1
    with pytest.raises(SendError, match=r"not reached: .*CERTIFICATE_VERIFY_FAILED"):
        send(notice, box, context, security="starttls")
    with pytest.raises(SendError, match="530"):
        send(notice, box, context, security="none")
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("answer", "final", "away"),
    [("451 try later", False, True), ("554 never", True, False), ("552 too large", True, False)],
)
def test_a_server_may_refuse_for_now_or_for_good(answer: str, final: bool, away: bool) -> None:
    with pytest.raises(SendError, match=answer[:3]) as caught:
        send(Notice((an_alert(),)), Mailbox(refuses=answer))
    assert (caught.value.final, caught.value.away) == (final, away)
