"""Readings that come once more, since the answer to them was lost on the way: written once.

A reading has no id. With a ``ts`` of its own it is known by its instrument, that moment and its
cell. The store has it a moment after it was written; until then it is known here.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from field.console.store import Store
from field.console.store.ground import is_measured

_MOST: Final = 10_000


class Repeats:
    """The newest readings that this console wrote."""

    def __init__(self) -> None:
        self._written: OrderedDict[bytes, None] = OrderedDict()

    async def of(self, store: Store, rows: Sequence[Mapping[str, Any]]) -> set[int]:
        """Which of ``rows`` are written already, by the ``id()`` of each."""
        known = {id(row) for row in rows if _name(row) in self._written}
        others = [row for row in rows if id(row) not in known]
        return known | (await asyncio.to_thread(store.read, _stored, others) if others else set())

    def note(self, row: Mapping[str, Any]) -> None:
        """It is written."""
        self._written[_name(row)] = None
        while len(self._written) > _MOST:
            self._written.popitem(last=False)


def _stored(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    return {id(row) for row in rows if is_measured(connection, row)}


def _name(row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({n: v for n, v in row.items() if n != "rx_ts"}, order="sorted")
