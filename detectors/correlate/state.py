"""All that a correlator knows, as plain data that can be stored and restored, in parts too."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from detectors.context.known_honest import KnownHonest
from detectors.correlate.arrival_queue import Item, Later, count_of, unpack_all
from detectors.correlate.levels import waiting_rows
from detectors.correlate.levels.waiting_levels import WaitingLevels
from detectors.correlate.samples.waiting_samples import WaitingSamples
from detectors.correlate.zone import ZoneState
from detectors.profile.profile import ZoneProfile


class CorrelatorState(msgspec.Struct):
    """All that a correlator knows. ``watermarks``, ``ended``, ``taken`` (of the last record taken
    offset, index and part) and ``taken_of`` (its rule) are keyed ``stream/topic/partition``.

    ``waiting`` is put in order when it is worked off, the first to be worked off last; of many that
    wait those that come last are packed, in ``later``.
    ``levels`` wait too, which travelled together, and ``samples``, reports that rules have drawn.
    ``waiting_zones`` are what a profile holds of zones from which nothing came yet.
    """

    clock_ms: int = 0
    waiting: list[Item] = []
    watermarks: dict[str, int] = {}
    ended: dict[str, bool] = {}
    taken: dict[str, tuple[int, int, int]] = {}
    taken_of: dict[str, str] = {}
    zones: dict[str, ZoneState] = {}
    known: KnownHonest = msgspec.field(default_factory=KnownHonest)
    waiting_zones: dict[str, ZoneProfile] = {}
    late: int = 0
    repeated: int = 0
    later: list[Later] = []
    levels: list[WaitingLevels] = []
    samples: list[WaitingSamples] = []

    @property
    def waits(self) -> int:
        """How many findings and observations wait."""
        in_columns = waiting_rows.count_of([*self.levels, *self.samples])
        return count_of(self.waiting, self.later) + in_columns

    def unpack(self) -> None:
        """Puts all that is packed among what waits."""
        unpack_all(self.waiting, self.later)


def behind(state: CorrelatorState, until_ms: int) -> CorrelatorState:
    """One that knows what was taken and promised, and what is honest, but nothing of zones; what
    arrived before ``until_ms`` is left out."""
    state.unpack()
    waiting = [item for item in state.waiting if item.rx >= until_ms]
    changed = {
        "clock_ms": max(state.clock_ms, until_ms),
        "waiting": waiting,
        "levels": waiting_rows.forget_before(state.levels, until_ms),
        "samples": waiting_rows.forget_before(state.samples, until_ms),
        "zones": {},
    }
    return msgspec.structs.replace(state, **changed)


#: Parts: what waits, the rest, and behind this each zone.
_WAITING: Final = "waiting"
_REST: Final = "rest"
_ZONE: Final = "zone/"


def parts_of(state: CorrelatorState) -> dict[str, bytes]:
    """A state in parts, those of its zones in their order."""
    return dict([*parts_of_all(state), *(zone_part(state, name) for name in state.zones)])


def parts_of_all(state: CorrelatorState) -> Iterator[tuple[str, bytes]]:
    """The parts that are of no single zone."""
    rest = msgspec.structs.replace(state, waiting=[], zones={})
    yield _REST, msgspec.msgpack.encode(rest)
    yield _WAITING, msgspec.msgpack.encode(state.waiting)


def zone_part(state: CorrelatorState, name: str) -> tuple[str, bytes]:
    """The part of a zone."""
    return f"{_ZONE}{name}", msgspec.msgpack.encode(state.zones[name])


def state_of(parts: Mapping[str, bytes]) -> CorrelatorState:
    """The state of which these are the parts.

    Raises ValueError where one is missing or unknown, `msgspec.ValidationError` for another layout.
    """
    if missing := {_REST, _WAITING} - parts.keys():
        raise ValueError(f"there is no part {', '.join(sorted(missing))}")
    state = msgspec.msgpack.decode(parts[_REST], type=CorrelatorState)
    state.waiting = msgspec.msgpack.decode(parts[_WAITING], type=list[Item])
    for name, part in parts.items():
        if name.startswith(_ZONE):
            zone = name.removeprefix(_ZONE)
            state.zones[zone] = msgspec.msgpack.decode(part, type=ZoneState)
        elif name not in (_REST, _WAITING):
            raise ValueError(f"the part {name} is unknown")
    return state
