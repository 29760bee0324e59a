"""Spoils messages and has them read, one by one: what was lost, what broke, what was dear."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.measuring.fuzz.messages import Message, valid_messages
from benchmarks.measuring.fuzz.mutations import Chance, spoilt
from benchmarks.measuring.fuzz.readers import Account, Reader, readers
from benchmarks.measuring.fuzz.wire import BATCH, Clients, valid_batches
from streams.decode.records import ARROW

#: Reading a dear record is repeated, and the least counts: the first may have paid for others.
_AGAIN: Final = 3
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_CLEAR_PEAK: Final = "5"
_OF_MANY: Final = 100
#: Readers whose accounts are of messages, not of records.
_BY_MESSAGE: Final = ("Worker", "RegisterFeed")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of reading one record: processor time of all threads (ms), and by how much the process was
    larger meanwhile than before (MiB)."""

    cpu_ms: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that no reader may meet: one that raised, or one of which nothing is known."""

    number: int
    reader: str
    message: Message
    what: str


@dataclass(slots=True)
class Outcome:
    """What a run came to; accounts by reader and topic."""

    messages: int = 0
    accounts: dict[tuple[str, str], Account] = field(
        default_factory=lambda: defaultdict[tuple[str, str], Account](Counter)
    )
    failures: list[Failure] = field(default_factory=list)
    dearest: dict[tuple[str, str], tuple[Cost, int, int]] = field(default_factory=dict)
    beyond: list[tuple[Cost, str, int, Message]] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


class Fuzzer:
    """Reads spoilt messages; ``folder`` is for the console's store.

    With ``bounds`` (ms, MiB), records that cost more are kept with what they cost. ``who`` reads
    them, by default all there are.
    """

    def __init__(
        self,
        folder: Path,
        bounds: tuple[float, float] | None = None,
        who: Sequence[Reader] | None = None,
    ) -> None:
        self._valid = _all_valid()
        self._by_topic: dict[str, list[Message]] = defaultdict(list)
        for message in self._valid:
            self._by_topic[message.topic].append(message)
        self._readers = who or [*readers(folder), Clients()]
        self._bounds = bounds
        self._offset = 0
        self.outcome = Outcome()

    def spoilt(self, chance: Chance) -> Message:
        """Some message of some topic with something wrong with it."""
        topic = chance.choice(sorted(self._by_topic))
        return spoilt(chance.choice(self._by_topic[topic]), self._valid, chance)

    def valid(self) -> Iterator[Message]:
        """All messages as they are before anything is done to them."""
        return iter(self._valid)

    def read(self, message: Message) -> list[Failure]:
        """Has it read by all who read its topic; what failed."""
        number = self.outcome.messages
        self.outcome.messages += 1
        self._offset += 1
        failures = [
            failure
            for reader in self._readers
            if message.topic in reader.topics
            for failure in self._read_by(reader, message, number)
        ]
        self.outcome.failures += failures
        return failures

    def _read_by(self, reader: Reader, message: Message, number: int) -> Iterator[Failure]:
        name = type(reader).__name__
        try:
            account, cost = self._measured(reader, message)
        except Exception as error:  # Whatever it is, no record may bring it about.
            yield Failure(number, name, message, f"{type(error).__name__}: {error}"[:300])
            return
        key = name, message.topic
        self.outcome.accounts[key].update(account)
        if wrong := _wrong(account, name, message):
            yield Failure(number, name, message, wrong)
        if cost is not None:
            self._note(reader, account, cost, number, message)

    def _measured(self, reader: Reader, message: Message) -> tuple[Account, Cost | None]:
        if self._bounds is None:
            return reader.read(message, self._offset), None
        account, cost = _cost_of(reader, message, self._offset)
        if self._is_beyond(reader, account, cost):
            others = [_cost_of(reader, message, self._offset)[1] for _ in range(_AGAIN)]
            cost = Cost(
                min(each.cpu_ms for each in (cost, *others)),
                min(each.peak_mib for each in (cost, *others)),
            )
        return account, cost

    def _is_beyond(self, reader: Reader, account: Account, cost: Cost) -> bool:
        """A record of many messages may take longer: half a millisecond for each beyond 100. And
        so may a reader that makes several things of a message, as several processes do it."""
        if self._bounds is None:
            return False
        share = max(1.0, sum(account.values()) / _OF_MANY) * reader.forms
        return cost.cpu_ms > self._bounds[0] * share or cost.peak_mib > self._bounds[1]

    def _note(
        self, reader: Reader, account: Account, cost: Cost, number: int, message: Message
    ) -> None:
        key = type(reader).__name__, message.topic
        outcome, size = self.outcome, len(message.value or b"")
        outcome.cpu_ms.append(cost.cpu_ms)
        most = outcome.dearest.get(key, (cost, number, size))
        outcome.dearest[key] = (
            Cost(max(most[0].cpu_ms, cost.cpu_ms), max(most[0].peak_mib, cost.peak_mib)),
            *((number, size) if cost.cpu_ms >= most[0].cpu_ms else most[1:]),
        )
        if self._is_beyond(reader, account, cost):
            outcome.beyond.append((cost, key[0], number, message))


def chances(seed: int, begin: int, end: int) -> Iterator[Random]:
    """A chance of its own for each message of a run, so that any can be made again alone."""
    for number in range(begin, end):
        yield Random(f"{seed} {number}")


def holds_nothing(message: Message) -> bool:
    """Whether a record may come to nothing: an empty array, or Arrow without rows.

    >>> holds_nothing(Message("fbs.alerts", b" [ ] ")), holds_nothing(Message("fbs.alerts", b"{}"))
    (True, False)
    """
    value = message.value
    if value is None:
        return False
    if message.topic == BATCH:
        return True
    if b"".join(value.split()) == b"[]":
        return True
    return is_arrow(message) and len(value) > 8


def is_arrow(message: Message) -> bool:
    """Whether a record says of itself that it is Arrow."""
    types = (value or b"" for name, value in message.headers if name == "content-type")
    return any(value.startswith(ARROW.encode()) for value in types)


@cache
def _all_valid() -> list[Message]:
    return [*valid_messages(), *valid_batches()]


def _wrong(account: Account, reader: str, message: Message) -> str | None:
    """What is wrong with the account of a record, if anything."""
    if any(count < 0 for count in account.values()):
        return f"the account is wrong: {dict(account)}"
    if not sum(account.values()):
        return None if holds_nothing(message) else "nothing is known of it"
    due = messages_in(message) if reader in _BY_MESSAGE else None
    # A record that is wrong as a whole, or in too many places, has one letter for all.
    if due is None or due > _OF_MANY or (account["dead"], account["used"]) == (1, 0):
        return None
    known = account["dead"] + account["used"]
    return None if known == due else f"{due} messages, {known} accounted for"


def messages_in(message: Message) -> int | None:
    """How many messages a record holds; ``None`` where that can't be said.

    >>> messages_in(Message("sms.metadata", b"[{}, 1]")), messages_in(Message("sms.metadata", b"["))
    (2, None)
    """
    if is_arrow(message):
        return None
    try:
        content = json.loads(message.value or b"")
    except (ValueError, RecursionError):
        return None
    return len(content) if isinstance(content, list) else 1


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share of them lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def _cost_of(reader: Reader, message: Message, offset: int) -> tuple[Account, Cost]:
    _CLEAR.write_text(_CLEAR_PEAK)
    before_kib = _kib("VmRSS")
    begun = time.process_time()
    account = reader.read(message, offset)
    cpu_ms = (time.process_time() - begun) * 1000.0
    return account, Cost(cpu_ms, max(0.0, (_kib("VmHWM") - before_kib) / 1024.0))


def _kib(name: str) -> int:
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
