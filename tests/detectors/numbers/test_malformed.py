"""What is malformed about a number, and what only looks odd."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.numbers.international import Read, international
from detectors.numbers.malformed import MALFORMED, malformed, names_of
from detectors.numbers.plans.shipped import shipped_plan
from detectors.numbers.settings import NumberSettings
from detectors.numbers.texts import written


def flags_of(number: str, nai: float = np.nan) -> set[str]:
    _, found = international(
        shipped_plan(), NumberSettings(), [number], np.array([nai]), np.array([1.0])
    )
    flags = malformed(shipped_plan(), found, written([number]).spoilt)
    return set(names_of(int(flags[0])))


@pytest.mark.parametrize(
    ("number", "nai", "flags"),
    [
        ("139a2345678", 3, {"not_digits"}),
        ("sip:anonymous", np.nan, {"not_digits"}),
        ("1391234567", 3, {"too_short"}),
        ("139123456789", 3, {"too_long"}),
        ("75512345678901", 3, {"too_long"}),
        ("1062345", 3, {"too_short"}),
        ("9558812", 3, {"wrong_length"}),
        ("15412345678", 3, {"unallocated"}),
        ("2662345678", 3, {"unallocated"}),
        ("2101234567", 4, {"no_country"}),
        ("000000000000", 4, {"no_country", "zeros", "clash"}),
        ("00000000000", 3, {"no_country", "zeros", "clash"}),
        ("8600000000000", 4, {"unallocated", "zeros"}),
        ("13912345678", 4, {"unallocated", "clash"}),
        ("13912345678", 1, {"clash"}),
        ("01062345678", 3, {"clash"}),
        ("07400123456", 4, {"clash"}),
        ("8613912345678", 3, {"unallocated", "clash"}),
        ("12", np.nan, {"too_short"}),
        ("1" * 40, np.nan, {"too_long"}),
    ],
)
def test_what_is_malformed(number: str, nai: float, flags: set[str]) -> None:
    assert flags_of(number, nai) == flags


@pytest.mark.parametrize(
    ("number", "nai"),
    [
        ("13912345678", 3),
        ("8613912345678", 4),
        ("442079460000", 4),
        ("12025550123", 4),
        ("013912345678", 2),
        ("62345678", 1),  # a neighbour's line, without its area
        ("110", 3),
        ("1064812345678", 3),
        ("106912345678901234", 3),
        ("", np.nan),
        ("13912345678", 5),
    ],
)
def test_what_is_in_order_or_unknown(number: str, nai: float) -> None:
    assert flags_of(number, nai) == set()


def test_a_number_of_which_little_is_known_is_not_accused() -> None:
    """Only three digits came with its hash: some such numbers are there, some are not."""
    for prefix, length in ((861, 13), (86, 12), (8, 9), (1, 11)):
        digits = len(str(prefix))
        found = Read(*(np.array([one]) for one in (prefix, digits, length, 1, False)))
        assert malformed(shipped_plan(), found).tolist() == [0]


@given(st.text("0123456789", min_size=3, max_size=15), st.sampled_from([2.0, 3.0, 4.0]))
def test_an_allocated_number_has_at_most_a_clash_or_zeros(number: str, nai: float) -> None:
    plan = shipped_plan()
    _, found = international(plan, NumberSettings(), [number], np.array([nai]), np.array([1.0]))
    names = set(names_of(int(malformed(plan, found)[0])))
    there = plan.kinds(found.prefix, found.digits, found.length)[0] != MALFORMED.index("clash") + 1
    if found.reading[0] and there:
        assert names <= {"clash", "zeros"}
    elif found.reading[0]:
        assert names & {"too_short", "too_long", "wrong_length", "unallocated", "no_country"}


anything = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 20)


@given(st.lists(st.tuples(anything, anything, anything, st.integers(0, 4), st.booleans())))
def test_anything_is_judged(rows: list[tuple]) -> None:
    first, digits, length = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3).T
    reading = np.array([row[3] for row in rows], dtype=np.uint8)
    clash = np.array([row[4] for row in rows], dtype=np.bool_)
    flags = malformed(shipped_plan(), Read(first, digits, length, reading, clash))
    assert ((flags >> MALFORMED.index("clash") & 1) == clash).all()
    assert (flags < 1 << len(MALFORMED)).all()
