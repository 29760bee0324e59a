"""What phones receive: log-distance path loss, correlated shadowing, sector pattern, quantisation.

Shadowing is a sum of random cosines over the phone's place (one set a site), whose wave numbers
are drawn from the spectrum of the exponential correlation of Gudmundson (1991); a part of it is
common to all sites, since a phone in a courtyard receives every site badly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.network.network import EXPONENT, Floats, Ints, Network
from replay.simulate.scenario.surroundings import Propagation

COSINES = 16
COMMON_SHARE = 0.4
CORNER_M = 30.0  # over so much, beside a street, two thirds of a corner's loss are reached
MAST_CORNER_SHARE = 0.5  # of a corner's loss, where the antenna stands above the roofs
ANTENNA_HEIGHT_M = 20.0
BEAM_WIDTH_DEG, FRONT_TO_BACK_DB = 65.0, 20.0  # TR 36.942, table 4.2
CANDIDATE_SITES = 9
HILL_EXPONENT = 2.2  # nearly free space
#: Metres a timing-advance step by RAT code (48/13 us in GSM, 16 Ts in LTE, NR at 15 kHz).
TIMING_STEP_M = np.array([np.nan, 553.46, np.nan, 78.07, 78.07])
TIMING_LARGEST = np.array([0, 63, 0, 1282, 3846])
#: Below these levels a cell is not received, dBm by RAT code.
SENSITIVITY_DBM = np.array([0.0, -109.0, 0.0, -124.0, -124.0])


@dataclass(frozen=True, slots=True)
class Cosines:
    """Sets of random cosines over a plane: arrays of shape (sets, `COSINES`), per metre, rad."""

    east: Floats
    north: Floats
    phase: Floats

    def at(self, which: Ints, x: Floats, y: Floats) -> Floats:
        """Unit-variance value of set ``which`` at (x, y) metres, broadcast to its shape."""
        # In place: whoever draws a city spends a third of the time here.
        turn, more = self.east.take(which, axis=0), self.north.take(which, axis=0)
        turn *= x[..., None]
        more *= y[..., None]
        turn += more
        turn += self.phase.take(which, axis=0, out=more, mode="clip")
        return np.asarray(np.sqrt(2.0 / COSINES) * np.cos(turn, out=turn).sum(axis=-1))


def draw_cosines(
    rng: np.random.Generator, sets: int, correlation_m: float = Propagation().correlation_m
) -> Cosines:
    """Cosines whose correlation falls as exp(-d / ``correlation_m``)."""
    # The plane spectrum of exp(-d/c) is c^2 / (1 + c^2 k^2)^1.5; this inverts its radial sum.
    length = np.sqrt(rng.uniform(0.05, 1.0, (sets, COSINES)) ** -2 - 1.0) / correlation_m
    heading = rng.uniform(0.0, 2 * np.pi, (sets, COSINES))
    phase = rng.uniform(0.0, 2 * np.pi, (sets, COSINES))
    return Cosines(length * np.cos(heading), length * np.sin(heading), phase)


@dataclass(frozen=True, slots=True)
class Hill:
    """A high place with a free view: ``sites`` holds the nine that are received, by operator.

    Antennas near by look past it, so that these are mostly far ones.
    """

    x_m: float
    y_m: float
    radius_m: float
    sites: tuple[Ints, ...]

    def holds(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Which places lie on it."""
        return np.asarray(np.hypot(x - self.x_m, y - self.y_m) <= self.radius_m)


class Radio:
    """Levels of the honest cells anywhere in the city."""

    def __init__(
        self,
        network: Network,
        rng: np.random.Generator,
        hills: Sequence[Hill] = (),
        propagation: Propagation = Propagation(),  # noqa: B008 (frozen)
        high_sites: Sequence[int] = (),
    ) -> None:
        self.network = network
        self._propagation = propagation
        self._exponent = EXPONENT
        if propagation.exponent is not None:
            self._exponent = np.full(len(EXPONENT), propagation.exponent)
        sets = len(network.site_x) + 1
        self._shadowing = draw_cosines(rng, sets, propagation.correlation_m)
        self._high = np.array(high_sites, dtype=np.int64)
        self._is_high = np.isin(np.arange(len(network.site_x)), self._high)
        # High ones are received everywhere, so that they are none of the nearest.
        near_by = network.site_in_city & ~self._is_high
        self._sites: list[Ints] = []
        self._trees: list[cKDTree] = []
        for operator in range(int(network.site_operator.max()) + 1):
            mine = np.flatnonzero((network.site_operator == operator) & near_by)
            self._sites.append(mine)
            self._trees.append(
                cKDTree(np.column_stack([network.site_x[mine], network.site_y[mine]]))
            )
        # A phone on NR falls back to the LTE cells of a site that has no NR.
        table = network.cell_of.copy()
        table[:, NR] = np.where(table[:, NR] >= 0, table[:, NR], table[:, LTE])
        self._camping_cells = table
        self._hills = tuple(hills)

    def candidates(self, operator: Ints, rat: Ints, x: Floats, y: Floats) -> Ints:
        """Cells of the nearest sites and of high ones, shape (phones, cells), -1 where there is
        none."""
        sites = np.zeros((len(x), CANDIDATE_SITES), dtype=np.int64)
        for index, tree in enumerate(self._trees):
            mine = operator == index
            if mine.any():
                wanted = min(CANDIDATE_SITES, len(self._sites[index]))
                near = tree.query(np.column_stack([x[mine], y[mine]]), k=np.arange(1, wanted + 1))
                # Where a tiny city has few sites, the farthest is repeated.
                padded = np.pad(near[1], ((0, 0), (0, CANDIDATE_SITES - wanted)), mode="edge")
                sites[mine] = self._sites[index][padded]
        for hill in self._hills:
            for index, received in enumerate(hill.sites):
                sites[hill.holds(x, y) & (operator == index)] = received
        cells = self._camping_cells[sites, rat[:, None]].reshape(len(x), -1)
        if not len(self._high):
            return cells
        high = self._camping_cells[self._high[None, :], rat[:, None]]
        high[operator[:, None] != self.network.site_operator[self._high]] = -1
        high[(sites[:, :, None] == self._high).any(axis=1)] = -1  # one that a hill has
        return np.concatenate([cells, high.reshape(len(x), -1)], axis=1)

    def levels(self, cells: Ints, x: Floats, y: Floats, sectors: int = 1) -> Floats:
        """Mean level of cells (phones, n) at places (phones,), dBm; -inf where a cell is -1.

        Cells from `candidates` come as `SECTORS` of each site in turn; ``sectors`` may give that
        number, so that what is of the site is computed once.
        """
        network = self.network
        first = cells[:, ::sectors]
        site = network.site[first]
        east = x[:, None] - network.site_x[site]
        north = y[:, None] - network.site_y[site]
        distance_m = np.sqrt(east**2 + north**2 + ANTENNA_HEIGHT_M**2)
        exponent = self._exponent[network.rat[first]]
        for hill in self._hills:
            exponent = np.where(hill.holds(x, y)[:, None], HILL_EXPONENT, exponent)
        if len(self._high):
            exponent = np.where(self._is_high[site], HILL_EXPONENT, exponent)
        loss = 10.0 * exponent * np.log10(distance_m / 100.0)
        if self._propagation.corner_loss_db:
            loss += MAST_CORNER_SHARE * corner_loss_db(self._propagation, east, north)
        bearing, shadow = np.degrees(np.arctan2(east, north)), self._shadow(site, x, y)
        if sectors > 1:
            loss, bearing, shadow = (
                np.repeat(each, sectors, axis=1) for each in (loss, bearing, shadow)
            )
        off_beam = bearing - network.azimuth_deg[cells]
        off_beam = (off_beam + 180.0) % 360.0 - 180.0
        pattern = np.minimum(12.0 * (off_beam / BEAM_WIDTH_DEG) ** 2, FRONT_TO_BACK_DB)
        level = network.power_dbm[cells] - loss - pattern + shadow
        return np.where(cells >= 0, level, -np.inf)

    def _shadow(self, site: Ints, x: Floats, y: Floats) -> Floats:
        """Shadowing in dB towards sites (phones, n); all sectors and RATs of a site share it."""
        last = len(self._shadowing.phase) - 1
        common = self._shadowing.at(np.full(len(x), last), x, y)
        own = self._shadowing.at(site, x[:, None], y[:, None])
        both = np.sqrt(COMMON_SHARE) * common[:, None] + np.sqrt(1 - COMMON_SHARE) * own
        return np.asarray(self._propagation.shadowing_db * both)


def corner_loss_db(propagation: Propagation, east_m: Floats, north_m: Floats) -> Floats:
    """What is lost round the corners of a street grid, by the way from an antenna in a street.

    >>> street, block = (np.array([0.0]), np.array([500.0])), (np.array([300.0]), np.array([400.0]))
    >>> loses = Propagation(corner_loss_db=15.0)
    >>> [round(float(corner_loss_db(loses, *way)[0]), 1) for way in (street, block)]
    [0.0, 15.0]
    """
    beside_m = np.minimum(np.abs(east_m), np.abs(north_m))
    return np.asarray(propagation.corner_loss_db * (1.0 - np.exp(-beside_m / CORNER_M)))


def quantised(rat: ArrayLike, level_dbm: Floats) -> Floats:
    """Levels as phones report them: GSM in steps of 2 dB up to -51 dBm, LTE and NR in steps of 1.

    >>> quantised(np.array([1, 1, 3]), np.array([-70.4, -40.0, -91.3])).tolist()
    [-71.0, -51.0, -91.0]
    """
    gsm = np.clip(-113.0 + 2.0 * np.round((level_dbm + 113.0) / 2.0), -113.0, -51.0)
    return np.where(np.asarray(rat) == GSM, gsm, np.clip(np.round(level_dbm), -140.0, -43.0))


def timing_steps(rng: np.random.Generator, rat: Ints, distance_m: Floats) -> Ints:
    """Timing advance of paths a little longer than the straight line, in whole steps."""
    longer = distance_m + rng.exponential(50.0, len(distance_m))
    steps = np.clip(np.round(longer / TIMING_STEP_M[rat]), 0, TIMING_LARGEST[rat])
    return np.asarray(steps, dtype=np.int64)
