"""A made-up city without any transmitter but its operator's, for figures of speed.

One operator's LTE cells stand on a square grid, each planned with a channel and a code; phones
stand or move among them, and report once a minute the cell that they are nearest to and five
neighbours. Nothing in it is worth an alert, but measuring noise is there, so that rules that look
at levels have what they have in an honest city. Everything is drawn from one seed.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.model.codes import RATS, code_of
from detectors.model.columns import RegisterRows

I8 = NDArray[np.int64]
F8 = NDArray[np.float64]

BEGIN_MS: Final = 1_780_000_000_000
#: How often a phone reports (ms of event time).
PERIOD_MS: Final = 60_000
MCC, MNC, ARFCN = 460, 0, 1850
_LAT_DEG, _LON_DEG = 31.0, 121.0
_SPACING_M = 500.0
_M_A_DEGREE = 111_195.0
_LON_M = _M_A_DEGREE * np.cos(np.radians(_LAT_DEG))
_TA_STEP_M = 78.07
#: Cells of one tracking area, along a side, and codes before they are used again.
AREA_SIDE, _CODE_SIDE = 20, 16
_FIRST_AREA, _FIRST_CELL = 4100, 100_000_001
#: Phones keep so many cells away from the grid's edge, where neighbours would be missing.
_EDGE = 2
#: Level at 50 m (dBm), what a decade takes off (dB), and how it scatters (dB): a city's street.
_LEVEL_DBM, _DECADE_DB, _SCATTER_DB = -60.0, 37.6, 4.0
#: Of moving phones, and how fast they are at most.
_MOVING, _FASTEST_MPS = 0.3, 12.0
NEIGHBOURS: Final = 5


@dataclass(frozen=True, slots=True)
class City:
    """``cells`` on a square grid; phones are among ``town`` by ``town`` of them in its middle."""

    cells: int = 10_000
    town: int = 100

    @property
    def side(self) -> int:
        """Cells along a side of the grid."""
        return int(np.ceil(np.sqrt(self.cells)))

    def degrees(self, x_m: Any, y_m: Any) -> tuple[Any, Any]:
        """Latitude and longitude of a place east and north of the grid's middle."""
        return _LAT_DEG + y_m / _M_A_DEGREE, _LON_DEG + x_m / _LON_M

    def metres(self, along: Any) -> Any:
        """How far from the middle the cell is that is so many along one side."""
        return (along - self.side / 2) * _SPACING_M

    def area_of(self, x: Any, y: Any) -> Any:
        """The tracking area of the cell in a column and a row."""
        blocks = self.side // AREA_SIDE + 1
        return _FIRST_AREA + y // AREA_SIDE * blocks + x // AREA_SIDE

    def cell_of(self, x: Any, y: Any) -> Any:
        """The identity of the cell in a column and a row."""
        return _FIRST_CELL + y * self.side + x

    def code_of(self, x: Any, y: Any) -> Any:
        """The physical cell identity that it is planned with."""
        return x % _CODE_SIDE * _CODE_SIDE + y % _CODE_SIDE

    def register(self) -> RegisterRows:
        """The operator's own list: masts, with channels and codes."""
        number = np.arange(self.cells, dtype=np.int64)
        x, y = number % self.side, number // self.side
        lat, lon = self.degrees(self.metres(x), self.metres(y))
        given: dict[str, Any] = {
            "rat": np.full(self.cells, code_of("lte", RATS), dtype=np.uint8),
            "mcc": np.full(self.cells, MCC),
            "mnc": np.full(self.cells, MNC),
            "area": self.area_of(x, y),
            "cell": self.cell_of(x, y),
            **{"lat": np.round(lat, 6), "lon": np.round(lon, 6)},
            "range_m": np.full(self.cells, 1000.0),
            "changeable": np.zeros(self.cells),
            "arfcn": np.full(self.cells, float(ARFCN)),
            "pci": self.code_of(x, y).astype(np.float64),
            "kind": np.ones(self.cells, dtype=np.uint8),
            "deleted": np.zeros(self.cells, dtype=np.bool_),
            "offset": number,
            "index": np.full(self.cells, -1),
            **{name: np.zeros(self.cells, dtype=np.int64) for name in ("ts_ms", "rx_ms")},
        }
        names = RegisterRows.__dataclass_fields__
        unknown = np.full(self.cells, np.nan)
        return RegisterRows(**{name: given.get(name, unknown) for name in names})


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """Reports in order of arrival, in columns; those about neighbours have five entries a row."""

    device: I8
    ts: I8
    rx_ts: I8
    lat: F8
    lon: F8
    speed: F8
    area: I8
    cell: I8
    pci: I8
    level: I8
    advance: I8
    near_pci: I8
    near_level: I8

    def __len__(self) -> int:
        return len(self.device)

    def some(self, rows: I8) -> "Reports":
        """Those in some rows."""
        columns = {name: getattr(self, name)[rows] for name in self.__dataclass_fields__}
        return Reports(**columns)

    def later(self, by_ms: int) -> "Reports":
        """The same, so much later."""
        return replace(self, ts=self.ts + by_ms, rx_ts=self.rx_ts + by_ms)

    def lines(self) -> list[bytes]:
        """Each as a JSON object."""
        columns = (getattr(self, name).tolist() for name in self.__dataclass_fields__)
        return [_line(*row) for row in zip(*columns, strict=True)]

    def arrow(self, rows: I8) -> bytes:
        """Some of them as one Arrow stream."""
        count = len(rows)
        offsets = np.arange(count + 1, dtype=np.int32) * NEIGHBOURS
        entries = {
            "arfcn": pa.array(np.full(count * NEIGHBOURS, ARFCN)),
            "pci": pa.array(self.near_pci[rows].ravel()),
            "signal_dbm": pa.array(self.near_level[rows].ravel().astype(np.float64)),
        }
        near = pa.StructArray.from_arrays(list(entries.values()), list(entries))
        columns: dict[str, Any] = {
            "ts": self.ts[rows],
            "rx_ts": self.rx_ts[rows],
            "device": [_device(number) for number in self.device[rows].tolist()],
            **{"lat": self.lat[rows], "lon": self.lon[rows]},
            "position_source": ["gnss"] * count,
            **{"accuracy_m": np.full(count, 8.0), "speed_mps": self.speed[rows]},
            "rat": ["lte"] * count,
            **{"mcc": np.full(count, MCC), "mnc": np.full(count, MNC)},
            **{"area": self.area[rows], "cell": self.cell[rows]},
            **{"arfcn": np.full(count, ARFCN), "pci": self.pci[rows]},
            "signal_dbm": self.level[rows].astype(np.float64),
            "timing_advance": self.advance[rows],
            "neighbours": pa.ListArray.from_arrays(pa.array(offsets), near),
        }
        table = pa.table(columns)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue())


def reports(city: City, count: int, devices: int, seed: int = 1) -> Reports:
    """``count`` reports of so many phones, each of which reports once a minute of event time."""
    drawn = np.random.default_rng(seed)
    town = min(city.town, city.side - 2 * _EDGE)
    reach_m = (town - 1) / 2 * _SPACING_M
    # Their places at the beginning and at the end, which none of them moves beyond.
    home_m = drawn.uniform(-reach_m, reach_m, (2, devices))
    speed = np.where(drawn.random(devices) < _MOVING, drawn.uniform(1, _FASTEST_MPS, devices), 0.0)
    towards = drawn.uniform(0, 2 * np.pi, devices)
    order = np.arange(count)
    device = drawn.permutation(devices)[order % devices]
    rx_ts = BEGIN_MS + (order * (PERIOD_MS / devices)).astype(np.int64)
    ts = rx_ts - drawn.integers(200, 2000, count)
    way_m = speed[device] * (ts - BEGIN_MS) / 1000.0
    ways = np.stack([np.cos(towards[device]), np.sin(towards[device])]) * way_m
    # Who comes to the edge turns back, as a ball does at a wall.
    there = np.abs((home_m[:, device] + ways + reach_m) % (4 * reach_m) - 2 * reach_m) - reach_m
    x_m, y_m = there + drawn.normal(0.0, 4.0, (2, count))
    columns, rows = (np.rint(at / _SPACING_M + city.side / 2).astype(np.int64) for at in there)
    away_m = np.hypot(x_m - city.metres(columns), y_m - city.metres(rows))
    beside = np.array([(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1)])
    near_x, near_y = columns[:, None] + beside[:, 0], rows[:, None] + beside[:, 1]
    near_m = np.hypot(x_m[:, None] - city.metres(near_x), y_m[:, None] - city.metres(near_y))
    lat, lon = city.degrees(x_m, y_m)
    return Reports(
        device,
        ts,
        rx_ts,
        np.round(lat, 6),
        np.round(lon, 6),
        np.round(speed[device], 1),
        city.area_of(columns, rows),
        city.cell_of(columns, rows),
        city.code_of(columns, rows),
        _level(away_m, drawn),
        np.round(away_m / _TA_STEP_M).astype(np.int64),
        city.code_of(near_x, near_y),
        _level(near_m, drawn),
    )


def intruders(city: City, incidents: int, phones: int = 3, times: int = 2) -> list[dict[str, Any]]:
    """Reports of so many transmitters, evenly over the town, each with an area of its own that no
    register knows, all within half a minute: what opens as many incidents. By default so few
    phones have each that it stays a candidate, which needs no place."""
    along = int(np.ceil(np.sqrt(incidents)))
    step = min(city.town, city.side - 2 * _EDGE) / (along + 1)
    found = []
    for number in range(incidents):
        x, y = ((1 + place) * step - along * step / 2 for place in divmod(number, along))
        for phone in range(phones * times):
            at = city.degrees(x * _SPACING_M + 20.0 * phone, y * _SPACING_M)
            lat, lon = (round(float(degrees), 6) for degrees in at)
            at_ms = BEGIN_MS + 5_000 * phone
            # Beyond all areas of the largest grid.
            identity = {"area": 20_000 + number, "cell": 200_000_000 + number}
            who = {"device": f"v-{number}-{phone % phones}", "lat": lat, "lon": lon}
            found.append(report(at_ms, **who, **identity, signal_dbm=-60, pci=300))
    return sorted(found, key=lambda one: one["rx_ts"])


def report(at_ms: int, **given: Any) -> dict[str, Any]:
    """One report, arrived as soon as it was made, with fields of one's own."""
    network = {"rat": "lte", "mcc": MCC, "mnc": MNC, "arfcn": ARFCN, "signal_dbm": -85}
    place = {"position_source": "gnss", "accuracy_m": 8.0}
    return {"ts": at_ms, "rx_ts": at_ms} | place | network | given


def encoded(one: dict[str, Any]) -> bytes:
    """A report as a JSON object."""
    return msgspec.json.encode(one)


def _level(away_m: F8, drawn: np.random.Generator) -> I8:
    faded_db = _DECADE_DB * np.log10(np.maximum(away_m, 50.0) / 50.0)
    scattered = drawn.normal(0.0, _SCATTER_DB, away_m.shape)
    return np.rint(_LEVEL_DBM - faded_db + scattered).astype(np.int64)


def _device(number: int) -> str:
    return f"d-{number:07d}"


def _line(
    device: int,
    ts: int,
    rx_ts: int,
    lat: float,
    lon: float,
    speed: float,
    area: int,
    cell: int,
    pci: int,
    level: int,
    advance: int,
    near_pci: list[int],
    near_level: list[int],
) -> bytes:
    near = ",".join(
        f'{{"arfcn":{ARFCN},"pci":{code},"signal_dbm":{dbm}}}'
        for code, dbm in zip(near_pci, near_level, strict=True)
    )
    return (
        f'{{"ts":{ts},"rx_ts":{rx_ts},"device":"{_device(device)}","lat":{lat},"lon":{lon},'
        f'"position_source":"gnss","accuracy_m":8.0,"speed_mps":{speed},"rat":"lte","mcc":{MCC},'
        f'"mnc":{MNC},"area":{area},"cell":{cell},"arfcn":{ARFCN},"pci":{pci},'
        f'"signal_dbm":{level},"timing_advance":{advance},"neighbours":[{near}]}}'
    ).encode()
