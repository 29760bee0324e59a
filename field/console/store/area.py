"""Asks the store where the operator's cells are: the area to look at first."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from field.basemap.examined import Examined
from field.console.store import Store
from field.console.store.queries.query import Box
from field.console.store.tables import CELLS

#: Rows that are wrong lie anywhere: so many of a hundred at each end of an axis don't count.
_LEFT_OUT: Final = 2
#: Fewer are all looked at.
_FEW: Final = 50
#: The area is asked for anew after so long, and where there was none.
_KEPT_S: Final = 600.0
_AGAIN_S: Final = 10.0


def register_area(connection: Connection) -> Box | None:
    """West, south, east and north of nearly all of the register's cells; ``None`` without any."""
    count = _count(connection)
    if not count:
        return None
    left_out = 0 if count < _FEW else count * _LEFT_OUT // 100
    lon, lat = CELLS.c.lon, CELLS.c.lat
    west, east = (_nth(connection, lon, at) for at in (left_out, count - 1 - left_out))
    south, north = (_nth(connection, lat, at) for at in (left_out, count - 1 - left_out))
    return Box(west, south, east, north)


class Home:
    """What a map looks at first, by the settings, else by the register, which is asked now and
    then: sorting a nation's cells takes a second."""

    def __init__(self, box: Sequence[float], clock: Callable[[], float]) -> None:
        self._set, self._clock = tuple(box), clock
        self._known: Box | None = None
        self._until_s = -inf

    def look(self, store: Store) -> dict[str, Any]:
        """``box`` and what it is ``of``; both ``None`` where it isn't known."""
        if self._set:
            return {"box": self._set, "of": "settings"}
        if self._clock() >= self._until_s:
            self._known = store.read(register_area)
            self._until_s = self._clock() + (_AGAIN_S if self._known is None else _KEPT_S)
        return {"box": self._known, "of": None if self._known is None else "register"}


def share_in(connection: Connection, box: Box) -> float | None:
    """The share of the register's cells that lie in a box; ``None`` without any."""
    c = CELLS.c
    inside = and_(c.lat.between(box.south, box.north), c.lon.between(box.west, box.east))
    found = connection.execute(select(func.count()).select_from(CELLS).where(inside)).scalar_one()
    count = _count(connection)
    return int(found) / count if count else None


def share_drawn(connection: Connection, looked: Examined) -> float | None:
    """The share of the register's cells that lie in a base map; ``None`` where nobody knows."""
    return None if looked.archive is None else share_in(connection, Box(*looked.archive.box))


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(CELLS)).scalar_one())


def _nth(connection: Connection, column: Any, nth: int) -> float:
    found = connection.execute(select(column).order_by(column).offset(nth).limit(1))
    return float(found.scalar_one())
