"""What a province writes: up, what its alerts and marks say; down, what the others say of numbers.

Takes records of topics, and gives those that are to be written. What it writes it also reads, so
that a process that begins again goes on where the one before it was.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from detectors.model.rare_messages import OURS, Reputation
from detectors.rollup.marks import NATIONAL, for_province, is_own
from detectors.rollup.province import Province
from detectors.rollup.records import KEPT_MS, Campaign, Mark, NationalMark, Progress, Window
from field.alerts.reading import is_replay, read_alert
from field.rollup.shelf import Shelf, content_of, decoded
from streams.config.settings import Settings
from streams.decode.codec import decode
from streams.kafka.resilient_producer import Outgoing
from streams.kafka.stage_records import REPLAY, header
from streams.privacy.hasher import Hasher
from streams.worker.inputs import list_slice

ALERTS: Final = "fbs.alerts"
REPUTATION: Final = "number.reputation"
WINDOWS: Final = "rollup.windows"
CAMPAIGNS: Final = "rollup.campaigns"
MARKS: Final = "rollup.reputation"
DOWN: Final = "national.reputation"
#: Key of a province's mark on `WINDOWS`.
PROGRESS_KEY: Final = b"progress"
_OF_NATION: Final = f"|{NATIONAL}".encode()
_DAY_MS: Final = 86_400_000
#: Six half-lives of a mark (`detectors.rules.reputation`).
_FADED_MS: Final = 180 * _DAY_MS


class Upwards:
    """One province. Topics go by plain name; `down` is `DOWN` as it is mirrored here."""

    #: All that there is to be written is given at once.
    is_behind: Final = False

    def __init__(self, settings: Settings, hasher: Hasher) -> None:
        rollup = settings.rollup
        self._settings, self._hasher = settings, hasher
        self._behind_ms = settings.console.replay_behind_s * 1000.0
        self._province = Province(rollup.province, round(rollup.keep_days * _DAY_MS))
        self.down = f"{rollup.national}.{settings.kafka.name_of(DOWN)}"
        self._shelf = Shelf()
        self._versions: dict[tuple[int, str], int] = {}
        self._campaigns: dict[str, Campaign] = {}
        self._marks: dict[tuple[str, str], Mark | None] = {}
        #: What the nation says of numbers, and of which it said something new, by national name.
        self._national: dict[str, NationalMark] = {}
        self._spoken_of: set[str] = set()
        #: By our own name: who marks a number here, and until when others' marks hold.
        self._by: dict[str, str] = {}
        self._down: dict[str, int | None] = {}
        #: By national name and source, until when marks hold that are put up.
        self._ends: dict[tuple[str, str], int] = {}

    def take(self, topic: str, partition: int, records: Sequence[Any]) -> None:
        """Records of a partition, in order."""
        if topic == ALERTS:
            for record in records:
                self._take_alert(record)
        elif topic == REPUTATION:
            self._take_marks(partition, records)
        elif topic == self.down:
            for record in records:
                self._take_national(record)
        else:
            for record in records:
                self._know(topic, record)

    def news(self, now_ms: int) -> Iterator[Outgoing]:
        """What is to be written now, the mark of how far this province has come as the last."""
        yield from self._up(now_ms)
        yield from self._downwards(now_ms)
        progress = Progress(province=self._province.name, as_of=now_ms)
        yield Outgoing(WINDOWS, msgspec.json.encode(progress), PROGRESS_KEY)

    def written(self, record: Outgoing) -> None:
        """What was written lies there from now on."""
        if record.key is not None and record.key != PROGRESS_KEY:
            self._put(record.topic, record.key, record.value)

    def _up(self, now_ms: int) -> Iterator[Outgoing]:
        before = dict(self._versions)
        for window in self._province.windows(self._versions, now_ms):
            key = f"{window.province}|{window.start}|{window.group}".encode()
            content = content_of(window)
            made = self._shelf.news(WINDOWS, key, msgspec.json.encode(window), content)
            if made is None:
                place = (window.start, window.group)
                self._versions[place] = before.get(place, 1)
            else:
                yield made
        first_ms = self._province.newest_ms - KEPT_MS
        for alert_id, campaign in self._campaigns.items():
            # Its topic has forgotten it, so that each start would put it up again.
            if campaign.last_seen < first_ms:
                continue
            summed = msgspec.json.encode(campaign)
            made = self._shelf.news(CAMPAIGNS, alert_id.encode(), summed)
            if made is not None:
                yield made
        self._campaigns.clear()
        over = [one for one, end_ms in self._ends.items() if end_ms <= now_ms]
        self._marks |= dict.fromkeys(over)
        for ended in over:
            del self._ends[ended]
        for (number, by), mark in self._marks.items():
            is_over = mark is None or not mark.count
            value = None if is_over else msgspec.json.encode(mark)
            made = self._shelf.news(MARKS, f"{number}|{by}".encode(), value)
            if made is not None:
                yield made
        self._marks.clear()

    def _downwards(self, now_ms: int) -> Iterator[Outgoing]:
        """What others say of numbers, beside the province's own marks, as one more source's."""
        for number in sorted(self._spoken_of):
            own = self._hasher.own_name(number)
            given = self._national.get(number)
            mark = None if given is None else for_province(given, self._province.name, now_ms)
            if mark is None:
                held = self._down.get(own, now_ms)
                if held is None or held > now_ms:
                    yield Outgoing(REPUTATION, _withdrawn(own, now_ms), _key_of(own))
                continue
            made = self._shelf.news(REPUTATION, _key_of(own), _as_reputation(mark, own))
            if made is not None:
                yield made
        self._spoken_of.clear()
        for own in [one for one, end in self._down.items() if end is not None and end <= now_ms]:
            del self._down[own]
            made = self._shelf.news(REPUTATION, _key_of(own), None)
            if made is not None:
                yield made

    def _take_alert(self, record: Any) -> None:
        alert = read_alert(record.value)
        if alert is None:
            return
        if header(record.headers, REPLAY) is not None and is_replay(
            record.timestamp, alert.ts, self._behind_ms
        ):
            return
        hasher = self._hasher.at(alert.ts)
        found = self._province.take(alert, lambda name: _national_name(hasher, name))
        if found is None:
            return
        campaign, marks = found
        self._campaigns[campaign.alert_id] = campaign
        for mark in marks:
            self._put_up(mark)

    def _take_marks(self, partition: int, records: Sequence[Any]) -> None:
        limits = self._settings.limits
        decoded = decode(list_slice(records, REPUTATION, partition, limits), self._hasher, limits)
        for row in decoded.batch:
            if row.by == OURS:
                continue  # Of our own accusations the alerts say all.
            if not is_own(row.by):
                if row.deleted:
                    self._down.pop(row.number, None)
                else:
                    self._down[row.number] = row.valid_until
                continue
            number = _national_name(self._hasher.at(row.rx_ts), row.number)
            if number is None:
                continue
            before = self._by.pop(row.number, None)
            if before is not None and (row.deleted or before != (row.by or "")):
                self._marks[number, before] = None
            if not row.deleted:
                mark = _as_mark(row, number, self._province.name)
                self._put_up(mark)
                self._by[row.number] = mark.by
        for record in records:
            if record.key is not None and record.key.endswith(_OF_NATION):
                self._shelf.known(REPUTATION, record.key, record.value)

    def _take_national(self, record: Any) -> None:
        if record.key is None:
            return
        number = record.key.decode("utf-8", "replace")
        if _national_name(self._hasher, number) is None:
            return
        self._spoken_of.add(number)
        mark = decoded(record.value, NationalMark)
        if mark is None:
            self._national.pop(number, None)
        else:
            self._national[number] = mark

    def _put_up(self, mark: Mark) -> None:
        self._marks[mark.number, mark.by] = mark
        if mark.valid_until is not None:
            self._ends[mark.number, mark.by] = mark.valid_until

    def _know(self, topic: str, record: Any) -> None:
        if record.key is not None and record.key != PROGRESS_KEY:
            self._put(topic, record.key, record.value)

    def _put(self, topic: str, key: bytes, value: bytes | None) -> None:
        if topic != WINDOWS or value is None:
            self._shelf.known(topic, key, value)
            return
        window = decoded(value, Window)
        if window is None:
            return
        place = (window.start, window.group)
        self._versions[place] = max(window.version, self._versions.get(place, 0))
        self._shelf.known(topic, key, value, content_of(window))


def _national_name(hasher: Hasher, name: str) -> str | None:
    """The national name; ``None`` for what is none of our hashes, such as a producer's own name."""
    try:
        return hasher.national_name(name)
    except ValueError:
        return None


def _key_of(own: str) -> bytes:
    """The key of what others say of a number: their marks stand beside the province's own."""
    return own.encode() + _OF_NATION


def _withdrawn(own: str, now_ms: int) -> bytes:
    """A mark that is over, in the place of one that holds no more."""
    over = {"ts": now_ms, "number": own, "mark": "withdrawn", "source": NATIONAL}
    return msgspec.json.encode(over | {"valid_until": now_ms})


def _as_mark(row: Reputation, number: str, province: str) -> Mark:
    """The mark as it is put up; one without an end of its own ends when it has faded."""
    ts = row.rx_ts if row.ts is None else row.ts
    return Mark(
        province=province,
        number=number,
        by=row.by or "",
        mark=row.mark or "",
        ts=ts,
        count=1 if row.count is None else row.count,
        valid_until=ts + _FADED_MS if row.valid_until is None else row.valid_until,
        appealed=bool(row.appealed),
        prefix=row.prefix,
        length=row.length,
    )


def _as_reputation(mark: Mark, own: str) -> bytes:
    """The mark as `number.reputation` has it."""
    given = {
        "ts": mark.ts,
        "number": own,
        "number_prefix": mark.prefix,
        "number_length": mark.length,
        "mark": mark.mark,
        "source": NATIONAL,
        "count": mark.count,
        "valid_until": mark.valid_until,
        "appealed": mark.appealed,
    }
    return msgspec.json.encode({name: each for name, each in given.items() if each is not None})
