"""Signs what a console writes: actions as a chain, verdicts one by one."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from field.alerts.life_cycle import Action
from field.console.databases import reason
from field.trail.chain import Chain
from field.trail.examining import Head
from streams.signed.keys import SigningKey
from streams.signed.seals import sealed

_LOG: Final = logging.getLogger("cellhound.console")


class Sealing:
    """One console's. ``note`` is called with how far its chain has come, in a thread."""

    def __init__(self, key: SigningKey, note: Callable[[Head], None] = lambda _: None) -> None:
        self._key, self._note = key, note
        self._chain = Chain(key)
        #: Held from the making of a record until it is written: they follow on each other.
        self.turn = asyncio.Lock()
        self._noting = asyncio.Lock()
        self._noted = self._head()

    def verdict(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message of ``field.feedback`` with its seal."""
        return sealed(message, "field.feedback", self._key)

    def action(self, action: Action, after: str) -> bytes:
        """The next record of the trail, written after the one that ``after`` names."""
        return self._chain.next(action, after)

    def written(self, value: bytes) -> None:
        """The record has been written."""
        self._chain.written(value)

    async def note(self) -> None:
        """Has it noted how far the chain has come by now, unless somebody else just did. Nobody's
        turn has to wait for that."""
        async with self._noting:
            head = self._head()
            if head == self._noted or not head.number:
                return
            try:
                await asyncio.to_thread(self._note, head)
            except SQLAlchemyError as error:
                _LOG.warning("how far the trail has come can't be noted: %s", reason(error))
            else:
                self._noted = head

    def uncertain(self) -> None:
        """The record may or may not have been written."""
        self._chain.begin()

    def _head(self) -> Head:
        return Head(self._chain.writer, self._chain.number, self._chain.last)
