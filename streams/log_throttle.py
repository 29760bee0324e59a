"""A filter for logs: the same text passes once a minute at most."""

import logging
import time
from collections.abc import Callable
from typing import Final

_AGAIN_S: Final = 60.0
_MOST: Final = 1000


class LogThrottle(logging.Filter):
    """Lets a text through that has not passed for a minute; ``clock`` gives seconds.

    Client libraries that connect again and again log each attempt, thousands in an hour.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._passed: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, text = self._clock(), record.getMessage()
        if now - self._passed.get(text, -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._passed) >= _MOST:
            self._passed.clear()
        self._passed[text] = now
        return True


def log_to_stderr(form: str) -> None:
    """Sets up the process's log: warnings and worse, each text once a minute at most."""
    logging.basicConfig(format=form, level=logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(LogThrottle())
