"""What senders share that keep one connection and show a picture on it.

They connect again and again, ever more slowly, and show the picture whenever they have. A notice
waits for the connection; it is in the picture whether that comes or not.
"""

import asyncio
import ssl
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Final

from field.channels.delivery.policy import MOST_SHOWN
from field.channels.delivery.sender import Notice, Sender, SendError
from streams.config.channels import CotSettings, MqttSettings

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0


class Picture:
    """All open alerts, to be shown to each new connection, in their newest revisions.

    What closed is kept for a while too, so that a receiver that was away learns of it.
    ``keep_s`` is how long an open alert is shown without a new revision, ``closed_s`` how long a
    closed one is sent. Of more than `MOST_SHOWN` the closed ones fall out first, then those that
    got no revision for longest.
    """

    def __init__(self, keep_s: float, closed_s: float) -> None:
        self._keep_s, self._closed_s = keep_s, closed_s
        self._newest: dict[str, tuple[float, Notice]] = {}

    def take(self, notice: Notice, now_s: float) -> None:
        """A revision to show from now on."""
        alert = notice.alerts[0]
        known = self._newest.get(alert.alert_id)
        if known is None or known[1].alerts[0].revision <= alert.revision:
            self._newest.pop(alert.alert_id, None)
            self._newest[alert.alert_id] = (now_s, notice)
        if len(self._newest) > MOST_SHOWN:
            over = (name for name, (_, one) in self._newest.items() if _is_over(one))
            del self._newest[next(over, next(iter(self._newest)))]

    def shown(self, now_s: float) -> tuple[list[Notice], list[Notice]]:
        """What is open, and what has closed lately."""
        self._newest = {
            name: (taken_s, notice)
            for name, (taken_s, notice) in self._newest.items()
            if now_s - taken_s < (self._closed_s if _is_over(notice) else self._keep_s)
        }
        notices = [notice for _, notice in self._newest.values()]
        return (
            [notice for notice in notices if not _is_over(notice)],
            [notice for notice in notices if _is_over(notice)],
        )


def _is_over(notice: Notice) -> bool:
    return notice.alerts[0].status == "closed"


class Connected(Sender):
    """``patience_s`` is how long a notice waits for the connection; ``clock`` gives seconds."""

    digests: ClassVar[bool] = False

    def __init__(self, picture: Picture, patience_s: float, clock: Callable[[], float]) -> None:
        self._picture, self._patience_s, self._clock = picture, patience_s, clock
        self._up = asyncio.Event()
        self._why = "no answer yet"
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping

    @abstractmethod
    async def _stay(self) -> str:
        """Connects, shows the picture, sets ``_up``; returns why, once the connection is lost.

        Raises SendError or OSError where it can't.
        """

    async def _keep(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                self._why = await self._stay()
            except (OSError, TimeoutError, SendError) as error:
                self._why = str(error) or type(error).__name__
            if self._up.is_set():
                pause_s = _FIRST_PAUSE_S
            self._up.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _take(self, notice: Notice) -> None:
        """Puts a notice into the picture and waits for a connection. Raises SendError."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._up.wait()
        except TimeoutError:
            raise SendError(f"not connected: {self._why}", away=True) from None
        finally:
            # Only now, since whoever connects meanwhile shows the picture.
            if not notice.test:
                self._picture.take(notice, self._clock())


def tls_context(channel: CotSettings | MqttSettings, password: str = "") -> ssl.SSLContext:
    """What trusts the channel's authorities, and shows its certificate (PEM) where it has one."""
    context = ssl.create_default_context(cafile=channel.ca_file or None)
    if channel.cert_file:
        context.load_cert_chain(channel.cert_file, channel.key_file or None, password or None)
    return context
