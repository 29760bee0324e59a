"""How a channel reads alerts: in a consumer group of its own, from the right place, committing what
is done.

The topic is the queue: a channel that can't keep up stops reading. A channel that reads for the
first time begins at the topic's end, so that nobody is flooded with what is long over. One that has
sent before and whose committed offset is gone, as after the topic was deleted and created again,
begins with what is still news. A channel that holds a picture of all open alerts builds it anew at
every start from the newest revision of each.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from field.alerts.reading import read_alert
from field.channels.delivery.log import DeliveryLog, delivery
from field.channels.delivery.outbox import Entry, Outbox
from field.channels.delivery.policy import MOST_SHOWN
from streams.config.channels import ChannelSettings, PictureSettings
from streams.config.settings import KafkaSettings
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.stage_records import REPLAY, header
from streams.kafka.topics import topic_name
from streams.wire.fetched_batches import AIOKafkaConsumer

_log = logging.getLogger(__name__)
_TOPIC: Final = "fbs.alerts"
_POLL_MS: Final = 250
_COMMIT_EVERY_S: Final = 1.0
#: A topic that was deleted and made anew is noticed after so long.
_LOOK_EVERY_MS: Final = 10_000


class Reading(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not typed
    """Fills an outbox; ``clock`` gives seconds since the epoch.

    ``news`` is called after each batch, ``reads`` set once it is known where reading begins.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        channel: ChannelSettings,
        outbox: Outbox,
        log: DeliveryLog,
        clock: Callable[[], float],
        news: Callable[[], None],
        reads: asyncio.Event,
    ) -> None:
        self._kafka, self._channel, self._outbox, self._log = kafka, channel, outbox, log
        self._clock, self._news, self._reads = clock, news, reads
        self._picture = isinstance(channel, PictureSettings)
        #: Whether the channel has read or sent before, here or in an earlier run.
        self._is_known = False
        self._committed: dict[int, int] = {}
        #: Backlogs of a picture: by partition their ends, and the newest revision of each alert.
        self._behind: dict[int, int] = {}
        self._newest: dict[int, dict[str, Entry]] = {}
        #: Partitions whose beginning is set. aiokafka fetches while it reports the assignment.
        self._settled: set[TopicPartition] = set()
        self._consumer: Any = None

    async def start(self) -> None:
        """Joins the group. Raises KafkaError."""
        prefix = self._kafka.prefix
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(self._kafka),
            group_id=topic_name(prefix, f"cellhound-channel-{self._channel.name}"),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metadata_max_age_ms=_LOOK_EVERY_MS,
        )
        self._consumer.subscribe([topic_name(prefix, _TOPIC)], listener=self)
        await self._consumer.start()

    async def stop(self) -> None:
        """Leaves the group."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def read_until(self, stop: asyncio.Event) -> None:
        """Reads and commits until ``stop`` is set. Raises KafkaError."""
        committed_s = self._clock()
        while not stop.is_set():
            if self._outbox.full:
                self._consumer.pause(*self._consumer.assignment())
            elif paused := self._consumer.paused():
                self._consumer.resume(*paused)
            if not self._settled:
                await asyncio.sleep(_POLL_MS / 1000)
                continue
            batch = await self._consumer.getmany(*self._settled, timeout_ms=_POLL_MS)
            for place, records in batch.items():
                if place in self._settled:
                    await self._take(place, records)
            if self._clock() - committed_s >= _COMMIT_EVERY_S:
                committed_s = self._clock()
                await self.commit()

    async def commit(self) -> None:
        """Commits how far the channel has come, where that is further than before."""
        assigned = {place.partition: place for place in self._consumer.assignment()}
        offsets = {
            number: offset
            for number, offset in self._outbox.committable().items()
            if number in assigned
            and number not in self._behind
            and offset > self._committed.get(number, -1)
        }
        if not offsets:
            return
        try:
            await self._consumer.commit({assigned[n]: offset for n, offset in offsets.items()})
        except KafkaError as error:
            # The partitions have just become somebody else's, or the broker is away for a moment.
            _log.info("channel %s: not committed: %s", self._channel.name, error)
        else:
            self._committed |= offsets

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Partitions go to another process of the same group."""
        await self.commit()
        self._settled.clear()
        for place in revoked:
            self._outbox.disown(place.partition)
            for known in (self._behind, self._newest, self._committed):
                known.pop(place.partition, None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Partitions are this process's: sets where each is read from."""
        await self._begin(list(assigned))
        self._reads.set()

    async def _begin(self, places: list[TopicPartition]) -> None:
        if not places:
            return
        if not self._picture:
            before = await self._log.recall(self._channel.name)
            self._outbox.recall(before)
            self._is_known |= bool(before)
        ends = await self._consumer.end_offsets(places)
        since_ms = int((self._clock() - self._channel.most_age_s) * 1000)
        recent = await self._consumer.offsets_for_times(dict.fromkeys(places, since_ms))
        fresh = {}
        for place in places:
            number = place.partition
            committed = await self._consumer.committed(place)
            if committed is None or committed > ends[place]:
                first = recent.get(place) if self._is_known else None
                committed = fresh[place] = first.offset if first else ends[place]
            begin = committed
            self._committed[number] = begin
            if self._picture and recent.get(place) is not None:
                begin = min(begin, recent[place].offset)
                self._behind[number], self._newest[number] = ends[place], {}
            self._consumer.seek(place, begin)
            self._outbox.own(number, begin)
        if fresh:
            await self._consumer.commit(fresh)
        self._settled.update(places)
        self._is_known = True

    async def _take(self, place: TopicPartition, records: Iterable[Any]) -> None:
        number = place.partition
        behind = self._behind.get(number, 0)
        dropped: list[tuple[Entry, str]] = []
        for record in records:
            alert = read_alert(record.value)
            if alert is None:
                self._outbox.skip(number, record.offset)
                continue
            replay = header(record.headers, REPLAY) is not None
            entry = Entry(alert, number, record.offset, record.timestamp / 1000, replay=replay)
            if record.offset < behind:
                newest = self._newest[number]
                newest.pop(alert.alert_id, None)
                newest[alert.alert_id] = entry
                if len(newest) > MOST_SHOWN:
                    del newest[next(iter(newest))]
                self._outbox.skip(number, record.offset)
            else:
                dropped += self._give(entry)
        if behind and await self._consumer.position(place) >= behind:
            dropped += self._caught_up(number)
        now_s = self._clock()
        name = self._channel.name
        await self._log.write(
            delivery(name, entry, "dropped", 0, reason, now_s) for entry, reason in dropped
        )
        self._news()

    def _caught_up(self, number: int) -> list[tuple[Entry, str]]:
        """A backlog was read: what is open makes the picture, and what was closed since the last
        run is taken off it."""
        del self._behind[number]
        dropped = []
        since = self._committed.get(number, 0)
        for entry in sorted(self._newest.pop(number).values(), key=lambda one: one.offset):
            if entry.alert.status != "closed" or entry.offset >= since:
                dropped += self._give(entry)
        return dropped

    def _give(self, entry: Entry) -> list[tuple[Entry, str]]:
        drop = self._outbox.take(entry, self._clock())
        return [(entry, drop.reason)] if drop is not None and drop.worth_logging else []
