"""The operator's list answers as a plain reading of its rows does, whatever they hold."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow
from detectors.numbers import book as books
from detectors.numbers.book import NO_ROW, Listed, NumberBook
from detectors.numbers.classes import NUMBER_CLASSES, class_code

SOURCE = Source("number.register", 0, 0, -1)
AT = 1_700_000_000_000


def row(**fields: object) -> NumberRow:
    """One row of the list."""
    return NumberRow(rx_ts=AT, source=SOURCE, **fields)  # type: ignore[arg-type]


def asked(book: NumberBook, *numbers: tuple[str, str | None], at: int = AT) -> Listed:
    """What a book says of numbers, each by its digits and its hash."""
    digits = [text[:7] for text, _ in numbers]
    return book.look_up(
        np.array([name for _, name in numbers], dtype=object),
        np.array([int(text or -1) for text in digits]),
        np.array([len(text) for text in digits], dtype=np.uint8),
        np.array([float(len(text)) for text, _ in numbers]),
        np.full(len(numbers), at),
    )


def slow(rows: Sequence[NumberRow], text: str, name: str | None, at: int) -> NumberRow | None:
    """A number's own row that holds, else that of the longest range."""
    newest: dict[str, NumberRow] = {}
    for each in rows:
        key = each.number or each.prefix
        if key is None:
            continue
        newest.pop(key, None)
        if not each.deleted:
            newest[key] = each
    holding = [
        each
        for each in newest.values()
        if (each.valid_from or 0) <= at and (each.valid_to is None or at < each.valid_to)
    ]
    own = [each for each in holding if name is not None and each.number == name]
    ranges = [
        each
        for each in holding
        if each.number is None
        and text[:7].startswith(each.prefix or "-")
        and each.length in (None, len(text))
    ]
    best = own or sorted(ranges, key=lambda each: len(each.prefix or ""))
    return best[-1] if best else None


_TIMES = st.none() | st.integers(AT - 2, AT + 2)
_ROWS = st.builds(
    row,
    prefix=st.none() | st.text("0178", min_size=1, max_size=4),
    number=st.none() | st.sampled_from(("h-1", "h-2")),
    length=st.none() | st.integers(1, 5),
    number_class=st.none() | st.sampled_from(NUMBER_CLASSES),
    trusted=st.none() | st.booleans(),
    protected=st.none() | st.booleans(),
    do_not_originate=st.none() | st.booleans(),
    valid_from=_TIMES,
    valid_to=_TIMES,
    deleted=st.booleans(),
)
_NUMBERS = st.tuples(
    st.text("0178", min_size=1, max_size=9), st.none() | st.sampled_from(("h-1", "h-2", "h-3"))
)


@given(st.lists(_ROWS, max_size=12), st.lists(_NUMBERS, min_size=1, max_size=8), st.integers(0, 12))
def test_a_number_has_its_own_row_else_that_of_the_longest_range(
    rows: list[NumberRow], numbers: list[tuple[str, str | None]], cut: int
) -> None:
    book = NumberBook().updated(rows[:cut]).updated(rows[cut:])
    found = asked(book, *numbers)
    for place, (text, name) in enumerate(numbers):
        best = slow(rows, text, name, AT)
        assert (found.row[place] == NO_ROW) == (best is None)
        assert found.kind[place] == ((best and class_code(best.number_class or "")) or 0)
        for flag in ("trusted", "protected", "do_not_originate"):
            assert getattr(found, flag)[place] == bool(best and getattr(best, flag))
        assert found.single[place] == bool(best and best.number)


def test_a_row_that_has_ended_gives_way_to_the_range() -> None:
    ended = row(number="h-1", number_class="mobile", valid_to=AT)
    book = NumberBook().updated([ended, row(prefix="8610", number_class="fixed")])
    assert asked(book, ("861055512345", "h-1")).kind.tolist() == [class_code("fixed")]
    earlier = asked(book, ("861055512345", "h-1"), at=AT - 1)
    assert earlier.kind.tolist() == [class_code("mobile")]


def test_a_number_uses_only_the_trunks_that_its_row_names() -> None:
    rows = [row(number="h-1", rights=("t-1", "t-2")), row(number="h-2", rights=("t-3",))]
    book = NumberBook().updated([*rows, row(prefix="8610")])
    found = asked(book, *[("861055512345", name) for name in ("h-1", "h-1", "h-2", "h-3", "h-1")])
    trunks = np.array(["t-2", "t-3", "t-9", "t-9", None], dtype=object)
    assert book.may_use(found.row, trunks).tolist() == [True, False, False, True, True]
    assert book.names_trunks(found.row).tolist() == [True, True, True, False, True]
    assert book.rights(int(found.row[0])) == ("t-1", "t-2")
    assert book.rights(NO_ROW) == ()


def test_a_short_number_is_found_with_and_without_the_country_code() -> None:
    rows = [row(prefix="95588", length=5, number_class="short", protected=True), row(prefix="110")]
    rows += [row(prefix="861", number_class="mobile"), row(prefix="12599", number_class="short")]
    book = NumberBook().updated([*rows, row(prefix="8612599", number_class="service")])
    numbers = [(text, None) for text in ("95588", "8695588", "955881", "86955881", "8612599")]
    found = asked(book, *numbers)
    assert found.protected.tolist() == [True, True, False, False, False]
    assert found.kind[4] == class_code("service")
    # Nothing says that "110" is a short number, so that it may be of another country.
    assert asked(book, ("86110", None)).kind.tolist() == [class_code("mobile")]


def test_an_empty_book_knows_nothing() -> None:
    book = NumberBook()
    found = asked(book, ("861055512345", "h-1"), ("", None))
    assert found.row.tolist() == [NO_ROW, NO_ROW]
    assert book.may_use(found.row, np.array(["t-1", None], dtype=object)).all()
    assert book.updated([]) is book
    gone = book.updated([row(prefix="86", deleted=True)])
    assert asked(gone, ("861055512345", None)).row.tolist() == [NO_ROW]


@pytest.mark.parametrize("prefix", ["", "86x", "８６", "86123456789", "-1"])
def test_a_row_that_names_no_range_is_of_nothing(prefix: str) -> None:
    book = NumberBook().updated([row(prefix=prefix, number_class="fixed")])
    assert asked(book, ("861055512345", None), ("1", None)).row.tolist() == [NO_ROW, NO_ROW]


def test_of_more_rows_than_a_book_holds_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_ROWS", 2)
    book = NumberBook().updated([row(prefix="861"), row(prefix="862"), row(prefix="863")])
    assert set(book.rows) == {"862", "863"}
    assert book.left_out == 1
    again = book.updated([row(prefix="862"), row(prefix="864")])
    assert set(again.rows) == {"862", "864"}
    assert again.left_out == 2
