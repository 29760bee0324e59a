"""The drawn scenario: network, phones, transmitters and captures, from which feeds are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from replay.simulate.network.network import Network
from replay.simulate.network.radio import Radio
from replay.simulate.network.register import Place, Register
from replay.simulate.people.camping import Camping
from replay.simulate.people.people import Phones
from replay.simulate.rogue.captures import Captures
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.scenario import Scenario

FIX_SIGMA_PER_ACCURACY = 1 / 1.51  # a 68 % radius as the deviation along one axis
OUTLIER_M = (50.0, 5000.0)  # of errors beyond the stated accuracy


@dataclass(frozen=True, slots=True)
class World:
    """The drawn scenario: cells, phones, who camps where, rogues and their victims.

    ``in_core_feed`` says whose procedures the core's feed holds.
    """

    scenario: Scenario
    seed: int
    place: Place
    network: Network
    register: Register
    radio: Radio
    phones: Phones
    camping: Camping
    transmitters: list[Transmitter]
    captures: Captures
    in_core_feed: NDArray[np.bool_]

    def random(self, part: str) -> np.random.Generator:
        """A generator of its own for each part, so that one part's draws don't shift another's."""
        return random_of(self.seed, part)

    def ms(self, time_s: NDArray[np.float64]) -> list[int]:
        """Times in seconds after the start as Unix milliseconds."""
        whole = self.scenario.start_ms + np.round(np.asarray(time_s) * 1000.0).astype(np.int64)
        return [int(value) for value in whole.tolist()]

    def ms_at(self, time_s: float) -> int:
        """Seconds after the start as Unix milliseconds."""
        return self.ms(np.array([time_s]))[0]

    def serving_cell(self, who: int, time_s: float) -> int:
        """Row of the cell on which one phone camps at a time; -1 for none."""
        return int(self.serving(np.array([who]), np.array([time_s]))[0])

    def serving(self, phone: NDArray[np.int64], time_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Row of the cell on which phones camp at a time."""
        step = np.minimum(time_s / self.phones.step_s, len(self.camping.cell) - 1).astype(np.int64)
        return np.asarray(self.camping.cell[step, phone])

    def reachable(self, phone: NDArray[np.int64], time_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which phones have a network at a time."""
        return np.asarray(self.phones.reachable(phone, time_s) & (self.serving(phone, time_s) >= 0))

    def free_cell(self, who: int, time_s: float) -> int:
        """The cell of one phone; -1 where it has none, is captive, or time is over."""
        phone, at = np.array([who]), np.array([time_s])
        free = self.reachable(phone, at)[0] and not self.captures.held(phone, at, 5.0)[0]
        if not free or time_s >= self.scenario.duration_s:
            return -1
        return self.serving_cell(who, time_s)

    def cells_at(self, cells: NDArray[np.int64], time_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Rows that hold the numbers of cells (phones, n) at times (phones,), as of the step."""
        step_s = self.phones.step_s
        return self.network.as_of(cells, (np.floor(time_s / step_s) * step_s)[:, None])

    def delays_s(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Delays of reports from phones: seconds, a few of them minutes."""
        feeds = self.scenario.feeds
        late = rng.random(count) < feeds.late_share
        delay = rng.exponential(feeds.delay_s, count) if feeds.delay_s else np.zeros(count)
        return np.asarray(delay + np.where(late, rng.uniform(60.0, 600.0, count), 0.0))

    def fix_errors_m(
        self, rng: np.random.Generator, count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What is drawn for positions: the stated accuracy, and the errors east and north."""
        accuracy_m = np.round(rng.uniform(5.0, 30.0, count), 1)
        sigma_m = accuracy_m * FIX_SIGMA_PER_ACCURACY
        wrong = rng.random(count) < self.scenario.feeds.position_outlier_share
        sigma_m = np.where(wrong, self._outliers_m(rng, count), sigma_m)
        east = rng.normal(0.0, 1.0, count) * sigma_m
        return accuracy_m, east, rng.normal(0.0, 1.0, count) * sigma_m

    def _outliers_m(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        median_m = self.scenario.feeds.position_outlier_m
        if median_m is None:
            return np.asarray(rng.uniform(200.0, 1000.0, count))
        return heavy_tailed_m(rng, median_m, count)

    def fix(
        self, rng: np.random.Generator, who: int, time_s: float, source: str | None = None
    ) -> dict[str, object]:
        """Where one phone believes to be, as `fixes` gives it."""
        sources = None if source is None else [source]
        return self.fixes(rng, np.array([who]), np.array([time_s]), sources)[0]

    def fixes(
        self,
        rng: np.random.Generator,
        phone: NDArray[np.int64],
        time_s: NDArray[np.float64],
        sources: Sequence[str] | None = None,
    ) -> list[dict[str, object]]:
        """Where phones believe to be, as messages carry it; nothing under the ground.

        That is latitude and longitude, by which of ``sources`` where those are given, and the 68 %
        radius in metres.
        """
        x, y = self.phones.place(phone, time_s)
        accuracy_m, east_m, north_m = self.fix_errors_m(rng, len(phone))
        lat, lon = self.place.latlon(x + east_m, y + north_m)
        columns = {"lat": lat.tolist(), "lon": lon.tolist()}
        columns |= {} if sources is None else {"position_source": sources}
        columns["accuracy_m"] = accuracy_m.tolist()
        below = self.phones.below(phone, time_s).tolist()
        rows = zip(*columns.values(), strict=True)
        return [
            {} if hidden else dict(zip(columns, row, strict=True))
            for row, hidden in zip(rows, below, strict=True)
        ]


def heavy_tailed_m(rng: np.random.Generator, median_m: float, count: int) -> NDArray[np.float64]:
    """Errors along an axis, half of them below the median, one in six beyond 2.7 times it."""
    return np.clip(median_m * np.exp(rng.normal(0.0, 1.0, count)), *OUTLIER_M)


def random_of(seed: int, part: str) -> np.random.Generator:
    """The generator for a part of the scenario that ``seed`` draws."""
    return np.random.default_rng([seed, crc32(part.encode())])
