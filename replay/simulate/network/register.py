"""The operator's list of cells as it would be kept: nearly complete, partly out of date."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import RATS, code_of
from geo.earth.frame import Frame
from replay.simulate.network.network import EXPONENT, Network
from replay.simulate.scenario.scenario import Scenario

HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal,"
    "arfcn,pci,azimuth_deg,valid_from,valid_to,kind"
)
COLUMNS = HEADER.split(",")
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the row of a cell on the air: its ``key`` is that of the cell itself.

    ``problem`` is ``displaced``, ``exchanged`` (places of two masts), ``area``, ``renamed``,
    ``code``, ``swapped`` (sectors), ``coordinates`` or ``missing``; or ``retired``, of a row whose
    cell is off the air. ``offset_m`` is how far the registered place is from the mast,
    ``registered`` the key of the row where that is another.
    """

    key: str
    problem: str
    offset_m: float | None = None
    registered: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """CSV lines after `HEADER`, and which rows of the network they list.

    ``retired`` are those lines that list cells off the air, ``flaws`` what is wrong with others.
    """

    lines: list[str]
    listed: NDArray[np.bool_]
    retired: list[str]
    flaws: list[Flaw]


@dataclass(frozen=True, slots=True)
class Place:
    """The city's frame and where its centre lies in it; turns metres into degrees."""

    frame: Frame
    centre_x: float
    centre_y: float

    def latlon(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """WGS84 degrees, to seven places (a centimetre)."""
        lat, lon = self.frame.to_latlon(x + self.centre_x, y + self.centre_y)
        return np.round(lat, 7), np.round(lon, 7)


class Sheet:
    """The list while it is made: happenings change, add and drop rows.

    ``rows`` maps rows of the network to the values of `COLUMNS`; ``stale`` holds lines of cells
    that are off the air, ``flaws`` what is wrong on purpose.
    """

    def __init__(self, network: Network, place: Place, start_ms: int) -> None:
        self.network = network
        self.place = place
        self.start_ms = start_ms
        self.rows: dict[int, list[str]] = {}
        self.stale: list[str] = []
        self.flaws: list[Flaw] = []
        #: Where masts stand, by their place in metres: a dozen cells may be on one.
        self._degrees: dict[tuple[float, float], tuple[float, float]] = {}

    def key(self, row: int) -> str:
        """The key of a cell as it is on the air: ``lte-460-0-4100-100000001``."""
        return "-".join(map(str, self.network.cell_fields(row).values()))

    def change(self, row: int, **columns: str | int | float) -> None:
        """Other values in some columns of a row; nothing where the row isn't listed."""
        for name, value in columns.items():
            if row in self.rows:
                self.rows[row][COLUMNS.index(name)] = str(value)

    def _latlon(self, x: float, y: float) -> tuple[float, float]:
        if (x, y) not in self._degrees:
            lat, lon = self.place.latlon(np.array([x]), np.array([y]))
            self._degrees[x, y] = float(lat[0]), float(lon[0])
        return self._degrees[x, y]

    def add(self, row: int, **columns: str | int | float) -> None:
        """A row for a cell as the planners would enter it, save for some columns."""
        network, site = self.network, self.network.site[row]
        lat, lon = self._latlon(float(network.site_x[site]), float(network.site_y[site]))
        day_s = self.start_ms // 1000 - DAY_S
        self.rows[row] = [""] * len(COLUMNS)
        self.change(
            row,
            radio=RATS[network.rat[row] - 1].upper(),
            mcc=int(network.mcc[row]),
            net=int(network.mnc[row]),
            area=int(network.area[row]),
            cell=int(network.cell[row]),
            lon=f"{lon:.7f}",
            lat=f"{lat:.7f}",
            range=1000,
            samples=0,
            changeable=0,
            created=day_s,
            updated=day_s,
            arfcn=int(network.arfcn[row]),
            pci=int(network.pci[row]),
            azimuth_deg=f"{network.azimuth_deg[row] % 360:.0f}",
            kind="macro",
        )
        self.change(row, **columns)

    def move_far_off(self, share: float, rng: np.random.Generator) -> None:
        """Some rows lie in another town: a slip of the crowd's estimate, or of the keyboard."""
        if not share:
            return
        for row in [row for row in self.rows if rng.random() < share]:
            distance_m, bearing = rng.uniform(30_000.0, 60_000.0), rng.uniform(0.0, 2 * np.pi)
            east = np.array([distance_m * np.sin(bearing)])
            lat, lon = self.place.latlon(east, np.array([distance_m * np.cos(bearing)]))
            self.change(row, lat=f"{lat[0]:.7f}", lon=f"{lon[0]:.7f}")

    def finished(self) -> Register:
        """The list as it is handed over."""
        listed = np.zeros(len(self.network), dtype=np.bool_)
        listed[list(self.rows)] = True
        # A repeater's copy of a cell has no row of its own, nor need of one.
        known = {self.key(row) for row in self.rows}
        unlisted = dict.fromkeys(self.key(row) for row in np.flatnonzero(~listed).tolist())
        missing = [Flaw(key, "missing") for key in unlisted if key not in known]
        until = COLUMNS.index("valid_to")
        off_air = [line.split(",") for line in self.stale]
        retired = [Flaw(key_of(columns), "retired") for columns in off_air if not columns[until]]
        lines = [",".join(row) for row in self.rows.values()]
        return Register(lines + self.stale, listed, self.stale, self.flaws + missing + retired)


def key_of(columns: list[str]) -> str:
    """The register key of the values of a row."""
    return "-".join([columns[0].lower(), *columns[1:5]])


def draw_sheet(
    scenario: Scenario, network: Network, place: Place, rng: np.random.Generator
) -> Sheet:
    """Rows for most cells on the air, and for some that are no longer."""
    flaws, count = scenario.register, len(network)
    listed = rng.random(count) >= flaws.missing_share
    crowd = rng.random(count) < flaws.crowd_share
    error_m = np.where(crowd, flaws.crowd_error_m / np.sqrt(2.0), 0.0)
    x = network.site_x[network.site] + rng.normal(0.0, 1.0, count) * error_m
    y = network.site_y[network.site] + rng.normal(0.0, 1.0, count) * error_m
    lat, lon = place.latlon(x, y)
    spacing = np.array([operator.site_spacing_m for operator in scenario.operators])
    reach_m = (1.3 * spacing[network.operator] * rng.uniform(0.9, 1.3, count)).astype(np.int64)
    typical_dbm = network.power_dbm - 10.0 * EXPONENT[network.rat] * np.log10(reach_m / 200.0)
    start_s = scenario.start_ms // 1000
    created = start_s - rng.integers(60 * DAY_S, 1500 * DAY_S, count)
    updated = start_s - rng.integers(0, 30 * DAY_S, count)
    samples = rng.integers(20, 3000, count)
    sheet = Sheet(network, place, scenario.start_ms)
    for row in np.flatnonzero(listed).tolist():
        unplanned = {"arfcn": "", "pci": "", "azimuth_deg": ""} if crowd[row] else {}
        sheet.add(
            row,
            lon=f"{lon[row]:.7f}",
            lat=f"{lat[row]:.7f}",
            range=reach_m[row],
            samples=samples[row],
            changeable=int(crowd[row]),
            created=created[row],
            updated=updated[row],
            averageSignal=f"{typical_dbm[row]:.0f}",
            **unplanned,
        )
    sheet.stale = _stale(scenario, network, list(sheet.rows.values()), rng)
    return sheet


def _stale(
    scenario: Scenario, network: Network, rows: list[list[str]], rng: np.random.Generator
) -> list[str]:
    """Rows of cells that are off the air: copies of real rows under numbers nobody uses.

    A share of them say since when they are off, the others were never cleared.
    """
    used = set(zip(network.rat.tolist(), network.cell.tolist(), strict=True))
    stale = []
    for row in rng.choice(len(rows), round(scenario.register.stale_share * len(rows))).tolist():
        columns = list(rows[row])
        rat = code_of(columns[0].lower(), RATS)
        cell = int(columns[4]) + 3 * int(rng.integers(3000, 5000))
        if (rat, cell) in used:
            continue
        used.add((rat, cell))
        columns[4] = str(cell)
        off_ms = scenario.start_ms - int(rng.integers(30, 400)) * DAY_S * 1000
        columns[18] = str(off_ms) if rng.random() < scenario.register.stale_dated_share else ""
        stale.append(",".join(columns))
    return stale
