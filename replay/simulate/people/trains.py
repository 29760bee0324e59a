"""Metro trains that carry a rogue: their way along a line, and the phones that ride in them.

Under the ground a phone has no GNSS; antennas at the stops serve it all along the line. Where it
gets on and off it has been under the ground for some minutes.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from replay.simulate.network.network import Floats
from replay.simulate.people.people import RIDER, Phones
from replay.simulate.scenario.rogue import Train
from replay.simulate.scenario.scenario import Scenario

HALF_LENGTH_M = 70.0
STAIRS_S = (60.0, 180.0)  # from the street to the platform, and a wait there
MOST_STOPS_RIDDEN = 4


def train_track(train: Train, steps: int, step_s: float) -> tuple[Floats, Floats]:
    """Where a train is at each step: metres east and north, each of shape (steps + 1,)."""
    calls_s, which = _calls(train, steps * step_s)
    stops = np.array(train.stops_m)[which]
    # A stop counts twice, when it is reached and when it is left.
    times_s = np.column_stack([calls_s, calls_s + train.stop_s]).ravel()
    at_s = np.arange(steps + 1) * step_s
    x = np.interp(at_s, times_s, np.repeat(stops[:, 0], 2))
    y = np.interp(at_s, times_s, np.repeat(stops[:, 1], 2))
    return x, y


def board(scenario: Scenario, phones: Phones, rng: np.random.Generator) -> Phones:
    """The phones, of whom the last ones ride in the trains of the scenario's rogues."""
    trains = _trains(scenario)
    if not trains:
        return phones
    x, y, kind, indoor = phones.x.copy(), phones.y.copy(), phones.kind.copy(), phones.indoor.copy()
    below = np.zeros(x.shape, dtype=np.bool_)
    at_s = np.arange(len(x)) * phones.step_s
    free = len(phones)
    for train in trains:
        track_x, track_y = train_track(train, len(x) - 1, phones.step_s)
        calls_s, which = _calls(train, float(at_s[-1]))
        # Nobody gets on at the last call.
        boarding = rng.integers(0, max(1, len(calls_s) - 1), train.riders)
        for first in boarding.tolist():
            if free == 0:
                break
            free -= 1
            last = min(first + int(rng.integers(1, MOST_STOPS_RIDDEN + 1)), len(calls_s) - 1)
            on_s = float(calls_s[first]) + train.stop_s / 2
            off_s = float(calls_s[last]) + train.stop_s / 2
            aboard = (at_s >= on_s) & (at_s < off_s)
            start, end = train.stops_m[which[first]], train.stops_m[which[last]]
            beside = rng.normal(0.0, 40.0, 2)
            seat_m = rng.uniform(-HALF_LENGTH_M, HALF_LENGTH_M)
            for axis, way, track in ((0, x, track_x), (1, y, track_y)):
                outside = np.where(at_s < on_s, start[axis], end[axis]) + beside[axis]
                way[:, free] = np.where(aboard, track + seat_m / np.sqrt(2.0), outside)
            down_s, up_s = rng.uniform(*STAIRS_S, 2)
            below[:, free] = (at_s >= on_s - down_s) & (at_s < off_s + up_s)
            kind[free], indoor[free] = RIDER, False
    return replace(phones, x=x, y=y, kind=kind, indoor=indoor, underground=below)


def served_at_stops(scenario: Scenario, phones: Phones) -> Phones:
    """The phones as if those under the ground stood at the nearest stop, whose cells serve them."""
    if not phones.underground.any():
        return phones
    stops = np.array([stop for train in _trains(scenario) for stop in train.stops_m])
    x, y = phones.x.copy(), phones.y.copy()
    step, who = np.nonzero(phones.underground)
    away_m = np.hypot(x[step, who, None] - stops[:, 0], y[step, who, None] - stops[:, 1])
    nearest = np.argmin(away_m, axis=1)
    x[step, who], y[step, who] = stops[nearest, 0], stops[nearest, 1]
    return replace(phones, x=x, y=y)


def _trains(scenario: Scenario) -> list[Train]:
    return [each.place for each in scenario.rogues if isinstance(each.place, Train)]


def _calls(train: Train, until_s: float) -> tuple[Floats, NDArray[np.int64]]:
    """When the train reaches a stop, and which, there and back until the end."""
    stops = np.array(train.stops_m)
    count = len(stops)
    there_and_back = [*range(count), *range(count - 2, 0, -1)]
    calls_s, which, time_s = [0.0], [0], 0.0
    while time_s <= until_s:
        here = which[-1]
        after = there_and_back[len(which) % len(there_and_back)]
        way_m = float(np.hypot(*(stops[after] - stops[here])))
        time_s += train.stop_s + way_m / train.speed_mps
        calls_s.append(time_s)
        which.append(after)
    return np.array(calls_s), np.array(which, dtype=np.int64)
