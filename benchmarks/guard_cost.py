"""What noting costs: processor time of the guard's notes as a share of decoding and screening.

``python -m benchmarks.guard_cost`` works one chunk of measurements off, again and again, and notes
as often what is being decoded; both in processor time, so that a busy machine changes little.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from detectors.features.facts import Origin
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.guard.guard import span_of
from streams.guard.journal import Journal
from streams.kafka.settings import KafkaSettings
from streams.privacy.hasher import Hasher

_AT_MS = 1_700_000_000_000
_TIMES, _NOTES = 20, 20_000


def main() -> None:
    """Prints a line for chunks of a single record, and of some thousands."""
    settings, hasher = load_settings(env={}), Hasher(b"key")
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), KafkaSettings())
        for count in (1, 100, 5000):
            records = _records(count)
            screening = Screening(settings.rules, Origin(records.topic, 0))

            def work(records: RecordSlice = records, screening: Screening = screening) -> None:
                screening.step(decode(records, hasher).batch, Register.empty())

            def note(records: RecordSlice = records) -> None:
                with journal.at_work(span_of(records)):
                    pass

            working_s, noting_s = _processor_s(work, _TIMES), _processor_s(note, _NOTES)
            print(
                f"{count:5} records: decoding and screening {working_s * 1e6:9.1f} us,"
                f" noting {noting_s * 1e6:5.2f} us, {noting_s / working_s:.4%}"
            )
        journal.close()


def _processor_s(act: Callable[[], None], times: int) -> float:
    act()
    begun = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - begun) / times


def _records(count: int) -> RecordSlice:
    values = [
        msgspec.json.encode(
            {"ts": _AT_MS + place, "device": f"d{place}", "rat": "lte", "mcc": 460, "mnc": 0}
            | {"area": 4100, "cell": 100_000_000 + place % 500, "signal_dbm": -90.0}
            | {"lat": 31.2 + place % 100 / 1000, "lon": 121.5}
        )
        for place in range(count)
    ]
    at_ms = np.full(count, _AT_MS, dtype=np.int64)
    return RecordSlice("cell.measurements", 0, list(range(count)), values, at_ms)


if __name__ == "__main__":
    main()
