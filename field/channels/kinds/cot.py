"""Alerts on the maps of TAK: a marker and its region for each, which move, and go when it closes.

Whoever connects later is served by the server, which keeps events until they are stale; so they are
sent anew well before, and all of them after a connection was lost.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from field.channels.delivery.sender import Notice, SendError
from field.channels.kinds.connected import Connected, Picture
from field.channels.kinds.cot_link import link
from field.formats import cot
from streams.config.channels import CotSettings

#: A marker is sent again after this share of its time.
_ANEW_SHARE: Final = 1 / 3
_SETTLES_S: Final = 0.3


class CotSender(Connected):
    """Keeps a connection, and the picture on it; raises ValueError for certificates that are
    none."""

    def __init__(
        self, channel: CotSettings, password: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        picture = Picture(channel.most_age_s, 2 * channel.stale_s)
        super().__init__(picture, channel.timeout_s / 2, clock)
        self._channel = channel
        self._link = link(channel, password)
        self._writing = asyncio.Lock()

    async def send(self, notice: Notice) -> str:
        await self._take(notice)
        events = self._events(notice)
        if notice.test:
            events += cot.clearing(notice.alerts[0], self._now())
        if not events:
            return "has no place to show"
        await self._write(events)
        return f"{len(events)} events"

    async def stop(self) -> None:
        await super().stop()
        await self._link.close()

    async def _stay(self) -> str:
        """Shows the picture again and again until the connection is lost."""
        async with asyncio.timeout(self._channel.timeout_s):
            await self._link.connect()
        lost = asyncio.create_task(self._link.lost())
        try:
            # By TLS 1.3 a server refuses a certificate only after it has greeted us.
            await asyncio.wait({lost}, timeout=_SETTLES_S)
            if not lost.done():
                await self._show(with_closed=True)
                self._up.set()
                await asyncio.wait({lost}, timeout=self._channel.stale_s * _ANEW_SHARE)
            while not lost.done():
                await self._show(with_closed=False)
                await asyncio.wait({lost}, timeout=self._channel.stale_s * _ANEW_SHARE)
            return await lost
        finally:
            lost.cancel()

    async def _show(self, with_closed: bool) -> None:
        opened, closed = self._picture.shown(self._clock())
        shown = [*closed, *opened] if with_closed else opened
        events = [event for notice in shown for event in self._events(notice)]
        if events:
            await self._write(events)

    async def _write(self, events: list[bytes]) -> None:
        try:
            async with self._writing:
                await self._link.write(events)
        except OSError as error:
            raise SendError(
                f"not written: {str(error) or type(error).__name__}", away=True
            ) from error

    def _events(self, notice: Notice) -> list[bytes]:
        channel, now, alert = self._channel, self._now(), notice.alerts[0]
        if alert.status == "closed":
            return cot.clearing(alert, now)
        affiliation = "h" if alert.verdict == "confirmed" else channel.affiliation
        events = [cot.marker(alert, now, channel.stale_s, affiliation, notice.replay)]
        if channel.region_as != "none":
            polygon = channel.region_as == "polygon"
            events.append(
                cot.ellipse(alert, now, channel.stale_s, affiliation, polygon, notice.replay)
            )
        return [event for event in events if event]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
