"""The record with which all are there that show that somebody is a victim."""

from typing import Any

import pytest

from benchmarks.victims import Taken, World, decided_ms

GANG: dict[str, Any] = {"id": "g", "kind": "scam_campaign", "callers": ["g1", "g2"]}
LEVELS: list[dict[str, Any]] = [
    {"kind": "victim", "subscriber": "v", "by": "g", "level": level, "since": since}
    for level, since in (("medium", 2_000_000), ("deep", 4_000_000))
]
#: The long call comes from two points; so does the check.
LONG = [Taken("g1", "long", 1_200_000, 1_300_000), Taken("g1", "long", 1_200_000, 1_290_000)]
RUNG = [
    (2_000_000, 2_100_000, "check"),
    (2_000_100, 2_090_000, "check"),
    (4_000_000, 4_050_000, "b"),
]


def world(long: list[Taken], rung: list[tuple[int, int, str]]) -> World:
    return World(1, 10, 6.0, 3, [GANG, *LEVELS], {"v": rung}, {"v": long}, [])


@pytest.mark.parametrize(
    ("long_rx", "medium", "deep"),
    [
        (1_300_000, 2_090_000, 4_050_000),
        (3_000_000, 3_000_000, 4_050_000),
        (5_000_000, 5_000_000, 5_000_000),
    ],
    ids=["in order", "the long call late", "the long call last"],
)
def test_it_is_the_last_that_arrives(long_rx: int, medium: int, deep: int) -> None:
    long = [each._replace(rx=long_rx) for each in LONG]
    made = world([*long, Taken("g2", "short", 9_000, 9_000_000)], RUNG)
    assert [decided_ms(made, GANG, victim, LEVELS) for victim in LEVELS] == [medium, deep]


def test_a_record_that_never_came_decides_nothing() -> None:
    assert decided_ms(world(LONG, RUNG[:2]), GANG, LEVELS[1], LEVELS) is None
