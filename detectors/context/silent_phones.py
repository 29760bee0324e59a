"""Where phones were that a transmitter could have taken and didn't: memory of the census.

Only windows count in which the transmitter was on the air (phones reported it), only networks that
it claims, on the technologies that it takes phones from. Far from all suspicion little is kept: the
newest windows, so that there is something to begin with.
"""

from base64 import b64decode
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.context.census import ROW, SQUARES_A_DEG, SQUARES_A_TILE, TURNS
from detectors.features.rows.window_tiles import WINDOW_MS, middle_of, steps_of
from detectors.incident.incident import Incident
from detectors.model.finding import Observation
from geo.earth.sphere import great_circle_m
from geo.reports.reports import Silent

AnyArray: TypeAlias = NDArray[Any]

#: How long windows are kept near what is suspected, and elsewhere (ms).
_KEPT_MS, _KEPT_ELSEWHERE_MS = 600_000, TURNS * WINDOW_MS
#: Near: a tile's middle within this of a suspected transmitter (m).
_NEAR_M: Final = 14_000.0
#: Silent phones farther from it show nothing (m).
_REACH_M: Final = 5_000.0
#: Measuring and reporting take so long (ms).
_SLACK_MS: Final = 30_000
#: What partitions counted, to be added up by window, square and network.
_COUNTED: Final = np.dtype(
    [("ms", "i8"), ("y", "i8"), ("x", "i8"), ("net", "U16"), ("phones", "f8"), ("dbm", "f8")]
)
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
            b64decode(str(observation.values["sums"])),
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
        networks = _takes(incident)
        if incident.middle is None or not networks or not self.tiles:
            return None
        on_air = sorted(report.ts for report in incident.reports)
        found: list[AnyArray] = []
        for tile, blocks in self.tiles.items():
            if great_circle_m(*incident.middle, *middle_of(tile)) > _NEAR_M:
                continue
            for block in blocks:
                if block.summed and _overlaps(on_air, block.from_ms):
                    found.append(_counted(tile, block, networks))
        if not sum(map(len, found)):
            return None
        rows = np.concatenate(found)
        squares, back = np.unique(rows[["ms", "y", "x", "net"]], return_inverse=True)
        phones = np.maximum(np.bincount(back, weights=rows["phones"]), 1.0)
        level = np.rint(np.bincount(back, weights=rows["dbm"]) / phones)
        return Silent(
            (squares["y"] + 0.5) / SQUARES_A_DEG - 90.0,
            (squares["x"] + 0.5) / SQUARES_A_DEG - 180.0,
            np.ones(len(squares)),
            level,
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


def _counted(tile: int, block: Block, networks: set[str]) -> AnyArray:
    """The rows of a block that are of ``networks``, each with its window and square."""
    names = _split(block)
    rows = np.frombuffer(block.rows, dtype=ROW)
    rows = rows[np.array([name in networks for name in names])[rows["net"]]]
    south, west = steps_of(tile)
    found = np.empty(len(rows), dtype=_COUNTED)
    found["ms"] = block.from_ms
    found["y"], found["x"] = rows["y"], rows["x"]
    found["y"] += south * SQUARES_A_TILE
    found["x"] += west * SQUARES_A_TILE
    found["net"] = np.array(names)[rows["net"]]
    found["phones"], found["dbm"] = rows["phones"], rows["dbm"]
    return found


def _split(block: Block) -> list[str]:
    return block.networks.split(",")
