"""What the message before makes of one: a jump, a repeated word, a stale modem."""

import pickle
from typing import Any

import numpy as np

from detectors.features.phones.last_reports import remember
from detectors.features.phones.phones import Phones
from detectors.rules.impossible_distance.device_motion import Samples, Way

MINUTES_15 = 900_000


def way(make: Any, *steps: dict[str, Any]) -> Any:
    """One phone's messages, ten seconds apart, so many metres east of the site."""
    rows = []
    for number, given in enumerate(steps):
        step = {"speed_mps": 0.0, **given}
        lat, lon = make.at(step.pop("east_m", 0.0))
        rows.append({"device": "u", "at_s": 10.0 * number, "lat": lat, "lon": lon, **step})
    return make.measurements(*rows)


def ways(make: Any, batch: Any, phones: Phones | None = None) -> Way:
    """Of all rows of a batch, which then is taken in."""
    facts = make.facts(batch, phones=phones)
    way = Way.of(facts, np.arange(len(batch)), MINUTES_15)
    remember(facts)
    return way


def test_a_jump_is_farther_than_the_phone_can_have_moved(make: Any) -> None:
    batch = way(make, {}, {"east_m": 300.0}, {"east_m": 900.0})
    assert ways(make, batch).jumped(batch).tolist() == [False, False, True]
    fast = way(make, {}, {"east_m": 600.0, "speed_mps": 20.0}, {"east_m": 900.0})
    assert not ways(make, fast).jumped(fast).any()


def test_a_stale_modem_is_stale_until_something_is_measured(make: Any) -> None:
    steps = [{"east_m": 200.0 * n, "speed_mps": 20.0} for n in range(4)]
    batch = way(make, *steps, {**steps[3], "signal_dbm": -85.3})
    stale = Samples(MINUTES_15).stale(ways(make, batch), batch)
    assert stale.tolist() == [False, True, True, True, False]


def test_it_is_remembered_over_batches_and_storage(make: Any) -> None:
    first, phones = way(make, {}, {"east_m": 500.0}), Phones()
    samples = Samples(MINUTES_15)
    assert samples.stale(ways(make, first, phones), first).tolist() == [False, True]
    stored: Samples = pickle.loads(pickle.dumps(samples))
    for at_s, is_stale in ((20.0, True), (5_000.0, False)):
        later = way(make, {"east_m": 500.0, "at_s": at_s})
        assert stored.stale(ways(make, later, phones), later).tolist() == [is_stale]
