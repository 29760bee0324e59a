"""The chain of one writer: each record names the one before it, and the newest that it had read.

Several consoles write into one trail, so each process numbers its own records, from 1, under a name
that it draws when it starts. ``previous`` shows what is missing in between, or was put elsewhere;
``after`` ties the chains together, so that a whole one can't be taken out unnoticed. What nothing
refers to yet, the newest records, is known to the consoles' accounts.
"""

import secrets
from typing import Any, Final

import msgspec

from field.alerts.life_cycle import Action
from streams.signed.keys import SigningKey
from streams.signed.seals import digest, sealed

TOPIC: Final = "fbs.actions"


class Chain:
    """Seals the records of one writer, one after the other."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.writer, self.number, self.last = "", 0, ""
        self.begin()

    def begin(self) -> None:
        """Begins a chain anew. Due after a record that may or may not have been written: whether
        the next one follows on it can't be known."""
        self.writer, self.number, self.last = secrets.token_hex(8), 0, ""

    def next(self, action: Action, after: str) -> bytes:
        """The bytes of the record that follows; ``after`` is the digest of the newest known."""
        chain = {
            "writer": self.writer,
            "number": self.number + 1,
            "previous": self.last,
            "after": after,
        }
        message: dict[str, Any] = msgspec.to_builtins(action)
        return msgspec.json.encode(sealed(message, TOPIC, self._key, **chain))

    def written(self, value: bytes) -> None:
        """Notes that the record of `next` has been written."""
        self.number, self.last = self.number + 1, digest(value)
