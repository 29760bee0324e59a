"""Wakes whoever waits for something new in the store."""

import asyncio
import contextlib


class News:
    """Whoever writes notifies, whoever reads waits; both in one event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wakes all that wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        """Returns at the next news, or after ``timeout_s`` without any: another console may have
        written to the same store."""
        event = self._event
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)
