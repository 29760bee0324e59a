"""Answers of feeds, made no more often than the console can bear.

A thousand alerts take seconds of a processor, and whoever has an address may ask each second. So
one answer of a feed is made at a time, and then none for twice as long as it took: what was made
last is the answer meanwhile. Small ones are made anew each time.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_RESTS_TIMES: Final = 2
#: Answers that are kept, and of how many bytes; of larger ones only how long they rest.
_MOST_KEPT, _MOST_BYTES = 16, 16 << 20
#: Who comes while one is made waits so long at most.
_PATIENCE_S: Final = 1.0


class Resting:
    """The newest answers by feed, for several threads. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._making: set[str] = set()
        self._made: OrderedDict[str, tuple[bytes | None, float]] = OrderedDict()

    def answer(self, feed_id: str, make: Callable[[], bytes]) -> bytes | None:
        """What ``make`` gives, or gave lately; ``None``: ask again in a while."""
        with self._changed:
            self._changed.wait_for(lambda: feed_id not in self._making, _PATIENCE_S)
            made = self._made.get(feed_id)
            if feed_id in self._making:
                return made and made[0]
            if made is not None and self._clock() < made[1]:
                return made[0]
            self._making.add(feed_id)
        begun_s = self._clock()
        try:
            content = make()
        finally:
            with self._changed:
                self._making.discard(feed_id)
                self._changed.notify_all()
        self._keep(feed_id, content, self._clock() - begun_s)
        return content

    def _keep(self, feed_id: str, content: bytes, took_s: float) -> None:
        kept = content if len(content) <= _MOST_BYTES else None
        with self._changed:
            self._made[feed_id] = kept, self._clock() + _RESTS_TIMES * took_s
            self._made.move_to_end(feed_id)
            while len(self._made) > _MOST_KEPT:
                self._made.popitem(last=False)
