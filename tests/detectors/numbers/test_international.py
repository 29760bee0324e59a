"""Numbers as signalled are brought to international form, or left where that can't be known."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.codes import text_of
from detectors.numbers.international import READINGS, international, read
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import prefixes, written

HOME = NumberSettings()
AMERICA = NumberSettings(
    home_code="1", trunk_prefix="1", international_prefix="011", local_digits=(7,)
)


def brought(
    number: str, nai: float = np.nan, npi: float = np.nan, home: NumberSettings = HOME
) -> tuple[str | None, str | None, bool]:
    """The number, how it was read, and whether it clashes."""
    columns = (np.array([nai]), np.array([npi]))
    texts, found = international(shipped_plan(), home, [number], *columns)
    return texts[0], text_of(int(found.reading[0]), READINGS), bool(found.clash[0])


@pytest.mark.parametrize(
    ("number", "nai", "expected", "reading"),
    [
        # International, Q.763 3.10.
        ("8613912345678", 4, "8613912345678", "international"),
        ("442079460000", 4, "442079460000", "international"),
        ("+8613912345678", np.nan, "8613912345678", "international"),
        ("+442079460000", 2, "442079460000", "international"),
        # National: what stands there goes behind the country's code.
        ("13912345678", 3, "8613912345678", "national"),
        ("1062345678", 3, "861062345678", "national"),
        ("95588", 3, "8695588", "national"),
        ("15412345678", 3, "8615412345678", "national"),
        # Unknown, as dialled.
        ("00442079460000", 2, "442079460000", "after_escape"),
        ("008613912345678", 2, "8613912345678", "after_escape"),
        ("013912345678", 2, "8613912345678", "after_trunk"),
        ("01062345678", 2, "861062345678", "after_trunk"),
        ("13912345678", 2, "8613912345678", "national"),
        ("110", 2, "86110", "national"),
        ("8613912345678", 2, "8613912345678", "international"),
        ("4915123456789", 2, "4915123456789", "international"),
        # Not given is like unknown.
        ("13912345678", np.nan, "8613912345678", "national"),
        ("13912345678", 0, "8613912345678", "national"),
        # A subscriber's: what has no area anyway.
        ("110", 1, "86110", "national"),
        ("10086", 1, "8610086", "national"),
    ],
)
def test_what_can_be_known(number: str, nai: float, expected: str, reading: str) -> None:
    assert brought(number, nai, 1) == (expected, reading, False)


@pytest.mark.parametrize(
    ("number", "nai", "npi"),
    [
        ("62345678", 1, 1),  # a line without its area
        ("62345678", 2, 1),
        ("62345678", np.nan, np.nan),
        ("21012345678", 2, 1),  # neither at home nor anywhere
        ("13912345678", 5, 1),  # the network's own
        ("13912345678", 113, 1),  # reserved for national use
        ("13912345678", 3, 3),  # a data network's (X.121)
        ("13912345678", 3, 4),  # telex (F.69)
        ("0", 2, 1),
        ("00", 2, 1),
        ("139x", 3, 1),
        ("+", 4, 1),
    ],
)
def test_what_cannot_be_known_stays_as_it_is(number: str, nai: float, npi: float) -> None:
    text, reading, clash = brought(number, nai, npi)
    assert (text, reading, clash) == (number, None, False)


def test_nothing_is_no_number() -> None:
    texts, found = international(shipped_plan(), HOME, ["", None], *[np.array([3, 3])] * 2)
    assert texts == [None, None]
    assert found.reading.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("number", "nai", "expected", "reading"),
    [
        ("+8613912345678", 3, "8613912345678", "international"),
        ("00442079460000", 4, "442079460000", "after_escape"),
        ("00442079460000", 3, "442079460000", "after_escape"),
        ("+00442079460000", np.nan, "442079460000", "after_escape"),
        ("01062345678", 3, "861062345678", "after_trunk"),
        ("01062345678", 1, "861062345678", "after_trunk"),
        ("8613912345678", 3, "868613912345678", "national"),
        ("13912345678", 4, "13912345678", "international"),
        ("13912345678", 1, "8613912345678", "national"),
        # Whose trunk prefix this is can't be known: another country's gateway may have left it.
        ("07400123456", 4, "07400123456", None),
    ],
)
def test_digits_that_contradict_the_nature_of_address_clash(
    number: str, nai: float, expected: str, reading: str | None
) -> None:
    assert brought(number, nai, 1) == (expected, reading, True)


@pytest.mark.parametrize(
    ("number", "nai", "expected", "reading"),
    [
        ("12025550123", 4, "12025550123", "international"),
        ("12025550123", 2, "12025550123", "after_trunk"),
        ("2025550123", 3, "12025550123", "national"),
        ("011442079460000", 2, "442079460000", "after_escape"),
        ("8613912345678", 2, "8613912345678", "international"),
        ("5550123", 2, "5550123", None),
    ],
)
def test_another_home(number: str, nai: float, expected: str, reading: str | None) -> None:
    assert brought(number, nai, 1, AMERICA) == (expected, reading, False)


@pytest.mark.parametrize(
    ("number", "nai", "expected", "reading"),
    [
        ("8001234567", 3, "78001234567", "national"),
        ("8001234567", 2, "78001234567", "national"),
        ("88001234567", 2, "78001234567", "after_trunk"),
        ("89161234567", 2, "79161234567", "after_trunk"),
        ("8613912345678", 4, "8613912345678", "international"),
        ("810442079460000", 2, "442079460000", "after_escape"),
    ],
)
def test_a_trunk_prefix_with_which_numbers_begin_too(
    number: str, nai: float, expected: str, reading: str
) -> None:
    home = NumberSettings(home_code="7", trunk_prefix="8", international_prefix="810")
    assert brought(number, nai, 1, home) == (expected, reading, False)


def test_a_plan_without_prefixes_of_dialling_takes_none_away() -> None:
    home = NumberSettings(home_code="39", trunk_prefix="", international_prefix="")
    assert brought("0612345678", 3, 1, home) == ("390612345678", "national", False)


numbers = st.text("0123456789", max_size=16) | st.from_regex(
    r"(0|00|86|)1[0-9]{10}", fullmatch=True
)
indicators = st.integers(-1, 130).map(float) | st.just(np.nan)


@given(st.lists(st.tuples(numbers, st.booleans(), indicators, indicators), min_size=1))
def test_columns_are_read_as_texts_are(rows: list[tuple]) -> None:
    """As far as the columns of a prefix let it be seen, and in every order."""
    texts = [("+" if plus else "") + number for number, plus, _, _ in rows]
    nai, npi = (np.array([row[at] for row in rows]) for at in (2, 3))
    whole, of_texts = international(shipped_plan(), HOME, texts, nai, npi)
    columns = written(texts)
    found = read(
        *(shipped_plan(), HOME, columns.prefix, columns.digits, columns.length, nai, npi),
        columns.plus,
    )
    assert found.reading.tolist() == of_texts.reading.tolist()
    assert found.clash.tolist() == of_texts.clash.tolist()
    for at, text in enumerate(whole):
        if not found.reading[at]:
            assert (text or "") == texts[at]
            continue
        assert text is not None
        assert text.isdigit()
        assert found.length[at] == len(text)
        shown = str(found.prefix[at]).rjust(found.digits[at], "0")
        assert text.startswith(shown)
        assert text[:7] == str(of_texts.prefix[at]).rjust(of_texts.digits[at], "0")
    backwards = read(
        *(shipped_plan(), HOME, columns.prefix[::-1], columns.digits[::-1]),
        *(columns.length[::-1], nai[::-1], npi[::-1], columns.plus[::-1]),
    )
    for each in fields(found):
        assert getattr(found, each.name).tolist() == getattr(backwards, each.name).tolist()[::-1]


anything = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 20)


@given(st.lists(st.tuples(*[anything] * 3, st.floats(), st.floats())))
def test_anything_is_read(rows: list[tuple]) -> None:
    columns = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(3)]
    indicators_of = [np.array([row[at] for row in rows], dtype=np.float64) for at in (3, 4)]
    found = read(shipped_plan(), HOME, *columns, *indicators_of)
    assert len(found.reading) == len(rows)
    unread = found.reading == 0
    for given_column, column in zip(
        columns, (found.prefix, found.digits, found.length), strict=True
    ):
        assert (given_column[unread] == column[unread]).all()


@given(st.lists(st.text(max_size=9) | st.none()))
def test_texts_of_any_kind_become_columns(texts: list[str | None]) -> None:
    columns = written(texts)
    for at, text in enumerate(texts):
        bare = (text or "").removeprefix("+")
        if bare.isascii() and bare.isdigit():
            assert columns.length[at] == len(bare)
            assert str(columns.prefix[at]).rjust(columns.digits[at], "0") == bare[:7]
            assert not columns.spoilt[at]
        else:
            assert columns.length[at] == columns.digits[at] == columns.prefix[at] == -1
            assert columns.spoilt[at] == bool(text)
    prefix, digits = prefixes(texts)
    assert prefix.tolist() == columns.prefix.tolist()
    assert digits.tolist() == columns.digits.tolist()
