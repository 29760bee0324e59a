"""Reads the reports of a time span from their topic, for the search for companions.

The topic keeps what phones reported for as long as its retention lasts; nothing is copied anywhere
for this search, and of what is read only pseudonyms and counts of those who travelled along stay.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from field.console.casework.companions import Companion, Companions, Search
from streams.config.settings import KafkaSettings
from streams.decode.topic_reader import Topics, items_of
from streams.kafka.stage_records import arrival_ms
from streams.privacy.hasher import Hasher

_TOPIC: Final = "cell.measurements"
#: Clocks of producers may be off by so much (ms).
_BEFORE_MS: Final = 60_000
#: Reports that arrive later than this (ms) are not waited for.
_LATE_MS: Final = 3_600_000
#: Records that one search reads at most: it is for one incident, not for a city's year.
MOST_RECORDS: Final = 5_000_000


class _Report(msgspec.Struct):
    device: str
    ts: int
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    position_source: str | None = None
    rx_ts: int | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; ``complete`` is false where there was more to read than one search may."""

    companions: list[Companion]
    records: int
    complete: bool


_REPORT: Final = msgspec.json.Decoder(_Report)


def bounded(alert: Alert, first_seen: int, last_seen: int) -> Alert:
    """The alert as if it had been seen from ``first_seen`` to ``last_seen`` (ms) alone."""
    track = [fix for fix in alert.track or () if first_seen <= fix[0] <= last_seen]
    return msgspec.structs.replace(alert, first_seen=first_seen, last_seen=last_seen, track=track)


def travelled_along(
    kafka: KafkaSettings,
    hasher: Hasher,
    alert: Alert,
    search: Search,
    most_records: int = MOST_RECORDS,
) -> Found:
    """Who travelled along with an alert's transmitter.

    Raises ValueError where its track is too short, kafka's errors where the broker is away.
    """
    companions = Companions(alert.track or (), search)
    # One hash for each phone, also while the key is changed: that of the alert's own findings.
    hasher = hasher.at(alert.ts)
    begin, end = alert.first_seen, alert.last_seen
    left = most_records
    with Topics(kafka) as topics:
        for number in topics.numbers(_TOPIC):
            # A record is never older than the reports in it, unless clocks are off; that of a
            # replay is far younger.
            for record in topics.partition(_TOPIC, number, begin - _BEFORE_MS):
                if left == 0:
                    return Found(
                        companions=companions.found(), records=most_records, complete=False
                    )
                left -= 1
                arrived = arrival_ms(record.headers or [], record.timestamp)
                if arrived > end + _LATE_MS:
                    break
                for report in _reports(record):
                    if report.lat is None or report.lon is None or not begin <= report.ts <= end:
                        continue
                    device = hasher.pseudonym(report.device)
                    companions.observe(
                        device, report.ts, report.lat, report.lon, report.accuracy_m or 0.0
                    )
    return Found(companions=companions.found(), records=most_records - left, complete=True)


def _reports(record: Any) -> Iterator[_Report]:
    """The reports of a record whose places are the phones' own."""
    value = record.value
    if value is None:
        return
    items = [value] if value[:1] == b"{" else items_of(value, record.headers or [])
    for item in items:
        try:
            report = _REPORT.decode(item)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        if report.position_source != "network":
            yield report
