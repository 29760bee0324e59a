"""What a rule's first half remembers of single devices, and how it forgets those that fall silent.

A phone is followed for as long as messages of it arrive; what is older than the rule's horizon
neither counts nor takes room.
"""

from typing import Final, Generic, Protocol, TypeVar

import msgspec

from detectors.features.memory.lru import is_full, newest

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
        if now_ms - self.swept_ms < _SWEEP_MS and not is_full(len(self.by_name)):
            return
        self.swept_ms = now_ms
        left = newest({who: memory.rx for who, memory in self.by_name.items()}, now_ms - horizon_ms)
        for who in [who for who in self.by_name if who not in left]:
            del self.by_name[who]
