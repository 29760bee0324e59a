"""Three of cellhound's rules as one would write them in another framework: a report at a time.

`unknown_cell`, `impossible_distance` and `impossible_network`, for messages of
`cell.measurements`: what they find, and the excuses that need no more than the register and the
phone's report before (half an update, a modem that shows its last cell, a position that jumped).
Left out is what only a register with other networks, indoor cells or estimated sites brings up
(shared sites, femtocells, foreign networks, levels too strong for the distance). So it finds what
cellhound's three find in a city of one operator, for less work. A step is `(memory, report) ->
(memory, found)`, with a memory for each phone.

Only msgspec and the standard library, so that a peer's environment can import it.
"""

from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final

import msgspec

#: The rules' names in cellhound, for the worker that has only these on.
NAMES: Final = ("impossible_distance", "impossible_network", "unknown_cell")

_EARTH_M = 6_371_008.8
_FASTEST_MPS, _JUMP_M, _CLOCKS_S = 100.0, 200.0, 5.0
_STEP_M, _WAY_M, _HORIZON_MS = 50.0, 300.0, 900_000
_ACCURACY_M, _MAST_M, _GUESS_M = 100.0, 100.0, 3000.0
_STALE_S, _RING_SLACK_M = 30.0, 300.0
_BEYOND_RANGES, _BEYOND_M, _TOWN_RANGES, _TOWN_M = 4.0, 3000.0, 10.0, 10_000.0
_REACH_M: Final = {"gsm": 35_000.0, "umts": 30_000.0, "lte": 30_000.0, "nr": 20_000.0}
_TA_STEP_M: Final = {"gsm": 553.46, "lte": 78.07, "nr": 78.07}
_HALF_UPDATE_MS, _LOOK_BACK_MS, _MINUTE_MS = 15_000, 30_000, 60_000
_RESERVED: Final = {0, 0xFFFE, 0xFFFF}
_ALL_ONES: Final = {"gsm": 0xFFFF, "umts": 0xFFFFFFF, "lte": 0xFFFFFFF, "nr": 0xFFFFFFFFF}
#: Sides of the squares (degrees) in which, or beside which, a network has cells.
_SQUARE_DEG = 0.1

#: RAT, MCC, MNC, area, cell.
Identity = tuple[str, int, int, int, int]
#: Latitude, longitude, range (m), whether it is an estimate.
Site = tuple[float, float, float, bool]
#: Rule, phone, time of the report.
Found = tuple[str, str, int]


class Neighbour(msgspec.Struct, gc=False):
    """A neighbour's identity, as far as it was received."""

    rat: str | None = None
    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int | None = None


class Report(msgspec.Struct, gc=False):
    """What the three rules read of a message."""

    ts: int
    device: str
    rat: str
    mcc: int
    mnc: int
    area: int
    cell: int
    signal_dbm: float
    rx_ts: int
    lat: float | None = None
    lon: float | None = None
    position_source: str | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    timing_advance: int | None = None
    serving: bool = True
    neighbours: list[Neighbour] = []


class Memory(msgspec.Struct, array_like=True):
    """A phone's last report, what it shows of a cell that can't be there (level, place, when, and
    whether it is stale), and which unknown cells it has reported lately."""

    ts: int
    rx_ts: int
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    speed_mps: float | None
    cell: Identity
    level: int
    serving: tuple[int, int, Identity] | None
    shown: tuple[Identity, int, float, float, int, bool] | None = None
    reported: dict[str, int] | None = None


_decode = msgspec.json.Decoder(Report).decode


def read(value: bytes) -> Report | None:
    """A message; None for what is none."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def write(found: Found) -> bytes:
    """A finding as a message."""
    return msgspec.json.encode(found)


class ThreeRules:
    """The rules over one register."""

    def __init__(self, sites: dict[Identity, Site]) -> None:
        self._sites = sites
        self._areas = {identity[:4] for identity in sites}
        self._numbers = {(*identity[:3], identity[4]) for identity in sites}
        self._squares = {
            (*identity[:3], int(site[0] // _SQUARE_DEG) + y, int(site[1] // _SQUARE_DEG) + x)
            for identity, site in sites.items()
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
        }

    @classmethod
    def of(cls, file: str) -> "ThreeRules":
        """From a file that `write_sites` wrote."""
        rows = msgspec.msgpack.decode(Path(file).read_bytes(), type=list[tuple[Identity, Site]])
        return cls(dict(rows))

    def step(self, memory: Memory | None, report: Report) -> tuple[Memory, list[Found]]:
        """Takes one report: what its phone's memory is from now on, and what was found."""
        own = (report.rat, report.mcc, report.mnc, report.area, report.cell)
        level = round(report.signal_dbm * 10)
        found: list[Found] = []
        site = self._sites.get(own)
        shown = memory.shown if memory else None
        reported = memory.reported if memory else None
        if site is None:
            reported = self._judge(memory, report, own, reported, found)
        elif report.lat is not None and report.position_source != "network":
            shown = self._too_far(memory, report, own, level, site, shown, found)
        for near in report.neighbours:
            if near.cell is not None and near.area is not None and near.mcc is not None:
                other = (near.rat or report.rat, near.mcc, near.mnc or 0, near.area, near.cell)
                if other not in self._sites:
                    reported = self._judge(None, report, other, reported, found)
        serving = (report.ts, report.rx_ts, own) if report.serving else None
        if serving is None and memory is not None:
            serving = memory.serving
        return Memory(
            report.ts,
            report.rx_ts,
            report.lat,
            report.lon,
            report.accuracy_m,
            report.speed_mps,
            own,
            level,
            serving,
            shown,
            reported,
        ), found

    def _judge(
        self,
        memory: Memory | None,
        report: Report,
        other: Identity,
        reported: dict[str, int] | None,
        found: list[Found],
    ) -> dict[str, int] | None:
        """A cell that the register doesn't have: its network may be none, or the cell unknown."""
        rat, mcc, mnc, area, cell = other
        if not (200 <= mcc <= 799 or mcc in (901, 999)):
            found.append(("impossible_network", report.device, report.ts))
        if area in _RESERVED or cell == _ALL_ONES.get(rat) or not self._covers(report, other):
            return reported
        if memory is not None and report.serving and self._is_half(memory, report, other):
            return reported
        is_number = rat != "gsm" and (rat, mcc, mnc, cell) in self._numbers
        if not is_number and other[:4] in self._areas:
            key, reported = repr(other), reported or {}
            before = reported.get(key)
            if before is not None and abs(report.rx_ts - before) < _MINUTE_MS:
                return reported
            oldest = report.rx_ts - _MINUTE_MS
            reported = {each: at for each, at in reported.items() if at > oldest}
            reported[key] = report.rx_ts
        found.append(("unknown_cell", report.device, report.ts))
        return reported

    def _covers(self, report: Report, other: Identity) -> bool:
        if report.lat is None or report.lon is None:
            return True
        y, x = int(report.lat // _SQUARE_DEG), int(report.lon // _SQUARE_DEG)
        return (*other[:3], y, x) in self._squares

    def _is_half(self, memory: Memory, report: Report, own: Identity) -> bool:
        """Whether just the area, or just the cell, has changed since the report before."""
        if memory.serving is None:
            return False
        ts, rx_ts, before = memory.serving
        soon = abs(report.ts - ts) <= _HALF_UPDATE_MS and report.rx_ts - rx_ts <= _LOOK_BACK_MS
        real = own[:4] in self._areas and (*own[:3], own[4]) in self._numbers
        one = (before[3] == own[3]) != (before[4] == own[4])
        return soon and real and one and before[:3] == own[:3]

    def _too_far(
        self,
        memory: Memory | None,
        report: Report,
        own: Identity,
        level: int,
        site: Site,
        shown: tuple[Identity, int, float, float, int, bool] | None,
        found: list[Found],
    ) -> tuple[Identity, int, float, float, int, bool] | None:
        assert report.lat is not None
        assert report.lon is not None
        lat, lon, range_m, estimated = site
        accuracy_m = _ACCURACY_M if report.accuracy_m is None else report.accuracy_m
        doubt_m = range_m + _GUESS_M if estimated else _MAST_M
        doubt_m += 2 * accuracy_m + _STALE_S * (report.speed_mps or 0.0)
        least_m = _away_m(report.lat, report.lon, lat, lon) - doubt_m
        if least_m <= 0.0 or not _is_odd(report, least_m, range_m, estimated):
            return shown
        moved_m = -1.0
        lately = memory is not None and report.rx_ts - memory.rx_ts <= _HORIZON_MS
        if memory is not None and lately and memory.lat is not None and memory.lon is not None:
            before_m = _ACCURACY_M if memory.accuracy_m is None else memory.accuracy_m
            moved_m = _away_m(report.lat, report.lon, memory.lat, memory.lon)
            moved_m -= 2 * accuracy_m + 2 * before_m
        same = memory is not None and memory.cell == own and memory.level == level
        stale = same and moved_m > _STEP_M
        at, past = (report.lat, report.lon), report.rx_ts - _HORIZON_MS
        if shown is not None and shown[:2] == (own, level) and shown[4] >= past:
            at = (shown[2], shown[3])
            stale |= shown[5] or _away_m(*at, report.lat, report.lon) > _WAY_M
        if not stale and not (memory is not None and _jumped(memory, report, moved_m)):
            found.append(("impossible_distance", report.device, report.ts))
        return own, level, *at, report.rx_ts, stale


def _is_odd(report: Report, least_m: float, range_m: float, estimated: bool) -> bool:
    """Whether a cell's site is too far for one of the reasons there are."""
    step_m = _TA_STEP_M.get(report.rat)
    ring_m = None
    if report.timing_advance is not None and step_m is not None:
        ring_m = (report.timing_advance + 1) * step_m
    if ring_m is not None and least_m > ring_m + _RING_SLACK_M:
        return True
    if least_m > max(_REACH_M[report.rat], 3 * range_m):
        return True
    repeated = ring_m is not None and ring_m >= least_m
    if repeated or not report.serving or estimated:
        return False
    beyond_m = min(max(_TOWN_M, _TOWN_RANGES * range_m), _BEYOND_RANGES * range_m + _BEYOND_M)
    return least_m > beyond_m


def _jumped(memory: Memory, report: Report, moved_m: float) -> bool:
    gap_s = abs(report.ts - memory.ts) / 1000 + _CLOCKS_S
    fastest = _FASTEST_MPS
    if report.speed_mps is not None and memory.speed_mps is not None:
        fastest = min(3 * max(report.speed_mps, memory.speed_mps) + 5.0, _FASTEST_MPS)
    return moved_m > _JUMP_M + fastest * gap_s


def _away_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    half_y, half_x = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    chord = sin(half_y) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_x) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))


def write_sites(file: Path, rows: list[tuple[Identity, Site]]) -> None:
    """Writes a register as `ThreeRules.of` reads it."""
    file.write_bytes(msgspec.msgpack.encode(rows))
