"""The phones of a city and of groups that join them: whose, how able, and where at every step."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.network.network import Floats, Ints
from replay.simulate.scenario.scenario import City, People, Scenario

HOME, WALKER, DRIVER, RIDER = 0, 1, 2, 3
CENTRE_SHARE, CENTRE_SD = 0.6, 0.22  # so many live about the centre; spread as part of the size
INDOOR_LOSS_DB = (6.0, 16.0)
_EAST = np.array([1, 0, -1, 0])
_NORTH = np.array([0, 1, 0, -1])


@dataclass(frozen=True, slots=True)
class Phones:
    """Phones as columns; ``x`` and ``y`` are metres, shape (steps + 1, phones).

    ``away`` has the same shape and says when a phone has no network or is off; ``underground`` has
    it too, where a phone doesn't know its place.
    """

    device: list[str]
    subscriber: list[str]
    operator: Ints
    rat: Ints
    kind: Ints
    reporting: NDArray[np.bool_]
    indoor: NDArray[np.bool_]
    gain_db: Floats
    x: Floats
    y: Floats
    step_s: float
    away: NDArray[np.bool_]
    underground: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.device)

    def place(self, phone: Ints, time_s: Floats) -> tuple[Floats, Floats]:
        """Where phones are at times in seconds after the start, metres east and north."""
        return interpolated(self.x, phone, time_s, self.step_s), interpolated(
            self.y, phone, time_s, self.step_s
        )

    def reachable(self, phone: Ints, time_s: Floats) -> NDArray[np.bool_]:
        """Which phones have a network at a time."""
        return ~self.away[self._step(time_s), phone]

    def below(self, phone: Ints, time_s: Floats) -> NDArray[np.bool_]:
        """Which phones are under the ground at a time."""
        return np.asarray(self.underground[self._step(time_s), phone])

    def _step(self, time_s: Floats) -> Ints:
        return np.minimum(time_s / self.step_s, len(self.x) - 1).astype(np.int64)

    def speed_mps(self, phone: Ints, time_s: Floats) -> Floats:
        """Speed over the ground within the step, metres a second."""
        step = np.minimum((time_s / self.step_s).astype(np.int64), len(self.x) - 2)
        east = self.x[step + 1, phone] - self.x[step, phone]
        north = self.y[step + 1, phone] - self.y[step, phone]
        return np.asarray(np.hypot(east, north) / self.step_s)


def interpolated(grid: Floats, column: Ints, time_s: Floats, step_s: float) -> Floats:
    """Value of grid (steps + 1, columns) between two steps, linearly."""
    at = np.clip(time_s / step_s, 0.0, len(grid) - 1.0)
    step = np.minimum(at.astype(np.int64), len(grid) - 2)
    part = at - step
    return np.asarray(grid[step, column] * (1.0 - part) + grid[step + 1, column] * part)


def draw_phones(scenario: Scenario, rng: np.random.Generator) -> Phones:
    """All phones of a scenario with their whole way through it."""
    people, city = scenario.people, scenario.city
    count = people.phones
    shares = [people.home_share, people.walker_share]
    kind = np.searchsorted(np.cumsum(shares), rng.random(count), side="right")
    rat = _rats(rng, people, count)
    x0, y0 = _homes(rng, city, count)
    x, y = _ways(scenario, rng, kind, x0, y0)
    indoor = kind == HOME
    loss_db = np.where(indoor, rng.uniform(*INDOOR_LOSS_DB, count), 0.0)
    device = _pseudonyms(rng, "d", count)
    own_subscriber = _pseudonyms(rng, "s", count)
    return Phones(
        device=device,
        subscriber=device if people.shared_pseudonyms else own_subscriber,
        operator=_operators(rng, scenario, count),
        rat=rat,
        kind=kind,
        reporting=rng.random(count) < people.reporting_share,
        indoor=indoor,
        gain_db=rng.normal(0.0, people.device_offset_db, count) - loss_db,
        x=x,
        y=y,
        step_s=scenario.step_s,
        away=np.zeros(x.shape, dtype=np.bool_),
        underground=np.zeros(x.shape, dtype=np.bool_),
    )


def on_another_day(phones: Phones, scenario: Scenario, rng: np.random.Generator) -> Phones:
    """The same phones through another scenario of their city: they begin where they began, and who
    moves goes other ways."""
    x, y = _ways(scenario, rng, phones.kind, phones.x[0], phones.y[0])
    never = np.zeros(x.shape, dtype=np.bool_)
    return replace(phones, x=x, y=y, away=never, underground=never.copy())


def _ways(
    scenario: Scenario, rng: np.random.Generator, kind: Ints, x0: Floats, y0: Floats
) -> tuple[Floats, Floats]:
    """Places at all steps of phones that begin at some, shape (steps + 1, phones), metres."""
    steps = round(scenario.duration_s / scenario.step_s)
    x, y = np.repeat(x0[None], steps + 1, 0), np.repeat(y0[None], steps + 1, 0)
    for which, slowest, fastest, longest_wait_s in (
        (WALKER, 0.9, 1.7, 20.0),
        (DRIVER, 5.0, 14.0, 40.0),
    ):
        mine = np.flatnonzero(kind == which)
        start, speed = (x0[mine], y0[mine]), rng.uniform(slowest, fastest, len(mine))
        x[:, mine], y[:, mine] = street_tracks(
            rng, scenario.city, start, speed, longest_wait_s, steps, scenario.step_s
        )
    return x, y


def street_tracks(
    rng: np.random.Generator,
    city: City,
    start: tuple[Floats, Floats],
    speed_mps: Floats,
    longest_wait_s: float,
    steps: int,
    step_s: float,
) -> tuple[Floats, Floats]:
    """Ways along a square street grid from the crossings nearest to ``start``.

    Three in ten crossings cost a wait; half of all crossings are gone straight over. Returns x and
    y of shape (steps + 1, movers), metres.
    """
    spacing, count = city.street_spacing_m, len(speed_mps)
    edge = max(1, int(city.size_m / 2 / spacing))
    column = np.clip(np.round(start[0] / spacing), -edge, edge).astype(np.int64)
    row = np.clip(np.round(start[1] / spacing), -edge, edge).astype(np.int64)
    heading = _kept_inside(rng.integers(0, 4, count), column, row, edge)
    gone, wait_s = np.zeros(count), np.zeros(count)
    # A pavement or lane beside the middle of the street.
    beside = np.minimum(rng.uniform(2.0, 9.0, count), spacing / 4)
    x, y = np.empty((steps + 1, count)), np.empty((steps + 1, count))
    for step in range(steps + 1):
        x[step] = column * spacing + _EAST[heading] * gone + _NORTH[heading] * beside
        y[step] = row * spacing + _NORTH[heading] * gone - _EAST[heading] * beside
        waiting = np.minimum(wait_s, step_s)
        wait_s -= waiting
        gone += speed_mps * (step_s - waiting)
        over = gone >= spacing
        while over.any():
            column += np.where(over, _EAST[heading], 0)
            row += np.where(over, _NORTH[heading], 0)
            turn = np.searchsorted([0.5, 0.75], rng.random(count), side="right")
            turned = (heading + np.array([0, 1, 3])[turn]) % 4
            heading = np.where(over, _kept_inside(turned, column, row, edge), heading)
            held = over & (rng.random(count) < 0.3)
            wait_s = np.where(held, rng.uniform(3.0, longest_wait_s, count), wait_s)
            gone = np.where(held, 0.0, np.where(over, gone - spacing, gone))
            over = gone >= spacing
    return x, y


def _kept_inside(heading: Ints, column: Ints, row: Ints, edge: int) -> Ints:
    """Headings turned by a quarter until they lead to a crossing of the grid."""
    for _ in range(3):
        outside = (np.abs(column + _EAST[heading]) > edge) | (np.abs(row + _NORTH[heading]) > edge)
        heading = np.where(outside, (heading + 1) % 4, heading)
    return heading


def _homes(rng: np.random.Generator, city: City, count: int) -> tuple[Floats, Floats]:
    """Starting places: most about the centre, the rest anywhere."""
    half = city.size_m / 2
    central = rng.random(count) < CENTRE_SHARE
    spread = rng.uniform(-half, half, (2, count))
    about = np.clip(rng.normal(0.0, CENTRE_SD * city.size_m, (2, count)), -half, half)
    x, y = np.where(central, about, spread)
    return x, y


def _rats(rng: np.random.Generator, people: People, count: int) -> Ints:
    shares = np.cumsum([people.gsm_share, people.nr_share])
    drawn = np.searchsorted(shares, rng.random(count), side="right")
    return np.array([GSM, NR, LTE])[drawn]


def _operators(rng: np.random.Generator, scenario: Scenario, count: int) -> Ints:
    shares = np.cumsum([operator.share for operator in scenario.operators])[:-1]
    return np.searchsorted(shares, rng.random(count), side="right")


def _pseudonyms(rng: np.random.Generator, prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number:016x}" for number in rng.integers(0, 2**63, count).tolist()]


def joined(
    phones: Phones,
    scenario: Scenario,
    rng: np.random.Generator,
    way: tuple[Floats, Floats],
    kind: int,
    *,
    operator: int | None = None,
    rat: int | None = None,
    away: NDArray[np.bool_] | None = None,
    loss_db: float = 0.0,
    reporting_share: float | None = None,
) -> Phones:
    """All phones, and at their end a new group moving along ``way`` (metres; steps + 1, group).

    Operator and RAT are drawn as for all phones unless given; ``loss_db`` is the loss of walls.
    """
    (x, y), people = way, scenario.people
    count = x.shape[1]
    drawn_rat, drawn_operator = _rats(rng, people, count), _operators(rng, scenario, count)
    device, subscriber = _pseudonyms(rng, "d", count), _pseudonyms(rng, "s", count)
    reporting = people.reporting_share if reporting_share is None else reporting_share
    never = np.zeros(x.shape, dtype=np.bool_)
    return replace(
        phones,
        device=phones.device + device,
        subscriber=phones.subscriber + (device if people.shared_pseudonyms else subscriber),
        operator=np.append(
            phones.operator, drawn_operator if operator is None else [operator] * count
        ),
        rat=np.append(phones.rat, drawn_rat if rat is None else [rat] * count),
        kind=np.append(phones.kind, [kind] * count),
        reporting=np.append(phones.reporting, rng.random(count) < reporting),
        indoor=np.append(phones.indoor, [kind == HOME or loss_db > 0.0] * count),
        gain_db=np.append(
            phones.gain_db, rng.normal(0.0, people.device_offset_db, count) - loss_db
        ),
        x=np.column_stack([phones.x, x]),
        y=np.column_stack([phones.y, y]),
        away=np.column_stack([phones.away, never if away is None else away]),
        underground=np.column_stack([phones.underground, never]),
    )


def steps_s(scenario: Scenario) -> Floats:
    """The times of all steps, seconds after the start."""
    count = round(scenario.duration_s / scenario.step_s) + 1
    return np.asarray(np.arange(count) * scenario.step_s, dtype=np.float64)


def about(
    rng: np.random.Generator, at_m: tuple[float, float], radius_m: float, count: int
) -> tuple[Floats, Floats]:
    """Places evenly over a circle."""
    reach = radius_m * np.sqrt(rng.random(count))
    angle = rng.uniform(0.0, 2 * np.pi, count)
    x, y = at_m[0] + reach * np.cos(angle), at_m[1] + reach * np.sin(angle)
    return np.asarray(x), np.asarray(y)


def standing(scenario: Scenario, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Ways of phones that stay where they are."""
    steps = len(steps_s(scenario))
    return np.repeat(x[None], steps, axis=0), np.repeat(y[None], steps, axis=0)


def visiting(
    scenario: Scenario,
    times_s: tuple[Floats, Floats, Floats, Floats],
    outside: tuple[Floats, Floats],
    inside: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Ways from places outside to places inside and back, each (x, y) of shape (phones,).

    ``times_s`` are when each phone sets off, is there, leaves and is back.
    """
    at_s, times = steps_s(scenario), np.array(times_s)
    ways = []
    for far, near in zip(outside, inside, strict=True):
        stops = np.array([far, near, near, far])
        columns = range(stops.shape[1])
        ways.append(np.column_stack([np.interp(at_s, times[:, k], stops[:, k]) for k in columns]))
    return ways[0], ways[1]
