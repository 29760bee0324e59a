"""The honest networks: sites on a jittered hexagonal grid, their cells, and areas of many sites.

Frequencies and scrambling codes are planned with reuse, so that near cells of one operator and
RAT differ. Numbers are made up but have the form of real ones (TS 23.003).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, NR, RATS
from replay.simulate.scenario.scenario import Operator, Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SECTORS = 3
SECTOR_STEP_DEG = 120.0
JITTER = 0.15  # of the site spacing
#: Median level 100 m before a sector's antenna, dBm, and path-loss exponent by RAT code: GSM RxLev
#: of a carrier, LTE RSRP and NR SS-RSRP of one resource element (about 28 dB below the carrier).
POWER_AT_100M_DBM = np.array([0.0, -48.0, 0.0, -66.0, -69.0])
EXPONENT = np.array([0.0, 3.5, 0.0, 3.5, 3.6])
CODES = {GSM: 64, LTE: 504, NR: 1008}  # BSIC (TS 23.003 4.3.2), PCI (TS 36.211, TS 38.211)
#: Channel numbers by RAT code and place of the operator: GSM BCCH carriers start here.
FIRST_BCCH = (1, 96, 512, 640)
EARFCN = (38400, 1650, 1300, 100)
NR_ARFCN = (504990, 633984, 627264, 152650)


@dataclass(frozen=True)
class Network:
    """All cells as columns, one row a cell; places in metres from the city centre.

    ``site`` numbers sites over all operators; ``cell_of[site, rat, sector]`` is a row or -1;
    ``in_city`` is false for the far town. Phones of ``site_operator`` can camp on a site, whatever
    its cells broadcast. A cell is on the air from ``on_s`` on, but for ``off_s`` to ``back_s``;
    from ``renamed_s`` its numbers are those of row ``renamed`` (-1: never). ``in_core`` is false
    where a foreign core serves, whose procedures are in no feed. ``site_extra_m`` is what a
    repeater adds to the path.
    """

    rat: Ints
    operator: Ints
    mcc: Ints
    mnc: Ints
    area: Ints
    cell: Ints
    arfcn: Ints
    pci: Ints
    site: Ints
    azimuth_deg: Floats
    power_dbm: Floats
    site_x: Floats
    site_y: Floats
    site_operator: Ints
    site_in_city: NDArray[np.bool_]
    cell_of: NDArray[np.int64]
    on_s: Floats
    off_s: Floats
    back_s: Floats
    renamed: Ints
    renamed_s: Floats
    in_core: NDArray[np.bool_]
    site_extra_m: Floats

    @cached_property
    def named(self) -> list[dict[str, object]]:
        """RAT, identity, channel and code of each cell as messages carry them."""
        names = ("mcc", "mnc", "area", "cell", "arfcn", "pci")
        rows = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        return [
            {"rat": RATS[rat - 1], **dict(zip(names, row, strict=True))}
            for rat, row in zip(self.rat.tolist(), rows, strict=True)
        ]

    def cell_fields(self, row: int) -> dict[str, object]:
        """RAT and identity of a cell, without channel and code."""
        return {key: self.named[row][key] for key in ("rat", "mcc", "mnc", "area", "cell")}

    def __len__(self) -> int:
        return len(self.rat)

    def as_of(self, cell: Ints, time_s: Floats | float) -> Ints:
        """Rows that hold the numbers of cells at times (broadcast); -1 where one is off the air."""
        off = (self.off_s[cell] <= time_s) & (time_s < self.back_s[cell])
        on_air = (cell >= 0) & (self.on_s[cell] <= time_s) & ~off
        later = (self.renamed[cell] >= 0) & (self.renamed_s[cell] <= time_s)
        return np.where(on_air, np.where(later, self.renamed[cell], cell), -1)

    def changes_s(self) -> Floats:
        """When anything comes on the air, leaves it or is renumbered, in order."""
        times = np.concatenate([self.on_s, self.off_s, self.back_s, self.renamed_s])
        return np.unique(times[np.isfinite(times) & (times > 0.0)])


def build_network(scenario: Scenario, rng: np.random.Generator) -> Network:
    """The cells of the city and, where the scenario has one, of the far town."""
    towns = [((0.0, 0.0), scenario.city.size_m / 2, False)]
    if (town := scenario.far_town) is not None:
        bearing = np.radians(town.bearing_deg)
        east, north = float(np.sin(bearing)), float(np.cos(bearing))
        towns.append(((town.distance_m * east, town.distance_m * north), town.size_m / 2, True))
    groups = [
        _sites(rng, operator, index, centre, half_m, far)
        for centre, half_m, far in towns
        for index, operator in enumerate(scenario.operators)
    ]
    sites = {name: np.concatenate([group[name] for group in groups]) for name in groups[0]}
    return _cells(rng, scenario.operators, sites)


def cell_numbers(rat: Ints, operator: Ints, number: Ints, sector: Ints) -> Ints:
    """Cell identities in the plan of an operator, whose sites are numbered."""
    node = 100_000 * (operator + 1) + number
    return np.select(
        [rat == GSM, rat == LTE],
        [1001 + SECTORS * number + sector, node * 256 + sector + 1],
        (2_000_000 + node) * 4096 + sector + 1,
    )


def _sites(
    rng: np.random.Generator,
    operator: Operator,
    index: int,
    centre: tuple[float, float],
    half_m: float,
    far: bool,
) -> dict[str, NDArray[np.int64] | Floats]:
    """Sites of one operator in one town: place, colour for planning, region, running number."""
    spacing = operator.site_spacing_m
    rows = int(np.ceil(half_m / (spacing * np.sqrt(0.75)))) + 1
    columns = int(np.ceil(half_m / spacing)) + 1
    row, column = (
        grid.ravel()
        for grid in np.meshgrid(np.arange(-rows, rows + 1), np.arange(-columns, columns + 1))
    )
    # Operators build on different roofs: each grid is shifted by a random part of its spacing.
    shift = rng.uniform(0.0, spacing, 2)
    x = (column + 0.5 * (row % 2)) * spacing + shift[0]
    y = row * spacing * np.sqrt(0.75) + shift[1]
    inside = (np.abs(x) <= half_m + spacing) & (np.abs(y) <= half_m + spacing)
    row, column, x, y = row[inside], column[inside], x[inside], y[inside]
    x = x + rng.normal(0.0, JITTER * spacing, len(x))
    y = y + rng.normal(0.0, JITTER * spacing, len(y))
    seeds = rng.choice(len(x), max(1, round(len(x) / operator.sites_per_area)), replace=False)
    region = np.argmin(np.hypot(x[:, None] - x[seeds], y[:, None] - y[seeds]), axis=1)
    return {
        "x": x + centre[0],
        "y": y + centre[1],
        "colour": (column + 2 * row) % 7,
        "code": (5 * column + 13 * row) % 168,
        "region": region + (200 if far else 0),
        "operator": np.full(len(x), index),
        "number": np.arange(len(x)) + (10_000 if far else 0),
        "in_city": np.full(len(x), int(not far)),
        "has_nr": (rng.random(len(x)) < operator.nr_share).astype(np.int64),
    }


def _cells(
    rng: np.random.Generator,
    operators: list[Operator],
    sites: dict[str, NDArray[np.int64] | Floats],
) -> Network:
    """Three sectors of GSM and LTE on every site, of NR on some."""
    count = len(sites["x"])
    site, rat, sector = (
        grid.ravel()
        for grid in np.meshgrid(np.arange(count), (GSM, LTE, NR), np.arange(SECTORS), indexing="ij")
    )
    kept = (rat != NR) | (sites["has_nr"][site] == 1)
    site, rat, sector = site[kept], rat[kept], sector[kept]
    column = {name: np.asarray(values)[site].astype(np.int64) for name, values in sites.items()}
    operator, number = column["operator"], column["number"]
    mcc = np.array([operator.mcc for operator in operators])[operator]
    mnc = np.array([operator.mnc for operator in operators])[operator]
    # LTE and NR share the numbers of their tracking areas, GSM has its own location areas.
    area = np.where(rat == GSM, 4100, 22100) + 400 * operator + column["region"]
    cell = cell_numbers(rat, operator, number, sector)
    arfcn = np.select(
        [rat == GSM, rat == LTE],
        [
            np.array(FIRST_BCCH)[operator] + 2 * (SECTORS * column["colour"] + sector),
            np.array(EARFCN)[operator],
        ],
        np.array(NR_ARFCN)[operator],
    )
    pci = np.where(rat == GSM, column["code"] % 64, SECTORS * column["code"] + sector)
    azimuth = rng.uniform(0.0, SECTOR_STEP_DEG, count)[site] + SECTOR_STEP_DEG * sector
    cell_of = np.full((count, len(EXPONENT), SECTORS), -1, dtype=np.int64)
    cell_of[site, rat, sector] = np.arange(len(site))
    return Network(
        rat=rat,
        operator=operator,
        mcc=mcc,
        mnc=mnc,
        area=area,
        cell=cell,
        arfcn=arfcn,
        pci=pci,
        site=site,
        azimuth_deg=azimuth,
        power_dbm=POWER_AT_100M_DBM[rat] + rng.normal(0.0, 2.0, len(rat)),
        site_x=np.asarray(sites["x"], dtype=np.float64),
        site_y=np.asarray(sites["y"], dtype=np.float64),
        site_operator=np.asarray(sites["operator"], dtype=np.int64),
        site_in_city=np.asarray(sites["in_city"]) == 1,
        cell_of=cell_of,
        on_s=np.zeros(len(rat)),
        off_s=np.full(len(rat), np.inf),
        back_s=np.full(len(rat), np.inf),
        renamed=np.full(len(rat), -1, dtype=np.int64),
        renamed_s=np.full(len(rat), np.inf),
        in_core=np.ones(len(rat), dtype=np.bool_),
        site_extra_m=np.zeros(count),
    )
