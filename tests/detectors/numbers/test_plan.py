"""The compiled plan answers as a plain reading of its ranges does, for any number."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.numbers.classes import NUMBER_CLASSES, UNALLOCATED
from detectors.numbers.plan import NumberPlan, build_plan
from detectors.numbers.plans.shipped import china, shipped_plan, world
from detectors.numbers.ranges import MOST_DIGITS, MOST_LENGTH, Range, ranges

Layers = Sequence[Sequence[Range]]


def one(plan: NumberPlan, prefix: str, length: int) -> tuple[int, str, str, str]:
    """The plan's answer for one number, with words for codes."""
    columns = (np.array([int(prefix or 0)]), np.array([len(prefix)]), np.array([length]))
    found = plan.look_up(*columns)
    assert plan.kinds(*columns).tolist() == found.kind.tolist()
    country, carrier, region = (
        ("", *texts)[int(codes[0])]
        for codes, texts in (
            (found.country, plan.countries),
            (found.carrier, plan.carriers),
            (found.region, plan.regions),
        )
    )
    return int(found.kind[0]), country, carrier, region


def slow(layers: Layers, number: str) -> tuple[int, str, str, str]:
    """Longest leading digits win, of the last layer that has any; else not allocated."""
    best: Range | None = None
    country = ""
    for layer in layers:
        for each in sorted(layer, key=lambda own: own.digits):
            leading = number[: each.digits]
            if len(leading) < each.digits or len(number) not in each.lengths:
                continue
            if each.first <= int(leading) <= each.last:
                best = each
                country = each.country or country
    if best is None:
        return UNALLOCATED, country, "", ""
    return best.kind, country, best.carrier, best.region


digit_texts = st.text("0123456789", min_size=1, max_size=4)


@st.composite
def any_range(draw: st.DrawFn) -> Range:
    low, high = sorted(draw(st.lists(digit_texts, min_size=2, max_size=2)))
    digits = min(len(low), len(high))
    first, last = sorted((int(low[:digits]), int(high[:digits])))
    lengths = draw(st.lists(st.integers(digits, 8), min_size=1, max_size=3, unique=True))
    country = draw(st.sampled_from(["", "AA", "BB"]))
    return Range(
        *(first, last, digits, tuple(sorted(lengths)), draw(st.integers(0, len(NUMBER_CLASSES)))),
        *(draw(st.sampled_from(["", "Red", "Blue"])), draw(st.sampled_from(["", "North"]))),
        *(country, 1 if country else 0),
    )


layers_of_ranges = st.lists(st.lists(any_range(), max_size=6), max_size=3)
numbers = st.text("0123456789", min_size=1, max_size=9)


@given(layers_of_ranges, st.lists(numbers, min_size=1, max_size=20))
def test_it_answers_as_a_plain_reading_does(layers: Layers, asked: list[str]) -> None:
    plan = build_plan(*layers)
    for number in asked:
        assert one(plan, number[:MOST_DIGITS], len(number)) == slow(layers, number)


@given(layers_of_ranges, st.text("0123456789", max_size=3), st.integers(1, 5))
def test_what_is_known_of_a_short_prefix_holds_for_all_numbers_that_begin_so(
    layers: Layers, prefix: str, length: int
) -> None:
    """And what holds for all of them is known."""
    length = max(length, len(prefix))
    rest = length - len(prefix)
    plan = build_plan(*layers)
    all_of_them = {
        slow(layers, f"{prefix}{number:0{rest}d}" if rest else prefix)
        for number in range(10 ** min(rest, 3))
        if rest <= 3
    }
    if not all_of_them:
        return
    found = one(plan, prefix, length)
    for known, values in zip(found, zip(*all_of_them, strict=True), strict=True):
        assert known == (values[0] if len(set(values)) == 1 else type(known)())


@given(layers_of_ranges, st.text("0123456789", max_size=4))
def test_the_allocated_lengths_of_a_prefix_are_those_of_the_ranges(
    layers: Layers, prefix: str
) -> None:
    plan = build_plan(*layers)
    bits = int(plan.lengths(np.array([int(prefix or 0)]), np.array([len(prefix)]))[0])
    for length in range(len(prefix), 9):
        column = (np.array([int(prefix or 0)]), np.array([len(prefix)]), np.array([length]))
        if length:
            assert bool(bits >> length & 1) == (plan.kinds(*column)[0] != UNALLOCATED)


WHOLE = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 40)
FLOATS = st.floats() | st.integers(-3, 10**8).map(float)


@given(st.lists(st.tuples(WHOLE, WHOLE, WHOLE)), st.lists(st.tuples(FLOATS, FLOATS, FLOATS)))
def test_anything_gets_an_answer(whole: list[tuple], floating: list[tuple]) -> None:
    plan = shipped_plan()
    for rows, kind in ((whole, np.int64), (floating, np.float64)):
        columns = np.array(rows, dtype=kind).reshape(-1, 3).T
        found = plan.look_up(*columns)
        assert len(found.kind) == len(rows)
        assert set(found.kind.tolist()) <= set(range(len(NUMBER_CLASSES) + 1))
        assert (plan.lengths(columns[0], columns[1]) >= 0).all()


@pytest.mark.parametrize(
    ("prefix", "digits", "length"),
    [
        (-1, 7, 13),
        (8613812, 7, 0),
        (8613812, 7, -1),
        (8613812, 7, 5),
        (86138121, 8, 13),
        (10, 1, 9),
    ],
)
def test_nothing_is_known_of_what_contradicts_itself(prefix: int, digits: int, length: int) -> None:
    found = shipped_plan().look_up(*(np.array([one]) for one in (prefix, digits, length)))
    assert [int(column[0]) for column in (found.kind, found.country, found.region)] == [0, 0, 0]


def test_no_number_of_any_plan_is_longer_than_the_longest() -> None:
    for length in (MOST_LENGTH + 1, 1000, 2**62):
        assert one(shipped_plan(), "8613812", length)[0] == UNALLOCATED


@given(st.data())
def test_nothing_that_a_shipped_range_allocates_is_called_unallocated(data: st.DataObject) -> None:
    """Whatever of its first digits is known, unless a more exact range says so."""
    rows = SHIPPED[0] + SHIPPED[1]
    each = data.draw(st.sampled_from([row for row in rows if row.kind != UNALLOCATED]))
    first = data.draw(st.integers(each.first, each.last))
    length = data.draw(st.sampled_from(each.lengths))
    rest = data.draw(st.text("0123456789", min_size=length, max_size=length))
    number = (str(first) + rest)[:length]
    expected = slow(SHIPPED, number)
    shown = data.draw(st.integers(1, min(MOST_DIGITS, length)))
    kind = one(shipped_plan(), number[:shown], length)[0]
    assert kind in (expected[0], 0)
    if shown == min(MOST_DIGITS, length):
        assert one(shipped_plan(), number[:shown], length) == expected


SHIPPED = (world(), china())


def test_a_layer_goes_over_the_one_before_even_with_fewer_digits() -> None:
    below = list(ranges("441234", "12", "fixed"))
    above = list(ranges("44", "12", "mobile"))
    assert one(build_plan(below, above), "4412345", 12)[0] == NUMBER_CLASSES.index("mobile") + 1


@pytest.mark.parametrize(
    ("leading", "lengths", "kind", "sentence"),
    [
        ("86x", "13", "fixed", "'86x' are no leading digits; write one to 7 digits"),
        ("", "13", "fixed", "'' are no leading digits"),
        ("86134-8613", "13", "fixed", "write two of as many digits, in order"),
        ("139-134", "13", "fixed", "write two of as many digits, in order"),
        ("86134000", "13", "fixed", "has 8 digits; of a number only the first 7 are kept"),
        ("86134", "many", "fixed", "'many' is no count of digits; write a number such as 13"),
        ("86134", "31", "fixed", "a number has 1 to 30 digits"),
        ("86134", "13-12", "fixed", "the smaller first"),
        ("86134", "4", "fixed", "a number that begins with 5 digits can't have 4"),
        (
            "86134",
            "13",
            "fax",
            "there is no class 'fax'; classes are fixed, mobile, iot, mvno, 400,",
        ),
        ("٨٦", "13", "fixed", "are no leading digits"),
    ],
)
def test_a_wrong_range_says_what_is_allowed(
    leading: str, lengths: str, kind: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        list(ranges(leading, lengths, kind))
