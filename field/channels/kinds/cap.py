"""Alerts as CAP 1.2 messages: posted to an address, or written to a folder that others watch.

A message is the same whenever it is made, since it takes its time from the revision; so an update
can name the message that it follows.
"""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.channels.delivery.policy import LastSent
from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.http import HttpSender
from field.formats import cap
from field.formats.words.moments import moment
from streams.config.channels import CapSettings


def message(
    alert: Alert,
    before: LastSent | None,
    sender: str,
    exercise: bool,
    language: Language,
    zone: ZoneInfo,
) -> bytes:
    """The CAP message of a revision, referring to the one that was sent before."""
    references: tuple[str, ...] = ()
    if before is not None:
        earlier = msgspec.structs.replace(alert, revision=before.revision, ts=before.ts)
        references = (cap.reference(earlier, sender, _sent(before.ts)),)
    return cap.message(alert, sender, _sent(alert.ts), references, exercise, language, zone)


def _sent(ts: int) -> datetime:
    return moment(ts).replace(microsecond=0)


class CapSender(HttpSender):
    """Posts or writes one message for each revision."""

    digests = False

    def __init__(self, channel: CapSettings, token: str = "") -> None:
        super().__init__(channel.timeout_s, channel.ca_file)
        self._channel = channel
        self._headers = {"content-type": "application/cap+xml; charset=utf-8"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    async def send(self, notice: Notice) -> str:
        channel = self._channel
        content = message(
            notice.alerts[0],
            notice.before,
            channel.sender,
            channel.exercise or notice.test or notice.replay,
            channel.language,
            ZoneInfo(channel.zone),
        )
        if channel.url:
            answer = await self.post(channel.url, content, self._headers)
            return f"answered {answer.status_code}"
        path = Path(channel.folder) / f"{notice.key}.xml"
        try:
            await asyncio.to_thread(_write, path, content)
        except OSError as error:
            raise SendError(f"not written: {error.strerror}", away=True) from error
        return path.name


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: who watches the folder never sees half a message."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        # Written to be read: by a web server, another agency's feed.
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
