"""Where phones were that a transmitter could have taken and didn't: memory of the census.

Only windows count in which the transmitter was on the air (phones reported it), only networks that
it claims, on the technologies that it takes phones from. Far from all suspicion little is kept: the
newest windows, so that there is something to begin with.
"""

from typing import Final

import msgspec
import numpy as np
from pybase64 import b64decode

from detectors.context.census import ROW, SQUARES_A_DEG, SQUARES_A_TILE, TURNS
from detectors.features.rows.window_tiles import WINDOW_MS, middle_of, steps_of
from detectors.incident.incident import Incident
from detectors.model.columns import I8
from detectors.model.finding import Observation
from geo.earth.sphere import great_circle_m
from geo.reports.reports import Silent

#: How long windows are kept near what is suspected, and elsewhere (ms).
_KEPT_MS, _KEPT_ELSEWHERE_MS = 600_000, TURNS * WINDOW_MS
#: Near: a tile's middle within this of a suspected transmitter (m).
_NEAR_M: Final = 14_000.0
#: Silent phones farther from it show nothing (m).
_REACH_M: Final = 5_000.0
#: Measuring and reporting take so long (ms).
_SLACK_MS: Final = 30_000
#: So many squares lie beside each other, and above each other.
_WIDE: Final = 360 * SQUARES_A_DEG + 1
_HIGH: Final = 180 * SQUARES_A_DEG + 1
#: Chance that a phone within reach would have been taken: some are busy, some have been taken
#: before without a report of it, and a transmitter needs its time for each.
_TAKEN_SHARE: Final = 0.3


class Block(msgspec.Struct, array_like=True):
    """What one source partition counted of a tile in one window: rows of `census.ROW`, but where
    it isn't ``summed``: it is out of a state of an earlier release then, and counts for nothing."""

    from_ms: int
    networks: str
    rows: bytes
    summed: bool = False


class Crowd(msgspec.Struct):
    """Blocks by tile, each tile's in order of arrival."""

    tiles: dict[int, list[Block]] = {}
    newest_ms: int = 0

    def observe(self, observation: Observation, suspected: list[tuple[float, float]]) -> None:
        """Takes an observation in; ``suspected`` are the places (degrees) of suspected
        transmitters."""
        if observation.ts < self.newest_ms - _KEPT_MS:
            return
        if "sums" not in observation.values:  # Of a worker of an earlier release.
            return
        tile, rows = (
            int(observation.values["tile"] or 0),
            b64decode(str(observation.values["sums"]), validate=True),
        )
        block = Block(observation.ts, str(observation.values["networks"]), rows, True)
        self.tiles.setdefault(tile, []).append(block)
        if observation.ts > self.newest_ms:
            self.newest_ms = observation.ts
            self._forget(suspected)

    def silent(self, incident: Incident) -> Silent | None:
        """Phones of claimed networks near an incident while it was on the air, if any.

        A square of one window and network counts once, whatever partitions its phones were in.
        """
        networks = {name: at for at, name in enumerate(sorted(_takes(incident)))}
        if incident.middle is None or not networks or not self.tiles:
            return None
        on_air = sorted(report.ts for report in incident.reports)
        found: list[I8] = []
        for tile, blocks in self.tiles.items():
            if great_circle_m(*incident.middle, *middle_of(tile)) > _NEAR_M:
                continue
            for block in blocks:
                if block.summed and _overlaps(on_air, block.from_ms):
                    found.append(_counted(tile, block, networks))
        if not sum(each.shape[1] for each in found):
            return None
        window, y, x, network, phones, dbm = np.concatenate(found, axis=1)
        key = (((window - window.min()) * _HIGH + y) * _WIDE + x) * len(networks) + network
        _, first, back = np.unique(key, return_index=True, return_inverse=True)
        level = np.bincount(back, weights=dbm) / np.maximum(np.bincount(back, weights=phones), 1.0)
        return Silent(
            (y[first] + 0.5) / SQUARES_A_DEG - 90.0,
            (x[first] + 0.5) / SQUARES_A_DEG - 180.0,
            np.ones(len(first)),
            np.rint(level),
            _TAKEN_SHARE,
        )

    def _forget(self, suspected: list[tuple[float, float]]) -> None:
        for tile in list(self.tiles):
            middle = middle_of(tile)
            near = any(great_circle_m(*middle, *place) <= _NEAR_M for place in suspected)
            since = self.newest_ms - (_KEPT_MS if near else _KEPT_ELSEWHERE_MS)
            self.tiles[tile] = [block for block in self.tiles[tile] if block.from_ms >= since]
            if not self.tiles[tile]:
                del self.tiles[tile]


def _takes(incident: Incident) -> set[str]:
    """Networks (``rat-mcc-mnc``) from which the transmitter takes phones."""
    claims = [c for c in incident.identities() if c.mcc is not None and c.mnc is not None]
    plmns = {(claimed.mcc, claimed.mnc) for claimed in claims}
    rats = {claimed.rat for claimed in claims if claimed.rat is not None}
    return {f"{rat}-{mcc}-{mnc}" for rat in rats for mcc, mnc in plmns}


def _overlaps(on_air_ms: list[int], from_ms: int) -> bool:
    """Whether anything was reported about a window, give or take the slack; times in order."""
    at = np.searchsorted(on_air_ms, from_ms - _SLACK_MS)
    return bool(at < len(on_air_ms) and on_air_ms[at] <= from_ms + WINDOW_MS + _SLACK_MS)


def _counted(tile: int, block: Block, networks: dict[str, int]) -> I8:
    """The rows of a block that are of ``networks``: window, square (north, east), number of the
    network, phones, and the sum of their levels (dBm), a line each."""
    numbers = np.array([networks.get(name, -1) for name in _split(block)])
    rows = np.frombuffer(block.rows, dtype=ROW)
    rows = rows[numbers[rows["net"]] >= 0]
    south, west = steps_of(tile)
    found = np.empty((6, len(rows)), dtype=np.int64)
    found[0] = block.from_ms // WINDOW_MS
    found[1:3] = rows["y"], rows["x"]
    found[1:3] += [[south * SQUARES_A_TILE], [west * SQUARES_A_TILE]]
    found[3:] = numbers[rows["net"]], rows["phones"], rows["dbm"]
    return found


def _split(block: Block) -> list[str]:
    return block.networks.split(",")
