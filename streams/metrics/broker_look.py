"""Whether a broker answers, asked at most every few seconds by whoever is asked for it."""

import threading
import time
from collections.abc import Callable
from typing import Final

from streams.config_error import ConfigError
from streams.kafka.security.reaching import Refused, is_there
from streams.kafka.settings import KafkaSettings

_AGAIN_S: Final = 5.0


class BrokerLook:
    """Callable from any thread; ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        kafka: KafkaSettings,
        look: Callable[[KafkaSettings], bool] = is_there,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kafka, self._look, self._clock = kafka, look, clock
        self._lock = threading.Lock()
        self._seen: tuple[float, bool] | None = None

    def __call__(self) -> bool:
        """Whether one answers now, or did when it was asked within the last five seconds."""
        with self._lock:
            if self._seen is None or self._clock() - self._seen[0] >= _AGAIN_S:
                try:
                    there = self._look(self._kafka)
                except (Refused, ConfigError):
                    there = False
                self._seen = self._clock(), there
            return self._seen[1]
