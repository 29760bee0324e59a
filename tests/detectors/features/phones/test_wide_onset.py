"""What begins all over a neighbourhood and goes on, and what is a spot, a moment or a habit."""

import numpy as np
import pytest

from detectors.features.phones.wide_onset import Came, is_wide, note
from detectors.model.finding import Observation, Place, Source
from geo.earth.sphere import offset

HERE = Place(39.9, 116.4, reach_m=1000.0)
MINUTE = 60_000
BEGAN, ON_AIR, NOW = 0, 10 * MINUTE, 20 * MINUTE


def came(
    count: int = 20,
    first_ms: int = ON_AIR,
    last_ms: int = NOW,
    wide_m: float = 900.0,
    sites: int = 9,
    network: tuple[int, int] = (460, 0),
    seed: int = 5,
) -> list[Came]:
    """Subscribers who come back one by one on sites spread over a square about the place."""
    rng = np.random.default_rng(seed)
    side = round(sites**0.5)
    times = np.linspace(first_ms, last_ms, count).round().astype(int).tolist()
    found = []
    for n, (rx_ms, site) in enumerate(zip(times, rng.integers(0, sites, count), strict=True)):
        east, north = ((site % side) - 1) * wide_m, (site // side - 1) * wide_m
        lat, lon = offset(HERE.lat, HERE.lon, float(east), float(north))
        found.append(Came(rx_ms, f"{network}{first_ms}{n}", network, float(lat), float(lon)))
    return found


def test_one_by_one_on_all_sites_about_from_some_moment_on() -> None:
    assert is_wide(came(), HERE, BEGAN, NOW)
    assert is_wide(came() + came(2, MINUTE, ON_AIR, seed=6), HERE, BEGAN, NOW)


@pytest.mark.parametrize("sites", [1, 4])
def test_a_spot_is_served_from_few_sites(sites: int) -> None:
    spot = came(40, sites=sites, wide_m=300.0)
    assert not is_wide(spot, HERE, BEGAN, NOW)


def test_a_core_that_restarts_is_over_in_two_minutes() -> None:
    assert not is_wide(came(60, ON_AIR, ON_AIR + 2 * MINUTE), HERE, BEGAN, NOW)


def riders(stops: int, count: int, apart_ms: int) -> list[Came]:
    """Riders of a train who come back at each stop within seconds, on two sites of the station."""
    found = []
    for stop in range(stops):
        for n in range(count):
            lat, lon = offset(HERE.lat, HERE.lon, (stop - 2) * 850.0, n % 2 * 200.0)
            rx_ms = ON_AIR + stop * apart_ms + n * 1000
            found.append(Came(rx_ms, f"{stop}-{n}", (460, 0), float(lat), float(lon)))
    return found


@pytest.mark.parametrize("count", [4, 12])
def test_riders_who_come_back_together_at_each_stop_are_one_witness(count: int) -> None:
    train = riders(5, count, 2 * MINUTE)
    assert not is_wide(train, HERE, BEGAN, NOW)
    # A transmitter there is found all the same, as soon as without the train.
    assert is_wide(train + came(), HERE, BEGAN, NOW)


def test_what_was_so_all_along_has_not_begun() -> None:
    assert not is_wide(came(60, BEGAN + MINUTE // 2, NOW), HERE, BEGAN, NOW)
    # Watched since just before nobody knows what was there.
    assert not is_wide(came(60), HERE, ON_AIR - MINUTE, NOW)


def test_a_few_and_those_of_other_networks_and_places_do_not_make_it() -> None:
    assert not is_wide(came(7), HERE, BEGAN, NOW)
    mixed = [one for n in range(4) for one in came(6, network=(460, n), seed=n)]
    assert not is_wide(mixed, HERE, BEGAN, NOW)
    far = Place(HERE.lat + 0.1, HERE.lon)
    assert not is_wide(came(), far, BEGAN, NOW)
    assert not is_wide(came(), None, BEGAN, NOW)


def test_one_phone_counts_once() -> None:
    alone = [Came(one.rx_ms, "s", one.network, one.lat, one.lon) for one in came(40)]
    assert not is_wide(alone, HERE, BEGAN, NOW)


def test_the_memory_is_bounded_and_needs_a_cell_and_a_place() -> None:
    kept: list[Came] = []

    def observed(rx_ms: int, place: Place | None = HERE, key: str = "lte-460-0-4100-1") -> None:
        source = Source("t", 0, rx_ms, 0)
        note(
            kept,
            Observation(
                detector="lost_area",
                kind="odd",
                ts=rx_ms,
                rx_ts=rx_ms,
                space="subscriber",
                who="s",
                claimed=None,
                place=place,
                values={"seen_on": key},
                source=source,
            ),
        )

    observed(0, None)
    observed(0, key="?")
    assert kept == []
    for n in range(600):
        observed(n)
    assert len(kept) == 512
    observed(3_600_000)
    assert [one.rx_ms for one in kept] == [3_600_000]
