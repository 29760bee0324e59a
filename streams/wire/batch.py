"""A client's batch of records, whose records can always be read."""

from collections.abc import Callable, Iterator
from typing import Any

from streams.wire.patient import Plain, patiently


class Batch:
    """One batch; reading its records never raises. All else is the client's own batch.

    ``raw`` are its bytes, ``as_theirs`` makes a record as the client has them.
    """

    def __init__(self, batch: Any, raw: memoryview, as_theirs: Callable[[Plain], Any]) -> None:
        self._batch, self._raw, self._as_theirs = batch, raw, as_theirs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        # Whatever the client's reader raises on foreign bytes, the patient one finds the reason.
        except Exception as error:
            return map(self._as_theirs, patiently(bytes(self._raw), error))
