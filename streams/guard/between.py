"""The guard of what travels between the stages, for the correlators that decode it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detectors.correlate.settings import IncidentSettings
from detectors.features.rule import AnyRule
from streams.decode.dead_letters import DeadItem, DeadLetter, dead_letter
from streams.decode.records import RecordSlice
from streams.guard.case import BetweenCase
from streams.guard.guard import Guard, Letters
from streams.guard.journal import Span
from streams.privacy.hasher import Hasher


@dataclass(slots=True)
class Examined:
    """What is about to be decoded: its spans, and by topic the offsets that nobody may decode."""

    spans: list[Span] = field(default_factory=list)
    condemned: set[tuple[str, int]] = field(default_factory=set)


class BetweenGuard:
    """``plain`` is the plain name of a topic on the cluster. ``letters`` writes dead letters and
    waits until that is done: nobody else will make them again."""

    def __init__(
        self,
        guard: Guard,
        rules: tuple[AnyRule, ...],
        incidents: IncidentSettings,
        hasher: Hasher,
        plain: Callable[[str], str],
        letters: Letters,
    ) -> None:
        self._guard, self._hasher, self._plain, self._letters = guard, hasher, plain, letters
        self._rules, self._incidents = rules, incidents

    async def examined(self, records: Sequence[Any], partition: int) -> Examined:
        """Records as aiokafka names their parts, of one partition number, in order."""
        by_name: dict[str, list[Any]] = {}
        for record in records:
            by_name.setdefault(record.topic, []).append(record)
        found = Examined()
        for name, some in by_name.items():
            topic = self._plain(name)
            found.spans.append(Span(topic, partition, some[0].offset, some[-1].offset))
            if self._guard.known.knows_of(topic, partition):
                tried = await self._guard.examined(
                    _slice(some, topic, partition), self._case, self._bury
                )
                found.condemned |= {(topic, offset) for offset in tried.condemned}
        return found

    @contextmanager
    def at_work(self, examined: Examined) -> Iterator[None]:
        """Notes that it is being decoded."""
        with ExitStack() as noted:
            for span in examined.spans:
                noted.enter_context(self._guard.noted(span))
            yield

    def _case(self, records: RecordSlice) -> BetweenCase:
        return BetweenCase(records, self._rules, self._incidents)

    async def _bury(self, records: RecordSlice) -> None:
        letters: list[DeadLetter] = []
        for place, offset in enumerate(records.offsets):
            if (fault := records.condemned.get(int(offset))) is not None:
                where = (records.topic, records.partition, int(offset))
                item = DeadItem(place, -1, int(records.rx_ms[place]), fault)
                letters.append(dead_letter(item, where, records.values[place], self._hasher))
        await self._letters(letters)


def _slice(records: Sequence[Any], topic: str, partition: int) -> RecordSlice:
    offsets, values = [one.offset for one in records], [one.value for one in records]
    written_ms = np.array([one.timestamp for one in records], dtype=np.int64)
    return RecordSlice(topic, partition, offsets, values, written_ms)
