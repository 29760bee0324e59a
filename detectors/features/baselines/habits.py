"""What places usually have of odd messages, as it is kept beyond a correlator's own state."""

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import MOST_TILES, Clusters
from detectors.features.baselines.tiles import Tile, roll

_MOST_WINDOWS: Final = 48
#: Far more than a tile can have subscribers in a window: beyond it a number can only be a slip.
_MOST_USUAL: Final = 1e6

TileName: TypeAlias = Annotated[str, Meta(max_length=200)]


class Habit(msgspec.Struct, frozen=True, array_like=True):
    """The ``usual`` count of odd messages a window in a tile, learned from so many ``windows``."""

    tile: TileName
    usual: Annotated[float, Meta(ge=0.0, le=_MOST_USUAL)]
    windows: Annotated[int, Meta(ge=0, le=_MOST_WINDOWS)]


class Habits(msgspec.Struct, frozen=True):
    """The habits of a zone's tiles, that unseen for longest first."""

    tiles: Annotated[tuple[Habit, ...], Meta(max_length=MOST_TILES)] = ()


def learned_habits(clusters: Clusters) -> Habits:
    """The habits that a zone has learned up to its newest window."""
    habits = []
    for name, tile in clusters.tiles.items():
        present = msgspec.structs.replace(tile)
        roll(present, clusters.zone.window)
        if present.windows:
            habits.append(Habit(name, round(present.usual, 4), present.windows))
    return Habits(tuple(habits))


def take_up_habits(clusters: Clusters, habits: Habits, now_ms: int, outlook: Outlook) -> None:
    """Puts habits into a fresh state; windows between then and ``now_ms`` teach nothing."""
    window = now_ms // outlook.window_ms
    clusters.zone.window = window
    for habit in habits.tiles:
        clusters.tiles[habit.tile] = Tile(window, usual=habit.usual, windows=habit.windows)
