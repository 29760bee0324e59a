"""With the library and without it the same comes of levels, bit for bit; and what is no table isn't
taken for one."""

from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.model.hashing import number_of
from detectors.native import library
from detectors.native.judged import level_table, phone_table
from detectors.native.judged.asked import Asked, JudgedLevels, LevelColumns
from detectors.native.judged.level_table import MOST, ROW, LevelTable
from detectors.native.judged.numbers import phone_numbers
from detectors.native.judged.phone_table import PhoneTable
from detectors.native.library import NativeError

needs_library = pytest.mark.skipif(library.OURS is None, reason="the library wasn't compiled")
_WHOLE = st.sampled_from([0, 1, 2, -1, 460, (1 << 63) - 1, -(1 << 63)])
_KEYS = st.tuples(st.integers(0, 4), *[_WHOLE] * 4, st.integers(0, 3))


def worked(monkeypatch: pytest.MonkeyPatch, ours: Any, steps: Any) -> tuple[bytes, list[Any]]:
    """A table as it is stored in the end, and what each step came to."""
    with monkeypatch.context() as patch:
        patch.setattr(library, "OURS", ours)
        table = LevelTable()
        found = [step(table) for step in steps]
    return msgspec.msgpack.encode(table), found


@needs_library
@settings(max_examples=300)
@given(st.lists(st.tuples(_KEYS, _WHOLE, st.integers(-(1 << 15), (1 << 15) - 1)), max_size=80))
def test_the_library_finds_what_is_found_without_it(
    learned: list[tuple[Any, int, int]],
) -> None:
    def learn(table: LevelTable) -> list[int | None]:
        before = []
        for key, phone, level in learned:
            before.append(table.find(key))
            table.put(table.use(key), phone, level)
        return before

    with pytest.MonkeyPatch.context() as monkeypatch:
        assert worked(monkeypatch, library.OURS, [learn]) == worked(monkeypatch, None, [learn])


@needs_library
def test_both_forget_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_table, "MOST", 100)
    chance = Random(5)
    keys = [(3, 460, 0, 5, chance.choice([7, 1 << 40]), chance.randrange(90)) for _ in range(4000)]

    def use(table: LevelTable) -> list[int | None]:
        for key in keys:
            table.use(key)
        return [table.find(key) for key in keys]

    ours = worked(monkeypatch, library.OURS, [use])
    assert ours == worked(monkeypatch, None, [use])
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


def judged(keys: tuple[int, int], count: int, chosen: list[int]) -> JudgedLevels:
    columns = LevelColumns(
        np.zeros(keys, np.int64),
        np.zeros(count, np.int64),
        np.full(count, -90.0),
    )
    ways = np.zeros(count, np.uint8)
    return JudgedLevels(columns, ways, np.array(chosen), Asked(5, 200.0, 4.5, True))


@pytest.mark.parametrize("keys", [(3, 6), (2, 5)])
def test_columns_of_different_lengths_are_refused(keys: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="different lengths"):
        judged(keys, 2, [0])


@needs_library
@pytest.mark.parametrize("chosen", [[2], [-1]])
def test_what_points_beyond_its_bounds_ends_the_call_alone(chosen: list[int]) -> None:
    table, phones = LevelTable(), PhoneTable()
    with pytest.raises(NativeError):
        judged((2, 6), 2, chosen).judge(0, table, phones)
    assert judged((2, 6), 2, [0, 1, 0]).judge(0, table, phones) == 3
    assert table.count == 1


@needs_library
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-300, 300)), max_size=80))
def test_both_remember_the_same_of_phones(shown: list[tuple[int, int]]) -> None:
    stored = []
    for ours in (library.OURS, None):
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(library, "OURS", ours)
            monkeypatch.setattr(phone_table, "MOST", 4)
            table, known = PhoneTable(), dict[int, list[int]]()
            for phone, deviation in shown:
                table.put(phone, (*table.of(phone), deviation))
                known[phone] = [*known.pop(phone, []), deviation][-9:]
                if len(known) > 4:
                    del known[next(iter(known))]
            assert {phone: list(table.of(phone)) for phone in known} == known
            assert table.in_order()["key"][:, 0].tolist() == list(known)
            stored.append(msgspec.msgpack.encode(table))
    assert stored[0] == stored[1]


def stored_phone(**fields: Any) -> bytes:
    row = np.zeros(1, phone_table.ROW)
    for name, value in fields.items():
        row[name] = value
    return row.tobytes()


@pytest.mark.parametrize(
    ("rows", "count"),
    [(b"x", 0), (stored_phone(count=10), 1), (stored_phone(deviations=1 << 25), 1)],
)
def test_what_is_no_table_of_phones_is_none(rows: bytes, count: int) -> None:
    raw = msgspec.msgpack.encode({"rows": rows, "count": count})
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(raw, type=PhoneTable)


def test_what_is_no_deviation_is_refused() -> None:
    table = PhoneTable()
    with pytest.raises(OverflowError):
        table.put(1, [1 << 25])
    assert table.of(1) == ()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=9))
def test_names_have_the_same_numbers_one_by_one(names: list[str]) -> None:
    assert phone_numbers(names).tolist() == list(map(number_of, names))
