"""Which identities are received in some place: alerts about them are that place's.

Some reports of a phone have no place. What they say of a transmitter meets in a zone of its own,
which would publish it once more, and once for each of its identities, since nothing there shows
that they are near each other. So that zone is told which identities the phones of other zones
receive, and leaves those to them that one zone's phones show better than its own do.
"""

from typing import Final
from zlib import crc32

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.finding import Finding, Identity
from detectors.register.identity_keys import area_key, cell_key

#: So many phones may be hostile. So many others have an alert of their own where they are.
_HOSTILE: Final = 3
_SURELY: Final = 13
#: A report counts for so long (ms): by event time, since those without a place may come later.
_OLD_MS: Final = 1_800_000
#: Identities that are remembered, zones of each, and phones of each of these.
_MOST: Final = 2048
_ZONES: Final = 4
_PHONES: Final = _HOSTILE + _SURELY


class PlacedIdentities(msgspec.Struct):
    """When (ms) which phones with a place received which identity: by key, zone and a digest of the
    phone."""

    received: dict[str, dict[str, dict[int, int]]] = {}

    def note(self, finding: Finding, zone: str, rx: int) -> None:
        """Takes in what a phone received in a zone; ``rx`` is the arrival time at which it counts
        (ms), after which no clock may be. Weak findings, which strays bring, show nothing."""
        claimed = finding.claimed
        if claimed is None or not finding.is_strong:
            return
        keys = [] if claimed.cell is None else [cell_key(claimed)]
        # Of an area that others have, too, nothing is known by one cell.
        if finding.values.get("grade") == "unknown_area":
            keys.append(area_key(claimed))
        who, ts = crc32(f"{finding.space}:{finding.who}".encode()), min(finding.ts, rx)
        for key in keys:
            zones = self.received.pop(key, {})
            phones = {one: at for one, at in zones.pop(zone, {}).items() if at > ts - _OLD_MS}
            newest = max(ts, phones.pop(who, ts))
            keep(phones, who, newest, _PHONES)
            keep(zones, zone, phones, _ZONES)
            keep(self.received, key, zones, _MOST)

    def has(self, claimed: Identity | None, phones: int, at_ms: int) -> bool:
        """Whether phones of one zone received an identity within half an hour before a time, or
        since, that are more than so many others, those left out that may be hostile; or so many
        that it must have an alert there."""
        if claimed is None or claimed.area is None:
            return False
        key = area_key(claimed) if claimed.cell is None else cell_key(claimed)
        enough = _HOSTILE + min(max(phones, 1), _SURELY)
        return any(
            sum(ts > at_ms - _OLD_MS for ts in known.values()) >= enough
            for known in self.received.get(key, {}).values()
        )
