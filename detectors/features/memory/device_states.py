"""What a rule's first half remembers of single devices, and how it forgets those that fall silent.

A phone is followed for as long as messages of it arrive; what is older than the rule's horizon
neither counts nor takes room.
"""

from typing import Final, Generic, Protocol, TypeVar

import msgspec

_SWEEP_MS: Final = 60_000


class Followed(Protocol):
    """The memory of one device; ``rx`` is when its last message arrived (ms)."""

    rx: int


Memory = TypeVar("Memory", bound=Followed)


class Devices(msgspec.Struct, Generic[Memory]):
    """Screening state of a partition: devices by name."""

    by_name: dict[str, Memory] = {}
    swept_ms: int = 0

    def known(self, who: str, rx: int, horizon_ms: int) -> Memory | None:
        """What is remembered of a device, if it sent a message within the horizon."""
        memory = self.by_name.get(who)
        return None if memory is None or rx - memory.rx > horizon_ms else memory

    def sweep(self, now_ms: int, horizon_ms: int) -> None:
        """Forgets devices beyond the horizon, at most once a minute of arrival time."""
        if now_ms - self.swept_ms < _SWEEP_MS:
            return
        self.swept_ms = now_ms
        gone = [who for who, memory in self.by_name.items() if now_ms - memory.rx > horizon_ms]
        for who in gone:
            del self.by_name[who]
