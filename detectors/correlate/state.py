"""All that a correlator knows, as plain data that can be stored and restored."""

import msgspec

from detectors.context.known_honest import KnownHonest
from detectors.correlate.arrival_queue import Item
from detectors.correlate.zone import ZoneState
from detectors.profile.profile import ZoneProfile


class CorrelatorState(msgspec.Struct):
    """All that a correlator knows. ``watermarks``, ``ended`` and ``taken`` (the last record taken)
    are keyed ``stream/topic/partition``.

    ``waiting`` is put in order when it is worked off, the first to be worked off last.
    ``waiting_zones`` are what a profile holds of zones from which nothing came yet.
    """

    clock_ms: int = 0
    waiting: list[Item] = []
    watermarks: dict[str, int] = {}
    ended: dict[str, bool] = {}
    taken: dict[str, tuple[int, int, int]] = {}
    zones: dict[str, ZoneState] = {}
    known: KnownHonest = msgspec.field(default_factory=KnownHonest)
    waiting_zones: dict[str, ZoneProfile] = {}
    late: int = 0
    repeated: int = 0
