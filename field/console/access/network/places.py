"""Places by key, such as the event streams of an account: so many each, refused beyond."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """At most ``most`` at once for each key.

    >>> places = Places(1)
    >>> with places.take("anna") as first, places.take("anna") as second:
    ...     first, second, places.total
    (True, False, 1)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self.total = 0
        #: How often there was none.
        self.refused = 0

    @contextmanager
    def take(self, key: str) -> Iterator[bool]:
        """Whether there is a place for the key, which is held while the block runs."""
        if self._taken.get(key, 0) >= self._most:
            self.refused += 1
            yield False
            return
        self._taken[key] += 1
        self.total += 1
        try:
            yield True
        finally:
            self.total -= 1
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
