"""A batch that was fetched by aiokafka, with our own way to its checksum and to its records."""

from collections.abc import Callable, Iterator
from typing import Any

from streams.wire.batch import Batch
from streams.wire.columns import Columns, columns_of, has_checksum
from streams.wire.patient import Plain


class ColumnBatch(Batch):
    """One that lies in what was ``fetched`` from ``begin`` to ``end``.

    With ``first`` its records from that offset on come in one piece, as `Columns`.
    """

    def __init__(
        self,
        batch: Any,
        fetched: bytes,
        begin: int,
        end: int,
        as_theirs: Callable[[Plain], Any],
        first: int | None,
    ) -> None:
        super().__init__(batch, memoryview(fetched)[begin:end], as_theirs)
        self._where, self._first = (fetched, begin, end), first

    def __iter__(self) -> Iterator[Any]:
        if self._first is None:
            return super().__iter__()
        found = columns_of(*self._where, self._first)
        if found is None:
            found = Columns.of(super().__iter__(), self._first)
        return iter([found] if len(found) else [])

    def validate_crc(self) -> bool:
        """Whether it is as its checksum says."""
        found = has_checksum(*self._where)
        return bool(self._batch.validate_crc()) if found is None else found
