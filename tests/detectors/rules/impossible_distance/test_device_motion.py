"""What the message before makes of one: a jump, a repeated word, a stale modem."""

import pickle
from typing import Any

import numpy as np

from detectors.rules.impossible_distance.device_motion import Ways

MINUTES_15 = 900_000


def way(make: Any, *steps: dict[str, Any]) -> Any:
    """One phone's messages, ten seconds apart, so many metres east of the site."""
    rows = []
    for number, given in enumerate(steps):
        step = {"speed_mps": 0.0, **given}
        lat, lon = make.at(step.pop("east_m", 0.0))
        rows.append({"device": "u", "at_s": 10.0 * number, "lat": lat, "lon": lon, **step})
    return make.measurements(*rows)


def all_of(batch: Any) -> Any:
    return np.arange(len(batch))


def test_a_jump_is_farther_than_the_phone_can_have_moved(make: Any) -> None:
    batch = way(make, {}, {"east_m": 300.0}, {"east_m": 900.0})
    assert Ways(MINUTES_15).follow(batch).jumped(all_of(batch)).tolist() == [False, False, True]
    fast = way(make, {}, {"east_m": 600.0, "speed_mps": 20.0}, {"east_m": 900.0})
    assert not Ways(MINUTES_15).follow(fast).jumped(all_of(fast)).any()


def test_a_stale_modem_is_stale_until_something_is_measured(make: Any) -> None:
    steps = [{"east_m": 200.0 * n, "speed_mps": 20.0} for n in range(4)]
    batch = way(make, *steps, {**steps[3], "signal_dbm": -85.3})
    ways = Ways(MINUTES_15)
    stale = ways.stale(ways.follow(batch), all_of(batch))
    assert stale.tolist() == [False, True, True, True, False]


def test_it_is_remembered_over_batches_and_storage(make: Any) -> None:
    first = way(make, {}, {"east_m": 500.0})
    ways = Ways(MINUTES_15)
    assert ways.stale(ways.follow(first), all_of(first)).tolist() == [False, True]
    stored: Ways = pickle.loads(pickle.dumps(ways))
    standing = way(make, {"east_m": 500.0, "at_s": 20.0})
    assert stored.stale(stored.follow(standing), all_of(standing)).tolist() == [True]
    much_later = way(make, {"east_m": 500.0, "at_s": 5_000.0})
    assert stored.stale(stored.follow(much_later), all_of(much_later)).tolist() == [False]
