"""Alerts as CloudEvents 1.0 by HTTP POST, signed by Standard Webhooks.

Structured JSON; ``id`` is the same for the same notice, so that a receiver recognises a repeat;
``replay``, an attribute of our own, is there and true for what is replayed from a recording. The
signature is HMAC-SHA256 over ``<webhook-id>.<webhook-timestamp>.<body>``, in base64 after ``v1,``.
References: cloudevents.io specification 1.0.2, standardwebhooks.com specification 1.0.
"""

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Callable
from typing import Any

import msgspec

from field.channels.delivery.sender import Notice
from field.channels.kinds.http import HttpSender
from field.formats.words.moments import moment
from streams.config.channels import WebhookSettings

_TYPE = "cellhound.alert"


def event(notice: Notice, source: str) -> bytes:
    """The notice as one event in JSON."""
    alert = notice.alerts[0]
    newest_ts = max(one.ts for one in notice.alerts)
    kind = "digest" if notice.digest else "test" if notice.test else alert.status
    fields: dict[str, Any] = {
        "specversion": "1.0",
        "id": notice.key,
        "source": source,
        "type": f"{_TYPE}.{kind}",
        "time": moment(newest_ts).isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": {"alerts": notice.alerts} if notice.digest else alert,
    }
    if not notice.digest:
        fields["subject"] = alert.alert_id
    if notice.replay:
        fields["replay"] = True
    return msgspec.json.encode(fields)


def signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """What stands in ``webhook-signature``; a secret that begins with ``whsec_`` is base64.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...           1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = b64decode(secret.removeprefix("whsec_"), validate=True)
        except NoBase64:
            key = secret.encode()
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp_s, body)
    return f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


class WebhookSender(HttpSender):
    """Posts events to an address of the operator's choice."""

    def __init__(
        self, channel: WebhookSettings, secret: str, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(channel.timeout_s, channel.ca_file)
        self._channel, self._secret, self._clock = channel, secret, clock

    async def send(self, notice: Notice) -> str:
        body = event(notice, self._channel.source)
        now_s = int(self._clock())
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": notice.key,
            "webhook-timestamp": str(now_s),
        }
        if self._secret:
            headers["webhook-signature"] = signature(self._secret, notice.key, now_s, body)
        answer = await self.post(self._channel.url, body, headers)
        return f"answered {answer.status_code}"
