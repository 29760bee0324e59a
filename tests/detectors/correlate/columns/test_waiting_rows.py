"""What waits in columns comes out as if all of it lay in one piece, and isn't touched before."""

from random import Random

import msgspec
import numpy as np
import pytest

from detectors.correlate.levels import waiting_levels
from detectors.correlate.levels.waiting_levels import WaitingLevels
from detectors.correlate.levels.waiting_rows import count_of
from detectors.features.levels.level_rows import ROW, LevelRows
from detectors.features.rows.travelling import as_texts
from tests.detectors.correlate.columns.outcome import T0


def waiting(partition: int, rx_ms: list[int]) -> WaitingLevels:
    """Rows of a partition with those turns, each told by its phone."""
    numbers = np.zeros(len(rx_ms), dtype=ROW)
    numbers["rx_ts"], numbers["offset"] = rx_ms, np.arange(len(rx_ms))
    who = as_texts([f"{partition}.{row}" for row in range(len(rx_ms))])
    near = as_texts([""] * len(rx_ms))
    rows = LevelRows((("t", partition),), numbers, who, near)
    return WaitingLevels.of(rows, numbers["rx_ts"].copy())


@pytest.mark.parametrize("seed", range(30))
def test_all_that_waits_has_its_turn_once_in_order(seed: int) -> None:
    chance = Random(seed)
    parts, expected = [], []
    for partition in range(chance.choice((1, 5, 400))):
        # Now and then not in order, as a foreign writer's, or none at all.
        rx_ms = [T0 + chance.randrange(100_000) for _ in range(chance.choice((0, 1, 4, 60)))]
        if chance.random() < 0.8:
            rx_ms.sort()
        parts.append(waiting(partition, rx_ms))
        expected += [(rx, f"{partition}.{row}") for row, rx in enumerate(rx_ms)]
    found: list[tuple[int, str]] = []
    until_ms = T0
    while until_ms < T0 + 101_000:
        until_ms += chance.choice((1, 500, 7_000))
        if (due := waiting_levels.take_due(parts, until_ms, "odd_level")) is not None:
            rows, rx = due
            assert len(rows)
            assert rx[-1] < until_ms
            found += zip(rx.tolist(), rows.who.tolist(), strict=True)
        assert count_of(parts) == len(expected) - len(found)
    assert [rx for rx, _ in found] == sorted(rx for rx, _ in expected)
    assert sorted(found) == sorted(expected)


def test_what_is_not_due_stays_as_it_lies() -> None:
    parts = [waiting(0, [T0 + 1, T0 + 2]), *(waiting(n, [T0 + 500]) for n in range(1, 100))]
    before = parts[1:]
    due = waiting_levels.take_due(parts, T0 + 2, "odd_level")
    assert due is not None
    assert due[1].tolist() == [T0 + 1]
    assert all(one is other for one, other in zip(parts, before, strict=False))
    assert parts[-1].turns.tolist() == [T0 + 2]


@pytest.mark.parametrize("seed", range(30))
def test_ties_are_in_one_order_however_the_input_is_shared_out(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = 60
    numbers = np.zeros(count, dtype=ROW)
    numbers["rx_ts"] = T0 + chance.integers(0, 8, count)
    numbers["cell"], numbers["tile"] = chance.integers(0, 3, count), chance.integers(0, 9, count)
    numbers["signal_dbm"] = chance.choice([-90.0, -80.0], count)
    numbers["pci"] = chance.choice([np.nan, 1.0], count)
    near = as_texts([f"1850:{number}:-90" for number in chance.integers(0, 3, count)])
    # Who it was counts for nothing: these are alike but for that, and for where they lie.
    numbers, near = np.append(numbers, numbers[:5]), np.append(near, near[:5])

    def shared_out(partitions: int) -> list[tuple[object, ...]]:
        where = chance.integers(0, partitions, len(numbers))
        parts = []
        for number in chance.permutation(partitions):
            own = np.flatnonzero(where == number)
            rows = numbers[own].copy()
            rows["offset"] = np.arange(len(own))
            who = as_texts([f"phone-{row}" for row in own])
            made = LevelRows((("t", int(number)),), rows, who, near[own])
            parts.append(WaitingLevels.of(made, rows["rx_ts"].copy()))
        due = waiting_levels.take_due(parts, T0 + 10, "odd_level")
        assert due is not None
        found, rx = due
        content = (found.numbers[name] for name in ("cell", "tile", "signal_dbm", "pci"))
        columns = (map(str, each) for each in (*content, found.near))
        return list(zip(rx.tolist(), *columns, strict=True))

    first = shared_out(1)
    assert len(first) == count + 5
    assert first == shared_out(2) == shared_out(7)


def test_what_is_alike_is_in_order_of_its_place_in_the_input() -> None:
    parts = [waiting(number, [T0, T0, T0]) for number in (2, 0, 1)]
    due = waiting_levels.take_due(parts, T0 + 1, "odd_level")
    assert due is not None
    places = [f"{partition}.{row}" for partition in range(3) for row in range(3)]
    assert due[0].who.tolist() == places


def test_many_small_parts_become_few() -> None:
    parts = [waiting(n, [T0 + n, T0 + 2 * n]) for n in range(5_000)]
    assert waiting_levels.take_due(parts, T0, "odd_level") is None
    assert len(parts) < 20
    assert count_of(parts) == 10_000


def test_what_was_asked_of_them_is_not_stored() -> None:
    one = waiting(0, [T0])
    before = msgspec.msgpack.encode(one)
    assert one.span_ms == (T0, T0)
    assert msgspec.msgpack.encode(one) == before
    assert msgspec.msgpack.decode(before, type=WaitingLevels) == one
