"""Numbers of a stream, in international form where that was known, are read as whole ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.codes import text_of
from detectors.numbers.decoded import read_decoded
from detectors.numbers.international import READINGS, international
from detectors.numbers.malformed import malformed, names_of
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written

HOME = NumberSettings()


def decoded(number: str, nai: float = np.nan, npi: float = 1.0) -> tuple[str | None, str, set[str]]:
    """How it was read, its first digits by then, and what is malformed."""
    columns = written([number])
    found = read_decoded(
        *(shipped_plan(), HOME, columns.prefix, columns.digits, columns.length),
        *(np.array([nai]), np.array([npi])),
    )
    shown = str(found.prefix[0]).rjust(int(found.digits[0]), "0")
    flags = names_of(int(malformed(shipped_plan(), found)[0]))
    return text_of(int(found.reading[0]), READINGS), shown, set(flags)


@pytest.mark.parametrize(
    ("number", "nai", "reading", "prefix"),
    [
        ("8613912345678", 4, "international", "8613912"),
        ("8613912345678", 3, "international", "8613912"),
        ("8613912345678", 2, "international", "8613912"),
        ("8613912345678", np.nan, "international", "8613912"),
        ("442079460000", np.nan, "international", "4420794"),
        ("1062345678", np.nan, "national", "8610623"),  # a line, left as it was dialled
        ("95588", np.nan, "national", "8695588"),
        ("110", 1, "national", "86110"),
        ("62345678", 1, None, "6234567"),
        ("62345678", np.nan, None, "6234567"),
        ("4792345678", np.nan, None, "4792345"),  # Xilingol or Norway
        ("13912345678", 5, None, "1391234"),
    ],
)
def test_what_is_known_and_in_order(
    number: str, nai: float, reading: str | None, prefix: str
) -> None:
    assert decoded(number, nai) == (reading, prefix, set())


@pytest.mark.parametrize(
    ("number", "nai", "flags"),
    [
        ("868613912345678", 3, {"unallocated", "clash"}),  # the code of the country twice
        ("442079460000", 3, {"clash"}),  # hashed by the producer, or after a +
        ("13912345678", 4, {"unallocated", "clash"}),
        ("13912345678", 1, {"clash"}),
        ("8615412345678", 3, {"unallocated"}),
        ("861391234567", 3, {"too_short"}),
        ("2101234567", 4, {"no_country"}),
    ],
)
def test_what_is_malformed(number: str, nai: float, flags: set[str]) -> None:
    assert decoded(number, nai)[2] == flags


numbers = st.text("0123456789", max_size=15) | st.from_regex(
    r"(86|0|)(1[3-9][0-9]{9}|10[2-8][0-9]{7}|755[2-8][0-9]{7}|9[56][0-9]{3})", fullmatch=True
)


@given(numbers, st.sampled_from([1.0, 2.0, 3.0, 4.0]))
def test_it_says_no_other_thing_than_was_known_of_the_whole_number(number: str, nai: float) -> None:
    """Where both know the number it is the same one, in order or not for the same reasons."""
    texts, before = international(shipped_plan(), HOME, [number], np.array([nai]), np.array([1.0]))
    if not before.reading[0]:
        return
    columns = written(texts)
    after = read_decoded(
        *(shipped_plan(), HOME, columns.prefix, columns.digits, columns.length),
        *(np.array([nai if nai >= 3 else 2.0]), np.array([1.0])),
    )
    if not after.reading[0]:
        return
    assert after.reading[0] == READINGS.index("international") + 1
    for name in ("prefix", "digits", "length"):
        assert getattr(after, name)[0] == getattr(before, name)[0]


anything = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 20)


@given(st.lists(st.tuples(*[anything] * 3, st.floats(), st.floats())))
def test_anything_is_read(rows: list[tuple]) -> None:
    columns = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(3)]
    indicators = [np.array([row[at] for row in rows], dtype=np.float64) for at in (3, 4)]
    found = read_decoded(shipped_plan(), HOME, *columns, *indicators)
    assert len(malformed(shipped_plan(), found)) == len(rows)
    unread = found.reading == 0
    for given_column, column in zip(
        columns, (found.prefix, found.digits, found.length), strict=True
    ):
        assert (given_column[unread] == column[unread]).all()


def test_columns_of_a_stream_are_taken_as_they_are() -> None:
    """Small integers for digits, floating numbers for lengths, as batches have them."""
    found = read_decoded(
        *(shipped_plan(), HOME, np.array([8613912, 0]), np.array([7, 0], dtype=np.uint8)),
        *(np.array([13.0, np.nan]), np.array([np.nan, 3.0]), np.array([np.nan, 1.0])),
    )
    assert found.reading.tolist() == [1, 0]
    assert malformed(shipped_plan(), found).tolist() == [0, 0]
