"""What the nation writes of what provinces put up, mirrored as ``<province>.<topic>``.

A province speaks for itself alone: a record whose province is not that of its topic counts nothing.
Nor does one that no province of ours writes, so that what is made of many can always be written.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from detectors.rollup.national import Nation
from detectors.rollup.records import (
    Campaign,
    Mark,
    NationalCampaign,
    NationalMark,
    NationalWindow,
    Progress,
    Window,
)
from field.rollup.shelf import Shelf, decoded
from field.rollup.upwards import CAMPAIGNS, DOWN, MARKS, PROGRESS_KEY, WINDOWS
from streams.config.settings import Settings
from streams.kafka.resilient_producer import Outgoing

_log = logging.getLogger(__name__)
NATIONAL_WINDOWS: Final = "national.windows"
NATIONAL_CAMPAIGNS: Final = "national.campaigns"
_KINDS: Final[dict[str, Any]] = {WINDOWS: Window, CAMPAIGNS: Campaign, MARKS: Mark}
_WRITTEN: Final[dict[str, Any]] = {
    NATIONAL_WINDOWS: NationalWindow,
    NATIONAL_CAMPAIGNS: NationalCampaign,
    DOWN: NationalMark,
}
#: Of a mirrored record. Names of 500 suspects take some 70 KB, two sketches 22.
_MOST_BYTES: Final = {WINDOWS: 32_768, CAMPAIGNS: 262_144, MARKS: 4_096}
_LONGEST: Final = 100
_NUMBER: Final = re.compile(r"h-[0-9a-f]{24}", re.ASCII)
#: JSON has no greater whole numbers that every reader knows, and sums must have room.
_GREATEST: Final = 1 << 53
_MARKED: Final = re.compile(r"(?P<number>[^|]+)\|(?P<by>.*)", re.DOTALL)


class Nationwide:
    """All provinces. Topics go by their names on the cluster, without its prefix."""

    def __init__(self, settings: Settings) -> None:
        prefix = re.escape(settings.kafka.prefix)
        plain = "|".join(map(re.escape, _KINDS))
        self._mirrored = re.compile(rf"(?P<province>[^.]+)\.{prefix}(?P<topic>{plain})")
        self._prefix = settings.kafka.prefix
        self._nation, self._shelf = Nation(), Shelf()
        #: Records that were no word of a province's own, since the start, by topic.
        self.refused: Counter[str] = Counter()

    def wants(self, name: str) -> bool:
        """Whether a topic of the cluster is read."""
        plain = name.removeprefix(self._prefix)
        return plain in _WRITTEN or self._mirrored.fullmatch(name) is not None

    def take(self, topic: str, partition: int, records: Sequence[Any]) -> None:
        """Records of a partition, in order."""
        del partition
        mirrored = self._mirrored.fullmatch(topic)
        for record in records:
            if record.key is None:
                self._refuse(topic)
            elif mirrored is not None:
                self._take_mirrored(
                    mirrored["province"], mirrored["topic"], record.key, record.value
                )
            elif record.key != PROGRESS_KEY:
                self._know(topic.removeprefix(self._prefix), record.key, record.value)

    def news(self, now_ms: int) -> Iterator[Outgoing]:
        """What is to be written now."""
        news = self._nation.news(now_ms)
        records: list[tuple[str, str, Any]] = [
            *((NATIONAL_WINDOWS, f"{one.start}|{one.group}", one) for one in news.windows),
            *((NATIONAL_CAMPAIGNS, one.campaign, one) for one in news.campaigns),
            *((DOWN, number, mark) for number, mark in news.marks.items()),
        ]
        for topic, key, record in records:
            value = None if record is None else msgspec.json.encode(record)
            made = self._shelf.news(topic, key.encode(), value)
            if made is not None:
                yield made
        progress = self._nation.how_far(now_ms)
        if progress.provinces and not self.is_behind:
            yield Outgoing(NATIONAL_WINDOWS, msgspec.json.encode(progress), PROGRESS_KEY)

    @property
    def is_behind(self) -> bool:
        """Whether there is more to be written than was given at once."""
        return self._nation.is_behind

    def look(self) -> tuple[int, dict[str, int]]:
        """How many records were refused, and how far each province has come (ms)."""
        return sum(self.refused.values()), dict(self._nation.progress)

    def written(self, record: Outgoing) -> None:
        """What was written lies there from now on."""
        if record.key is not None and record.key != PROGRESS_KEY:
            self._shelf.known(record.topic, record.key, record.value)

    def _take_mirrored(self, province: str, topic: str, key: bytes, value: bytes | None) -> None:
        if value is None:
            found = _MARKED.fullmatch(key.decode("utf-8", "replace"))
            if topic == MARKS and found is not None:
                self._nation.marks.gone(province, found["number"], found["by"])
            return
        kind = Progress if key == PROGRESS_KEY else _KINDS[topic]
        record: Any = decoded(value, kind) if len(value) <= _MOST_BYTES[topic] else None
        if record is None or record.province != province or not _is_sound(record):
            self._refuse(f"{province}.{topic}")
            return
        self._nation.take(record)

    def _refuse(self, topic: str) -> None:
        self.refused[topic] += 1
        if self.refused[topic] == 1:
            _log.warning(
                "%s has a record that is no word of its province; such count nothing", topic
            )

    def _know(self, topic: str, key: bytes, value: bytes | None) -> None:
        """What this program, or the one before it, wrote."""
        self._shelf.known(topic, key, value)
        if value is None:
            return
        record: Any = decoded(value, _WRITTEN[topic])
        if record is not None:
            self._nation.wrote(record)


def _is_sound(record: Window | Campaign | Mark | Progress) -> bool:
    """Whether a record has names and numbers as provinces write them."""
    if isinstance(record, Campaign):
        names = [one.number for one in record.numbers]
        if len(record.alert_id) > _LONGEST:
            return False
    else:
        names = [record.number] if isinstance(record, Mark) else []
    values = msgspec.structs.astuple(record)
    return all(map(_NUMBER.fullmatch, names)) and all(
        abs(value) <= _GREATEST for value in values if isinstance(value, int | float)
    )
