"""Which identities are received in some place: alerts about them are that place's.

Some reports of a phone have no place. What they say of a transmitter meets in a zone of its own,
which would publish it once more, and once for each of its identities, since nothing there shows
that they are near each other. So that zone is told which identities other zones' phones receive.
"""

from typing import Final

import msgspec

from detectors.features.memory.lru import keep
from detectors.model.finding import Finding, Identity
from detectors.register.identity_keys import area_key, cell_key

#: One phone more than may be hostile shows that an identity has a place, for so long (ms).
_ENOUGH: Final = 4
_OLD_MS: Final = 1_800_000
#: Identities that are remembered, and phones of each.
_MOST: Final = 4096
_PHONES: Final = 8


class PlacedIdentities(msgspec.Struct):
    """When (arrival, ms) which phones with a place reported which identity, by key and phone."""

    received: dict[str, dict[str, int]] = {}

    def note(self, finding: Finding) -> None:
        """Takes in what a phone with a place received."""
        claimed = finding.claimed
        if claimed is None:
            return
        keys = [] if claimed.cell is None else [cell_key(claimed)]
        # Of an area that others have, too, nothing is known by one cell.
        if finding.values.get("grade") == "unknown_area":
            keys.append(area_key(claimed))
        who, since_ms = f"{finding.space}:{finding.who}", finding.rx_ts - _OLD_MS
        for key in keys:
            known = {one: rx for one, rx in self.received.pop(key, {}).items() if rx > since_ms}
            known.pop(who, None)
            keep(known, who, finding.rx_ts, _PHONES)
            keep(self.received, key, known, _MOST)

    def has(self, claimed: Identity | None, now_ms: int) -> bool:
        """Whether enough phones with a place received an identity lately."""
        if claimed is None or claimed.area is None:
            return False
        known = self.received.get(
            area_key(claimed) if claimed.cell is None else cell_key(claimed), {}
        )
        return sum(rx > now_ms - _OLD_MS for rx in known.values()) >= _ENOUGH
