"""The truth of a trace: which transmitters were on the air, when, where, under which identities."""

import itertools
import math
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray
from pyproj import Geod

from detectors.model.codes import RATS
from detectors.model.columns import RegisterRows
from detectors.model.finding import CallKind

T = TypeVar("T")

GRACE_MS = 120_000
HONEST_WITHIN_M = 3000.0
WAY_STEP_M = 250.0
BOX_DEG = 0.03  # a little more than `HONEST_WITHIN_M`
#: Kinds of frauds that call. Texts alone have no calls to score.
FRAUDS = tuple(kind for kind in get_args(CallKind) if kind != "phishing")
#: Kinds of lines that are about calls; `docs/drawn-calls.md` has what they hold.
CALL_KINDS = frozenset((*FRAUDS, "victim", "look_alike"))
_EARTH = Geod(ellps="WGS84")


class EvaluationError(ValueError):
    """Truth, alerts or register that cannot be read; the text names file and line."""


class Claimed(Struct, frozen=True):
    """An identity as an alert or the truth names it; what is unknown is ``None``."""

    rat: str | None = None
    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int | None = None
    arfcn: int | None = None
    pci: int | None = None

    def agrees(self, other: "Claimed") -> bool:
        """Whether all fields that both know agree, the area being one of them.

        >>> Claimed(rat="gsm", area=7).agrees(Claimed(rat="gsm", mcc=460, area=7, cell=1))
        True
        >>> Claimed(cell=1).agrees(Claimed(area=7, cell=1))
        False
        """
        if self.area is None or other.area is None:
            return False
        pairs = ((getattr(self, f), getattr(other, f)) for f in self.__struct_fields__)
        return all(mine is None or its is None or mine == its for mine, its in pairs)


class Transmitter(Struct, frozen=True):
    """One line of `truth.jsonl` (docs/messages.md, a trace on disk); times in Unix milliseconds."""

    id: str
    rat: str
    kind: str
    identities: list[Claimed]
    active: Annotated[list[tuple[int, int]], Meta(min_length=1)]
    track: Annotated[list[tuple[int, float, float]], Meta(min_length=1)]
    first_return_ts: int | None = None
    honest: list[str | None] | None = None

    def __post_init__(self) -> None:
        if self.honest is not None and len(self.honest) != len(self.identities):
            raise ValueError("honest holds as many values as identities")
        if any(start > end for start, end in self.active):
            raise ValueError("active holds [from, to] with from not after to")

    @property
    def switched_on_ms(self) -> int:
        """The beginning of the first active span."""
        return min(start for start, _ in self.active)

    def active_at(self, ts_ms: int) -> bool:
        """Whether it is on the air, with two minutes of grace on either side."""
        return any(start - GRACE_MS <= ts_ms <= end + GRACE_MS for start, end in self.active)

    def place_at(self, ts_ms: int) -> tuple[float, float]:
        """Latitude and longitude: linear between track points, standing still beyond its ends."""
        track = np.array(sorted(self.track), dtype=np.float64)
        lon = np.unwrap(track[:, 2], period=360.0)
        here = float(np.interp(ts_ms, track[:, 0], lon))
        return float(np.interp(ts_ms, track[:, 0], track[:, 1])), (here + 180.0) % 360.0 - 180.0

    def honest_use(self, rows: RegisterRows | None) -> list[str | None]:
        """Beside each identity ``"cell"`` or ``"area"`` where honest cells use it near the track.

        The truth's own ``honest`` comes first, then the register; without either, nothing is known
        to be in honest service.
        """
        if self.honest is not None:
            return self.honest
        if rows is None:
            return [None] * len(self.identities)
        near = self._near(rows)
        return [_use(near, identity) for identity in self.identities]

    def _near(self, rows: RegisterRows) -> list[Claimed]:
        """Registered cells, valid while it was on the air, within 3 km of the track."""
        last_ms = max(end for _, end in self.active)
        # What is not bounded is NaN, which no comparison holds for.
        known = rows.take(
            ~((rows.valid_from_ms > last_ms) | (rows.valid_to_ms < self.switched_on_ms))
        )
        lat, lon = known.lat, known.lon
        closest = np.full(len(known), np.inf)
        for here in self._way():
            # A box in degrees first, since a register may list a million cells.
            north = np.abs(lat - here[0])
            east = np.abs((lon - here[1] + 180.0) % 360.0 - 180.0)
            box = np.flatnonzero((north < BOX_DEG) & (east * np.cos(np.radians(here[0])) < BOX_DEG))
            closest[box] = np.minimum(closest[box], distance_m(lat[box], lon[box], *here))
        near = known.take(closest <= HONEST_WITHIN_M)
        columns = (near.rat, near.mcc, near.mnc, near.area, near.cell)
        return [
            Claimed(RATS[rat - 1], *numbers)
            for rat, *numbers in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def _way(self) -> list[tuple[float, float]]:
        """Places along the track, at most some hundred metres apart."""
        points = sorted(self.track)
        places = [self.place_at(points[0][0])]
        for (from_ms, *start), (to_ms, *end) in itertools.pairwise(points):
            apart = float(distance_m(np.array(start[:1]), np.array(start[1:]), *end)[0])
            steps = max(1, math.ceil(apart / WAY_STEP_M))
            if apart > 0.0:
                times = (from_ms + (to_ms - from_ms) * step / steps for step in range(1, steps + 1))
                places += [self.place_at(round(time)) for time in times]
        return places


def distance_m(
    lat: NDArray[np.float64], lon: NDArray[np.float64], to_lat: float, to_lon: float
) -> NDArray[np.float64]:
    """Metres on the WGS84 ellipsoid from places to one place."""
    other_lat, other_lon = np.full(len(lat), to_lat), np.full(len(lat), to_lon)
    return np.asarray(_EARTH.inv(lon, lat, other_lon, other_lat)[2])


def read_truth(path: Path) -> list[Transmitter]:
    """The transmitters of a `truth.jsonl`, without the lines about calls.

    Raises `EvaluationError` with the line.
    """
    found = read_lines(path, Transmitter, "truth", CALL_KINDS)
    return [transmitter for _, transmitter in found]


def read_lines(
    path: Path, kind: type[T], what: str, others: frozenset[str] = frozenset()
) -> list[tuple[int, T]]:
    """Lines of a JSON-lines file as structs with their numbers; blank lines are passed over.

    So are lines whose ``kind`` is one of the ``others``.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise EvaluationError(f"{path}: the {what} cannot be read ({error.strerror}).") from error
    decoder = msgspec.json.Decoder(kind)
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or (others and _kind_of(line) in others):
            continue
        try:
            found.append((number, decoder.decode(line)))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise EvaluationError(
                f"{path}, line {number}: this is no line of {what}: {error}."
            ) from error
    return found


class _Kind(Struct):
    kind: str = ""


def _kind_of(line: bytes) -> str:
    """The kind of a line; empty where it can't be read."""
    try:
        return msgspec.json.decode(line, type=_Kind).kind
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _use(near: list[Claimed], identity: Claimed) -> str | None:
    """How honest cells near by use an identity."""
    area = Claimed(identity.rat, identity.mcc, identity.mnc, identity.area)
    same = [cell for cell in near if cell.agrees(area)]
    if not same:
        return None
    return "cell" if any(cell.cell == identity.cell for cell in same) else "area"
