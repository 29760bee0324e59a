"""The gate: how many connections there are, of whom, and until when each has to do something.

Those that wait (no request under way) give way to new ones when there is no more room: the oldest
of the address that is full, or else of the address that has most of them. So whoever holds
connections open without asking anything keeps nobody out. Where all are at work, a new one is
refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from streams.config.connections import ConnectionLimits
from streams.listening import address_key

#: So long (s) after a refusal health tells of it.
_TROUBLE_S: Final = 60.0


@dataclass(eq=False, slots=True)
class Held:
    """A connection that was taken. ``until_s`` is when it ends unless something comes."""

    address: str
    end: Callable[[], object]
    until_s: float | None = None
    #: When it ends unless what was sent to it is read.
    unread_until_s: float | None = None


@dataclass(slots=True)
class Counts:
    """What became of connections since the start."""

    refused: int = 0
    gave_way: int = 0
    timed_out: int = 0


@dataclass
class Gate:
    """At most ``most`` connections, and so many of an address as ``limits`` say, unless
    ``is_proxy`` says that the address is that of a trusted proxy. ``clock`` gives seconds,
    ``setting`` is where the limits are set."""

    limits: ConnectionLimits
    most: int
    clock: Callable[[], float]
    is_proxy: Callable[[str], bool] = lambda _address: False
    counts: Counts = field(default_factory=Counts)
    setting: str = "console.limits"
    #: All and those that wait, by address, the oldest first.
    _all: dict[str, dict[Held, None]] = field(default_factory=dict)
    _waiting: dict[str, dict[Held, None]] = field(default_factory=dict)
    _total: int = 0
    _full_s: float | None = None

    def admit(self, peer: str, end: Callable[[], object]) -> Held | None:
        """A new connection from the address ``peer``, which ``end`` ends; ``None`` when refused."""
        address = address_key(peer)
        here = len(self._all.get(address, ()))
        full = here >= self.limits.connections_per_address and not self.is_proxy(peer)
        if (full and not self._make_room(self._waiting.get(address, {}))) or (
            self._total >= self.most
            and not self._make_room(max(self._waiting.values(), key=len, default={}))
        ):
            self.refuse()
            return None
        held = Held(address, end)
        self._all.setdefault(address, {})[held] = None
        self._total += 1
        self.waits(held, self.limits.header_s)
        return held

    def refuse(self) -> None:
        """Counts a connection that can't be taken."""
        self.counts.refused += 1
        self._full_s = self.clock()

    def waits(self, held: Held, for_s: float) -> None:
        """It has no request under way, and is ended in ``for_s`` unless one comes."""
        held.until_s = self.clock() + for_s
        if held in self._all.get(held.address, ()):
            self._waiting.setdefault(held.address, {})[held] = None

    def works(self, held: Held, for_s: float | None) -> None:
        """A request is under way, and has to be whole in ``for_s``; ``None`` when it is."""
        held.until_s = None if for_s is None else self.clock() + for_s
        _drop(self._waiting, held)

    def leave(self, held: Held) -> None:
        """The connection has ended; more than once does nothing more."""
        if _drop(self._all, held):
            self._total -= 1
        _drop(self._waiting, held)

    def all(self) -> list[Held]:
        """All that are open."""
        return [held for of_address in self._all.values() for held in of_address]

    def sweep(self) -> None:
        """Ends what has done nothing in its time."""
        now = self.clock()
        for held in [held for held in self.all() if _late(held, now)]:
            self.counts.timed_out += 1
            self._end(held)

    def shown(self) -> dict[str, int]:
        """How it stands, for health."""
        return {
            "connections": self._total,
            "most": self.most,
            "refused": self.counts.refused,
            "gave_way": self.counts.gave_way,
            "timed_out": self.counts.timed_out,
        }

    def trouble(self) -> str | None:
        """A sentence when connections were refused or had to give way lately."""
        if self._full_s is None or self.clock() - self._full_s > _TROUBLE_S:
            return None
        return (
            f"too many connections: {self._total} of at most {self.most} are open;"
            f" some were refused or closed ({self.setting})"
        )

    def _make_room(self, waiting: dict[Held, None]) -> bool:
        """Ends the oldest of them; False where there is none."""
        for held in waiting:
            self.counts.gave_way += 1
            self._full_s = self.clock()
            self._end(held)
            return True
        return False

    def _end(self, held: Held) -> None:
        # Its place is free at once; that its socket is closed comes with the next turn of the loop.
        self.leave(held)
        held.end()


def _late(held: Held, now: float) -> bool:
    return any(until is not None and until <= now for until in (held.until_s, held.unread_until_s))


def _drop(among: dict[str, dict[Held, None]], held: Held) -> bool:
    """Takes it out; False where it wasn't in."""
    of_address = among.get(held.address, {})
    if held not in of_address:
        return False
    del of_address[held]
    if not of_address:
        del among[held.address]
    return True
