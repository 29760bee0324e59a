"""Which identities phones report on each channel and code of a zone, where, and since when."""

import msgspec

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import Identity, Observation
from geo.earth.sphere import great_circle_m

#: Channels with codes that a zone remembers, identities on each, and devices of each.
_CODES = 2048
_SIGHTS = 8
_DEVICES = 8
#: Bits of a cell number that tell the cells of one node apart: TS 36.413 9.2.1.37 (macro eNodeB);
#: of a gNB at most (TS 38.413 9.3.1.6, 22 bits of 36 are the node's).
_CELL_BITS = {"lte": 8, "nr": 14}


class Sight(msgspec.Struct):
    """One identity on a channel and code at a place; event times in ms.

    ``network`` is its PLMN, ``node`` its eNodeB or gNB (elsewhere the cell itself). ``waiting``
    keeps the newest report of each device until the identity is known to contradict another.
    """

    identity: str
    network: str
    node: str
    listed: bool
    lat: float
    lon: float
    first_ms: int
    last_ms: int
    who: dict[str, int] = {}
    waiting: list[Observation] = []


class Channels(Due):
    """State of one zone: sights by RAT, channel and code, the least recently used first."""

    codes: dict[str, list[Sight]] = msgspec.field(default_factory=dict)

    def sights_about(self, observation: Observation, window_ms: int, near_m: float) -> list[Sight]:
        """Takes a report in. All identities on its channel and code near by, its own first; none
        where the report has no place."""
        claimed, place = observation.claimed, observation.place
        if claimed is None or place is None:
            return []
        key = f"{claimed.rat}|{claimed.arfcn}|{claimed.pci}"
        oldest_ms = observation.ts - window_ms
        sights = [sight for sight in self.codes.pop(key, []) if sight.last_ms >= oldest_ms]
        near = [s for s in sights if great_circle_m(s.lat, s.lon, place.lat, place.lon) <= near_m]
        identity = _text(claimed)
        own = next((sight for sight in near if sight.identity == identity), None)
        if own is None:
            own = _begun(claimed, observation)
            sights = [*sights, own][-_SIGHTS:]
        keep(self.codes, key, sights, _CODES)
        own.first_ms = min(own.first_ms, observation.ts)
        own.last_ms = max(own.last_ms, observation.ts)
        own.who.pop(observation.who, None)
        keep(own.who, observation.who, observation.ts, _DEVICES)
        own.waiting = [other for other in own.waiting if other.who != observation.who]
        own.waiting = [*own.waiting, observation][-_DEVICES:]
        return [own, *(sight for sight in near if sight is not own)]


def _begun(claimed: Identity, observation: Observation) -> Sight:
    assert observation.place is not None
    network = f"{claimed.mcc}-{claimed.mnc:02d}"
    bits = _CELL_BITS.get(claimed.rat or "", 0)
    return Sight(
        identity=_text(claimed),
        network=network,
        node=f"{network}-{(claimed.cell or 0) >> bits}" if bits else _text(claimed),
        listed=observation.kind == "listed",
        lat=observation.place.lat,
        lon=observation.place.lon,
        first_ms=observation.ts,
        last_ms=observation.ts,
    )


def _text(claimed: Identity) -> str:
    return f"{claimed.mcc}-{claimed.mnc:02d}-{claimed.area}-{claimed.cell}"
