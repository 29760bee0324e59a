"""A transmitter's victims come in a burst, strays don't."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.incident.burst import (
    STRAYS_AN_HOUR,
    UNKNOWN,
    burst_nats,
    learned,
    most_each_adds,
    strays_an_hour,
)
from detectors.incident.tally import Tally, Vote
from detectors.model.finding import Identity

times = st.lists(st.integers(0, 3_600_000), max_size=40)


def evenly(count: int, every_s: float) -> list[int]:
    return [round(1000 * every_s * n) for n in range(count)]


def test_a_burst_grows_with_its_size_and_its_speed() -> None:
    by_size = [burst_nats(evenly(n, 10.0), 10_000 * (n - 1)) for n in (1, 3, 5, 8, 12)]
    assert by_size == sorted(by_size)
    assert by_size[0] < 0.0 < 5.0 < by_size[2]
    by_speed = [burst_nats(evenly(8, s), round(7_000 * s)) for s in (180.0, 60.0, 20.0, 8.0)]
    assert by_speed == sorted(by_speed)
    assert by_speed[0] < 0.0 < by_speed[-1]


def test_a_train_is_one_event() -> None:
    """Thirty who cross a border of areas within seconds come no more often than one does."""
    train = [200 * n for n in range(30)]
    assert burst_nats(train, train[-1]) == burst_nats([train[-1]], train[-1]) < 0.0
    half_an_hour_apart = [at + 900_000 * n for n in range(3) for at in train]
    assert burst_nats(half_an_hour_apart, half_an_hour_apart[-1]) < 0.0


def test_several_areas_bring_more_strays() -> None:
    rng = np.random.default_rng(7)
    low, high = np.log(STRAYS_AN_HOUR)
    for areas in (1, 2, 4, 9, 16):
        sums = np.exp(rng.uniform(low, high, (20_000, areas))).sum(axis=1)
        least, most = strays_an_hour(areas)
        assert least <= sums.min()
        assert 0.5 * most < np.quantile(sums, 0.95) < most
    back = evenly(12, 20.0)
    nats = [burst_nats(back, back[-1], areas) for areas in (1, 4, 12)]
    assert nats == sorted(nats, reverse=True)
    assert nats[0] > 5.0
    assert nats[-1] < 0.0  # one phone of each area


def test_what_the_busiest_stray_area_brings_is_no_evidence() -> None:
    """Thirty subscribers an hour: docs/science.md, F9."""
    assert burst_nats(evenly(30, 120.0), 29 * 120_000) < 0.0


def test_steady_strays_seldom_look_like_a_burst() -> None:
    """The best of all lengths at any moment of half an hour, in a hundred half-hours."""
    rng = np.random.default_rng(5)
    quiet = learned([1] * 12, 1_800_000.0)
    every = ((5, 2.0, UNKNOWN), (20, 5.0, UNKNOWN), (40, 9.0, UNKNOWN), (20, 6.0, quiet))
    for an_hour, nats, strays in every:
        best = []
        for _ in range(100):
            at_ms = (
                np.sort(rng.uniform(0, 1_800_000, rng.poisson(an_hour / 2))).astype(int).tolist()
            )
            best += [
                max(
                    (
                        burst_nats(at_ms[: n + 1], at_ms[n], strays=strays)
                        for n in range(len(at_ms))
                    ),
                    default=0,
                )
            ]
        assert np.quantile(best, 0.98) < nats


def test_where_other_areas_are_quiet_a_few_are_a_burst_already() -> None:
    back = evenly(15, 60.0)
    after = [
        burst_nats(back, back[-1], strays=learned([many] * 10, 1_800_000.0)) for many in (1, 3, 12)
    ]
    assert after == sorted(after, reverse=True)
    # Of a busy town nothing else is learned than what is taken for granted before.
    assert after[-1] == pytest.approx(burst_nats(back, back[-1]), abs=0.3)
    assert after[0] > after[-1] + 2.0


def test_what_is_learned_of_other_areas_is_bounded() -> None:
    """One area in twenty may be unlike the others, however many and quiet they are."""
    for areas, span_ms in ((12, 2_700_000.0), (2000, 2_700_000.0), (3, 60_000.0)):
        quiet = learned([1] * areas, span_ms)
        assert sum(quiet) == pytest.approx(1.0)
        back = evenly(60, 30.0)
        assert burst_nats(back, back[-1], strays=quiet) < burst_nats(back, back[-1]) + 3.0
    assert learned([], 0.0) == pytest.approx(UNKNOWN, abs=0.05)


def test_made_up_quiet_areas_dont_hide_busy_ones() -> None:
    """The busiest dozen is looked at."""
    busy = [10] * 12
    assert learned(busy + [1] * 500, 1_800_000.0) == learned(busy, 1_800_000.0)


@given(times, st.integers(0, 3_600_000))
def test_it_depends_on_the_times_alone_and_is_bounded_below(at_ms: list[int], now_ms: int) -> None:
    nats = burst_nats(at_ms, now_ms)
    assert nats == burst_nats(list(reversed(at_ms)), now_ms)
    # Of one that came three quarters of an hour ago twice as long is looked at, in which a
    # transmitter gives back thirty at least.
    assert nats > -40.0
    assert nats == burst_nats([*at_ms, now_ms + 1], now_ms)


def votes(count: int, stayed: int = 0, every_s: float = 40.0) -> dict[str, Vote]:
    times = evenly(count, every_s)
    return {f"subscriber:s{n}": Vote(2.0, at, at, n < stayed) for n, at in enumerate(times)}


def each(*tallies: Tally) -> float:
    now_ms = max(vote.rx for vote in tallies[0].votes.values())
    most = most_each_adds(tallies, {"unknown_old_area"}, now_ms)
    return 14 * most["unknown_old_area"]


def tally(detector: str, votes: dict[str, Vote], cell: int | None = None) -> Tally:
    area = Identity("gsm", 460, 0, 61001, cell)
    return Tally(detector, 1, "signalling", area, 9.0, len(votes), 0, 0, votes)


def test_what_residents_name_and_phones_receive_here_is_no_strays_area() -> None:
    """Fourteen in nine minutes may be strays, unless they were here all along, or their area is
    received here; a few phones that say so may be deceived or hostile."""
    slow = each(tally("unknown_old_area", votes(14)))
    assert 0.0 < slow < 3.0
    assert each(tally("unknown_old_area", votes(14, stayed=6))) == slow
    residents = tally("unknown_old_area", votes(14, stayed=7))
    assert each(residents) == pytest.approx(slow + log(20.0))
    receivers = {f"device:d{n}": Vote(1.5, 0) for n in range(3)}
    received = tally("unknown_cell", receivers, 7)
    both = each(residents, received)
    assert both == pytest.approx(slow + 2.0 * log(20.0))
    del receivers["device:d0"]
    assert each(residents, tally("unknown_cell", receivers, 7)) < both


def test_residents_do_not_come_in_trains() -> None:
    at_once = {voter: Vote(2.0, n, n, True) for n, voter in enumerate(votes(14))}
    strays = {voter: Vote(2.0, n, n) for n, voter in enumerate(votes(14))}
    assert each(tally("unknown_old_area", strays)) == 0.0
    assert each(tally("unknown_old_area", at_once)) > 9.0
