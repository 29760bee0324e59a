"""What all parts of a call world ask: its people, time, places, trunks, numbers and chance."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from replay.simulate.calls.call_world import CallWorld
from replay.simulate.calls.columns import IOT, Floats, Ints, Table
from replay.simulate.calls.number_ranges import (
    AREAS,
    LINES_BELOW,
    OTHERS,
    blocks_of,
    mobile,
)
from replay.simulate.calls.parameters import CAMPAIGN, LOOK_ALIKES
from replay.simulate.drawn.world_draw import generator

#: Midnight in China, which has one clock.
MIDNIGHT_MS = 1_748_880_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
STEPS_AN_HOUR = 12
PEAK_WIDTH_H = 2.2
OFFICE_H, SHOP_H = (9.0, 18.0), (8.0, 21.5)
OUT_OF_HOURS = 0.01  # of calls in office hours
CARRIERS = ("own", "carrier-b", "carrier-c", "carrier-d", "carrier-e", "gateway-1", "gateway-2")
FIRST_GATEWAY = 5


@dataclass
class Stage:
    """A call world with its people, on which parts play; ``trunks`` are named as they are made."""

    world: CallWorld
    lines: Table
    trunks: list[str] = field(default_factory=list)
    #: Numbers as they are signalled that are none (below zero in columns).
    odd: list[str] = field(default_factory=list)
    _taken: dict[tuple[int, int], int] = field(default_factory=dict)

    def value(self, name: str) -> float:
        """A parameter as a number."""
        return float(self.world.parameters[name])

    def random(self, name: str) -> np.random.Generator:
        """A generator of its own for each part."""
        return generator(self.world.seed, f"calls {name}")

    @cached_property
    def regions(self) -> int:
        """How many regions there are: the first of `AREAS`."""
        return int(self.value("regions"))

    @cached_property
    def end_ms(self) -> int:
        """The length of the trace."""
        return round(self.value("hours") * HOUR_MS)

    @cached_property
    def start_ms(self) -> int:
        """When it begins, Unix milliseconds."""
        return MIDNIGHT_MS + round(self._start_h * HOUR_MS)

    @cached_property
    def _start_h(self) -> float:
        return 0.0 if self.value("hours") >= 24.0 else self.value("start_hour")

    @cached_property
    def rhythms(self) -> dict[str, Floats]:
        """Weights of the trace's steps by rhythm; 1 is the peak."""
        steps = max(1, int(np.ceil(self.value("hours") * STEPS_AN_HOUR)))
        return self._weights(self._start_h + (np.arange(steps) + 0.5) / STEPS_AN_HOUR)

    def _weights(self, hours: Floats) -> dict[str, Floats]:
        hour = hours % 24.0
        morning = np.exp(-0.5 * ((hour - self.value("morning_peak")) / PEAK_WIDTH_H) ** 2)
        evening = np.exp(-0.5 * ((hour - self.value("evening_peak")) / PEAK_WIDTH_H) ** 2)
        people = morning + self.value("evening_weight") * evening
        people = self.value("night_floor") + people / max(1.0, self.value("evening_weight"))

        def between(span: tuple[float, float]) -> Floats:
            return np.where((hour >= span[0]) & (hour < span[1]), 1.0, OUT_OF_HOURS)

        return {
            "people": people,
            "office": between(OFFICE_H),
            "shops": between(SHOP_H),
            "round": np.ones(len(hour)),
        }

    def days(self, rhythm: str = "people") -> float:
        """How many days' calls the trace has room for, by a rhythm."""
        day = (np.arange(24 * STEPS_AN_HOUR) + 0.5) / STEPS_AN_HOUR
        return float(self.rhythms[rhythm].sum() / self._weights(day)[rhythm].sum())

    def busy_hours(self, rhythm: str) -> float:
        """Hours of the trace at full work."""
        return float(self.rhythms[rhythm].sum()) / STEPS_AN_HOUR

    def times(self, rng: np.random.Generator, n: int, rhythm: str = "people") -> Ints:
        """Times of calls, milliseconds after the start."""
        weights = self.rhythms[rhythm]
        sums = np.cumsum(weights / weights.sum())
        step = np.minimum(np.searchsorted(sums, rng.random(n)), len(weights) - 1)
        t = (step + rng.random(n)) * (HOUR_MS / STEPS_AN_HOUR)
        return np.minimum(t.astype(np.int64), self.end_ms - 1)

    def count(self, rng: np.random.Generator, look_alike: str) -> int:
        """How many lines of a look-alike there are."""
        assert look_alike in {each.name for each in LOOK_ALIKES}
        lines = self.value("subscribers") / 10_000 * self.value("oversample")
        most = 1 + int(0.02 * self.value("subscribers"))
        return min(int(rng.poisson(self.value(look_alike) * lines)), most)

    def trunk(self, name: str) -> int:
        """The number of a trunk."""
        if name not in self.trunks:
            self.trunks.append(name)
        return self.trunks.index(name)

    def fresh_mobiles(
        self, rng: np.random.Generator, prefixes: Sequence[int], region: int, n: int
    ) -> Ints:
        """Mobile numbers, one after another, that nobody else has."""
        room = 10_000 - LINES_BELOW
        blocks = blocks_of(region, self.regions)
        for _ in range(100):
            cell = int(rng.choice(prefixes)), int(rng.choice(blocks))
            if self._taken.get(cell, 0) + n <= room:
                break
        first = self._taken.get(cell, 0)
        self._taken[cell] = first + n
        serial = LINES_BELOW + (first + np.arange(n)) % room
        return mobile(np.full(n, cell[0]), np.full(n, cell[1]), serial)

    def odd_number(self, text: str) -> int:
        """The column value of a number that is none."""
        self.odd.append(text)
        return -len(self.odd)

    @cached_property
    def people(self) -> Ints:
        """Lines that belong to people."""
        return np.flatnonzero(self.lines["kind"] != IOT)

    def people_of(self, rng: np.random.Generator, regions: Sequence[int], n: int) -> Ints:
        """Lines of people at home in some regions, each once before any comes twice."""
        rows = np.concatenate([self.by_region[region] for region in regions])
        rows = rows if len(rows) else self.people
        if n < len(rows):
            return rng.choice(rows, n, replace=False)
        rounds = max(1, -(-n // len(rows)))
        return np.concatenate([rng.permutation(rows) for _ in range(rounds)])[:n]

    def residents(self, region: int) -> Ints:
        """Lines of people at home in a region; of all, where it has none."""
        rows = self.by_region[region]
        return rows if len(rows) else self.people

    @cached_property
    def by_region(self) -> list[Ints]:
        """Lines of people by their home region."""
        home = self.lines["region"][self.people]
        return [self.people[home == region] for region in range(self.regions)]

    @cached_property
    def operators(self) -> int:
        """Other operators at home."""
        return 1 + int(self.random("operators").integers(0, len(OTHERS)))


def campaign_values(stage: Stage, name: str) -> dict[str, float | str]:
    """Values of one campaign, each from a generator of its own unless it is given for all."""
    seed, given = stage.world.seed, stage.world.parameters
    drawn = {
        each.name: given.get(each.name, each.draw(generator(seed, f"{each.name} {name}")))
        for each in CAMPAIGN
    }
    return {
        name: value if isinstance(value, str) else float(value) for name, value in drawn.items()
    }


def region_names(regions: int) -> list[str]:
    """Regions as the feeds name them: by area code."""
    return [str(code) for code, _ in AREAS[:regions]]
