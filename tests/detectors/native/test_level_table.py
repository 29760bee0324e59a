"""With the library and without it the same comes of levels, bit for bit; and what is no table isn't
taken for one."""

from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.native import level_table, library
from detectors.native.level_table import MOST, ROW, LevelTable
from detectors.native.levels import LevelColumns

needs_library = pytest.mark.skipif(library.OURS is None, reason="the library wasn't compiled")
_WHOLE = st.sampled_from([0, 1, 2, -1, 460, (1 << 63) - 1, -(1 << 63)])
_KEYS = st.tuples(st.integers(0, 4), *[_WHOLE] * 4, st.integers(0, 3))
_ROW = st.tuples(_KEYS, _WHOLE, st.integers(-(1 << 15), (1 << 15) - 1), st.booleans())


def columns(rows: list[Any], chosen: list[int]) -> LevelColumns:
    keys, phones, tenths, stops = zip(*rows, strict=True) if rows else [()] * 4
    return LevelColumns(
        np.array(keys, np.int64).reshape(-1, 6),
        np.array(phones, np.int64),
        np.array(tenths, np.int16),
        np.array(stops, np.uint8),
        np.array(chosen, np.int64),
    )


def worked(monkeypatch: pytest.MonkeyPatch, ours: Any, steps: Any) -> tuple[bytes, list[Any]]:
    """A table as it is stored in the end, and what each step came to."""
    with monkeypatch.context() as patch:
        patch.setattr(library, "OURS", ours)
        table = LevelTable()
        found = [step(table) for step in steps]
    return msgspec.msgpack.encode(table), found


@needs_library
@settings(max_examples=300)
@given(st.data())
def test_the_library_learns_what_is_learned_without_it(data: st.DataObject) -> None:
    rows = data.draw(st.lists(_ROW, max_size=30))
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=80)) if rows else []
    few, keys = data.draw(st.integers(0, 16)), data.draw(st.lists(_KEYS, max_size=5))

    def learn(table: LevelTable) -> list[int]:
        """All, those that are to be judged too."""
        stopped, at = [], table.learn(columns(rows, chosen), 0, few)
        while at < len(chosen):
            key, phone, level, _ = rows[chosen[at]]
            table.put(table.use(key), phone, level)
            stopped.append(at)
            at = table.learn(columns(rows, chosen), at + 1, few)
        return stopped

    steps = [learn, *(lambda table, key=key: table.find(key) for key in keys), learn]
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert worked(monkeypatch, library.OURS, steps) == worked(monkeypatch, None, steps)


@needs_library
def test_both_forget_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_table, "MOST", 100)
    chance = Random(5)
    keys = [(3, 460, 0, 5, chance.choice([7, 1 << 40]), chance.randrange(90)) for _ in range(4000)]
    rows = [(key, chance.randrange(9), -900 - at % 50, at % 7 == 0) for at, key in enumerate(keys)]

    def learn(table: LevelTable) -> list[int | None]:
        at = 0
        while (at := table.learn(columns(rows, list(range(4000))), at, 5)) < 4000:
            table.use(rows[at][0])
            at += 1
        return [table.find(key) for key in keys]

    ours = worked(monkeypatch, library.OURS, [learn])
    assert ours == worked(monkeypatch, None, [learn])
    assert len([row for row in ours[1][0] if row is not None]) < 4000


@pytest.mark.parametrize("ours", [pytest.param(True, marks=needs_library), False])
def test_a_full_table_goes_on_from_where_it_was_stored(
    ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "OURS", library.OURS if ours else None)
    table = LevelTable()
    for tile in range(MOST + 10):
        table.use((3, 460, 0, 5, 7, tile))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(table), type=LevelTable)
    for each in (table, again):
        each.use((3, 460, 0, 5, 7, 10))
        each.use((3, 460, 0, 5, 7, -1))
    assert again == table
    assert table.find((3, 460, 0, 5, 7, 10)) is not None
    assert table.find((3, 460, 0, 5, 7, 11)) is None


def stored(**fields: Any) -> bytes:
    row = np.zeros(1, ROW)
    for name, value in fields.items():
        row[name] = value
    return row.tobytes()


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        *((b"", 1), (b"", -1), (b"x", 0), (bytes(ROW.itemsize * (MOST + 1)), 5)),
        *((stored(used=-1), 1), (stored(used=1 << 62), 1), (stored(count=16), 1)),
        *((stored(key=-1), 1), (stored(key=5), 1)),
    ],
)
def test_what_is_no_table_is_none(rows: bytes, count: int) -> None:
    raw = msgspec.msgpack.encode({"rows": rows, "count": count})
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(raw, type=LevelTable)


@pytest.mark.parametrize("ours", [pytest.param(True, marks=needs_library), False])
def test_rows_that_are_there_twice_end_nothing(ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "OURS", library.OURS if ours else None)
    monkeypatch.setattr(level_table, "MOST", 8)
    raw = msgspec.msgpack.encode({"rows": stored(key=2, count=15) * 8, "count": 8})
    table = msgspec.msgpack.decode(raw, type=LevelTable)
    rows = [table.use((3, 460, 0, 5, 7, tile)) for tile in range(20)]
    assert (rows[:8], table.count) == (list(range(8)), 8)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        LevelColumns(*(np.zeros((2, 6)), np.zeros(2), np.zeros(3), np.zeros(2), np.zeros(0)))
    with pytest.raises(ValueError, match="different lengths"):
        LevelColumns(*(np.zeros((2, 5)), np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(0)))
