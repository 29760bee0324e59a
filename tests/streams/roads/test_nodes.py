"""Places that coincide are one node: the same as joining each with each by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streams.roads.nodes import ALIKE_UNITS, TURN_UNITS, nodes_of

NEAR = st.integers(-25, 25)
PLACES = st.lists(st.tuples(NEAR, NEAR), max_size=30)


def units(places: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places about the seam at longitude 0, as `nodes_of` takes them."""
    table = np.array(places, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1] % TURN_UNITS


def naive(places: list[tuple[int, int]]) -> list[set[int]]:
    """Groups of places, grown one by one."""
    groups: list[set[int]] = []
    for number, (lat, lon) in enumerate(places):
        touched = [
            group
            for group in groups
            if any(
                max(abs(places[each][0] - lat), abs(places[each][1] - lon)) <= ALIKE_UNITS
                for each in group
            )
        ]
        groups = [group for group in groups if group not in touched]
        groups.append({number}.union(*touched))
    return groups


@settings(max_examples=200)
@given(PLACES)
def test_groups_are_those_of_the_obvious_way(places: list[tuple[int, int]]) -> None:
    node, at = nodes_of(*units(places))
    groups = [set(np.flatnonzero(node == number).tolist()) for number in range(len(at))]
    assert sorted(map(sorted, groups)) == sorted(map(sorted, naive(places)))
    assert all(place in group for place, group in zip(at.tolist(), groups, strict=True))


@settings(max_examples=100)
@given(PLACES, st.randoms(use_true_random=False))
def test_order_changes_nothing(places: list[tuple[int, int]], random: object) -> None:
    shuffled = list(places)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    lat, lon = units(places)
    lat_again, lon_again = units(shuffled)
    at, at_again = nodes_of(lat, lon)[1], nodes_of(lat_again, lon_again)[1]
    assert lat[at].tolist() == lat_again[at_again].tolist()
    assert lon[at].tolist() == lon_again[at_again].tolist()
    keys = list(zip(lat[at].tolist(), lon[at].tolist(), strict=True))
    assert keys == sorted(keys)
