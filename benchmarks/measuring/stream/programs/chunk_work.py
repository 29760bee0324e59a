"""What decoding and screening add to reading: one chunk of a partition after the other."""

from collections import Counter
from typing import Any

from benchmarks.measuring.stream.city import City
from benchmarks.measuring.stream.topics import TOPIC
from detectors.features.facts import Origin
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.privacy.hasher import Hasher
from streams.worker.inputs import slice_of


class Work:
    """Decodes chunks, and screens them by all rules."""

    def __init__(self, city: City, screens: bool) -> None:
        self._settings = load_settings(env={})
        self._hasher = Hasher(b"a key of benchmarks alone", self._settings.senders)
        self._register = Register.from_rows(city.register()) if screens else None
        self._screenings: dict[int, Screening] = {}
        self.counted: Counter[str] = Counter()

    def __call__(self, partition: int, records: list[Any]) -> None:
        """Takes one chunk."""
        piece = slice_of(records, TOPIC, partition, self._settings.limits)
        batch = decode(piece, self._hasher, self._settings.limits).batch
        self.counted["reports"] += len(batch)
        if self._register is not None:
            screening = self._screenings.get(partition)
            if screening is None:
                screening = Screening(self._settings.rules, Origin(TOPIC, partition))
                self._screenings[partition] = screening
            screened = screening.step(batch, self._register)
            self.counted["findings"] += len(screened.findings)
            self.counted["observations"] += len(screened.sent())
