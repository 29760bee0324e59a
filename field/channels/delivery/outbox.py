"""A channel's memory while it runs: what waits to be sent, and which offsets are done.

No clock and no I/O: the runner passes the time. An offset is done once its revision was sent, given
up or deliberately dropped. A partition is committed up to its first offset that is not done, so
that a process that was killed begins again with what was still waiting.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from msgspec import structs

from detectors.alert.record import Alert
from field.alerts.severity import rank
from field.channels.delivery.policy import Drop, Hold, LastSent, decide, is_old, remember
from field.channels.filters import Filter
from streams.config.channels import ChannelSettings, PictureSettings

_WINDOW_S = 60.0


@dataclass(frozen=True)
class Entry:
    """A revision: its place in the topic, when it was written there (s), what was sent before it
    about the same target, and whether it comes from a replayed recording."""

    alert: Alert
    partition: int
    offset: int
    record_s: float
    before: LastSent | None = None
    replay: bool = False


@dataclass(frozen=True)
class Job:
    """What is sent as one message: an entry, or several as a digest, the worst first."""

    entries: tuple[Entry, ...]
    digest: bool = False

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The newest revision of each target."""
        newest: dict[str, Alert] = {}
        for entry in self.entries:
            known = newest.get(entry.alert.alert_id)
            if known is None or known.revision < entry.alert.revision:
                newest[entry.alert.alert_id] = entry.alert
        return tuple(
            sorted(newest.values(), key=lambda one: (-rank(one.severity), -one.probability))
        )


class Outbox:
    """One channel's outbox; ``digests`` where several alerts can be one message."""

    def __init__(self, channel: ChannelSettings, wanted: Filter, digests: bool) -> None:
        self.last_sent: dict[str, LastSent] = {}
        self._channel, self._filter, self._digests = channel, wanted, digests
        self._picture = isinstance(channel, PictureSettings)
        self._queue: deque[Entry] = deque()
        self._held: dict[str, Entry] = {}
        self._sent_s: deque[float] = deque()
        self._next: dict[int, int] = {}
        self._open: dict[int, set[int]] = {}

    @property
    def waiting(self) -> int:
        """How many revisions wait to be sent, those held among them."""
        return len(self._queue) + len(self._held)

    @property
    def full(self) -> bool:
        """Whether no more should be read for now."""
        return len(self._queue) >= self._channel.queue

    def recall(self, last_sent: Mapping[str, LastSent]) -> None:
        """Adds what the channel has sent before, in an earlier run or by another process."""
        for name, one in last_sent.items():
            remember(self.last_sent, name, one)

    def own(self, partition: int, offset: int) -> None:
        """A partition is read from an offset on."""
        self._next[partition], self._open[partition] = offset, set()

    def disown(self, partition: int) -> None:
        """Another process has this partition now; what waits from it is not sent here."""
        for entry in reversed(self._queue):
            if entry.partition == partition:
                self.last_sent.pop(entry.alert.alert_id, None)
                if entry.before is not None:
                    self.last_sent[entry.alert.alert_id] = entry.before
        self._next.pop(partition, None)
        self._open.pop(partition, None)
        self._queue = deque(entry for entry in self._queue if entry.partition != partition)
        self._held = {
            name: entry for name, entry in self._held.items() if entry.partition != partition
        }

    def skip(self, partition: int, offset: int) -> None:
        """A record that is no alert."""
        if partition in self._next:
            self._next[partition] = offset + 1

    def take(self, entry: Entry, now_s: float) -> Drop | None:
        """Takes in a revision that was read; returns the reason where it is dropped."""
        self.skip(entry.partition, entry.offset)
        alert = entry.alert
        before = self.last_sent.get(alert.alert_id)
        wanted = self._filter.wants(alert)
        decision = decide(alert, before, wanted, self._channel, now_s, entry.record_s)
        if isinstance(decision, Drop):
            return decision
        if entry.partition in self._open:
            self._open[entry.partition].add(entry.offset)
        older = self._held.pop(alert.alert_id, None)
        if older is not None:
            self._finish(older)
        if isinstance(decision, Hold):
            self._held[alert.alert_id] = entry
            if len(self._held) > self._channel.queue:
                # Sooner than it should: what waits for its turn is bounded in turn.
                self._enqueue(self._held.pop(next(iter(self._held))), now_s)
        else:
            self._enqueue(entry, now_s)
        return None

    def expired(self, now_s: float) -> list[Entry]:
        """Takes out what has waited for too long to be news; its offsets are done."""
        old = [entry for entry in self._queue if self._is_old(entry, now_s)]
        if old:
            gone = {id(entry) for entry in old}
            self._queue = deque(entry for entry in self._queue if id(entry) not in gone)
        for entry in old:
            self._finish(entry)
        return old

    def is_news(self, job: Job, now_s: float) -> bool:
        """Whether any revision of a job is still news."""
        return not all(self._is_old(entry, now_s) for entry in job.entries)

    def next(self, now_s: float) -> Job | None:
        """Takes out what is to be sent now; ``None`` while there is nothing."""
        due = sorted((self._held_until_s(name), name) for name in self._held)
        for due_s, name in due:
            if due_s <= now_s:
                self._enqueue(self._held.pop(name), now_s)
        if not self._queue:
            return None
        slots = self._slots(now_s)
        if slots == 0:
            return None
        self._sent_s.append(now_s)
        # The last slot of a minute takes all that is left.
        if slots == 1 and len(self._queue) > 1 and self._digests:
            job = Job(tuple(self._queue), digest=True)
            self._queue.clear()
            return job
        return Job((self._queue.popleft(),))

    def due_s(self, now_s: float) -> float | None:
        """When `next` has to be asked again; ``None`` while nothing waits."""
        due = [self._held_until_s(name) for name in self._held]
        if self._queue:
            due.append(now_s if self._slots(now_s) else self._sent_s[0] + _WINDOW_S)
        return min(due, default=None)

    def done(self, job: Job, now_s: float) -> None:
        """A job was sent or given up at ``now_s``."""
        for entry in job.entries:
            self._finish(entry)
            last = self.last_sent.get(entry.alert.alert_id)
            if last is not None and last.revision == entry.alert.revision:
                self.last_sent[entry.alert.alert_id] = structs.replace(last, at_s=now_s)

    def committable(self) -> dict[int, int]:
        """The offset to go on from, by partition."""
        return {n: min(self._open[n], default=offset) for n, offset in self._next.items()}

    def _is_old(self, entry: Entry, now_s: float) -> bool:
        return is_old(entry.alert, entry.before, self._channel, now_s, entry.record_s)

    def _held_until_s(self, name: str) -> float:
        """Counts from when the last was sent, which may be later than the decision to send it."""
        last = self.last_sent.get(name)
        return last.at_s + self._channel.debounce_s if last is not None else 0.0

    def _enqueue(self, entry: Entry, now_s: float) -> None:
        alert = entry.alert
        before = self.last_sent.get(alert.alert_id)
        now = LastSent(alert.revision, alert.severity, now_s, alert.ts, alert.status == "closed")
        remember(self.last_sent, alert.alert_id, now)
        entry = replace(entry, before=before)
        if self._picture:
            for at, waiting in enumerate(self._queue):
                if waiting.alert.alert_id == alert.alert_id:
                    self._finish(waiting)
                    self._queue[at] = entry
                    return
        self._queue.append(entry)

    def _finish(self, entry: Entry) -> None:
        if entry.partition in self._open:
            self._open[entry.partition].discard(entry.offset)

    def _slots(self, now_s: float) -> int:
        """How many more messages may go out now; a large number where there is no bound."""
        most = self._channel.most_per_minute
        while self._sent_s and self._sent_s[0] <= now_s - _WINDOW_S:
            self._sent_s.popleft()
        if most == 0:
            self._sent_s.clear()
            return 1 << 30
        return max(most - len(self._sent_s), 0)
