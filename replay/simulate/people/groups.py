"""Groups of phones that happenings bring: how they move, and how they join the others."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.network.network import Floats, Ints
from replay.simulate.people.people import DEVICE_OFFSET_DB, HOME, Phones
from replay.simulate.scenario.scenario import Scenario


def joined(
    phones: Phones,
    scenario: Scenario,
    rng: np.random.Generator,
    x: Floats,
    y: Floats,
    kind: int,
    *,
    operator: int | None = None,
    rat: int | None = None,
    away: NDArray[np.bool_] | None = None,
    loss_db: float = 0.0,
    reporting_share: float | None = None,
) -> tuple[Phones, Ints]:
    """All phones with a new group moving along ``x``, ``y`` (metres; steps + 1, group); its rows.

    Operator and RAT are drawn as for all phones unless given; ``loss_db`` is the loss of walls.
    """
    count, people = x.shape[1], scenario.people
    first = len(phones)
    technology = np.searchsorted(
        np.cumsum([people.gsm_share, people.nr_share]), rng.random(count), side="right"
    )
    shares = np.cumsum([each.share for each in scenario.operators])[:-1]
    owner = np.searchsorted(shares, rng.random(count), side="right")
    numbers = np.asarray(rng.integers(0, 2**63, (2, count)))
    device = [f"d-{number:016x}" for number in numbers[0].tolist()]
    subscriber = [f"s-{number:016x}" for number in numbers[1].tolist()]
    reporting = people.reporting_share if reporting_share is None else reporting_share
    before = np.zeros(phones.x.shape, dtype=np.bool_) if phones.away is None else phones.away
    absent = np.zeros(x.shape, dtype=np.bool_) if away is None else away
    grown = replace(
        phones,
        device=phones.device + device,
        subscriber=phones.subscriber + (device if people.shared_pseudonyms else subscriber),
        operator=np.append(phones.operator, owner if operator is None else [operator] * count),
        rat=np.append(
            phones.rat, np.array([GSM, NR, LTE])[technology] if rat is None else [rat] * count
        ),
        kind=np.append(phones.kind, [kind] * count),
        reporting=np.append(phones.reporting, rng.random(count) < reporting),
        indoor=np.append(phones.indoor, [kind == HOME or loss_db > 0.0] * count),
        gain_db=np.append(phones.gain_db, rng.normal(0.0, DEVICE_OFFSET_DB, count) - loss_db),
        x=np.column_stack([phones.x, x]),
        y=np.column_stack([phones.y, y]),
        away=np.column_stack([before, absent]),
    )
    return grown, np.arange(first, first + count)


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


def along(scenario: Scenario, points: list[tuple[Floats, Floats, Floats]]) -> tuple[Floats, Floats]:
    """Ways through points (time, x, y), each of shape (phones,), straight between them."""
    at_s = steps_s(scenario)
    times, xs, ys = (np.array([point[k] for point in points]) for k in range(3))
    columns = range(times.shape[1])
    x = np.column_stack([np.interp(at_s, times[:, k], xs[:, k]) for k in columns])
    y = np.column_stack([np.interp(at_s, times[:, k], ys[:, k]) for k in columns])
    return x, y
