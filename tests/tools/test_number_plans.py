"""The world's plans that ship are what the tool makes, and agree with whom it makes them from."""

import re
from functools import cache
from importlib.resources import files

import numpy as np
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from detectors.numbers.classes import FIXED, NUMBER_CLASSES, SERVICE, UNALLOCATED
from detectors.numbers.plans.shipped import china, shipped_plan, world
from detectors.numbers.texts import written
from tools.number_plans.patterns import NOTHING, after, parsed
from tools.number_plans.world import page

KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.VOIP: "fixed",
    PhoneNumberType.MOBILE: "mobile",
}
WORLD = [each for each in world() if each.kind != UNALLOCATED]


def kind_and_country(number: str) -> tuple[int, str]:
    plan, columns = shipped_plan(), written([number])
    found = plan.look_up(columns.prefix, columns.digits, columns.length)
    return int(found.kind[0]), ("", *plan.countries)[int(found.country[0])]


@cache
def theirs(number: str) -> tuple[int, str | None] | None:
    """Class (0: fixed or mobile) and country by `phonenumbers`; None for an invalid number."""
    try:
        read = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return None
    # What it would read as another number, as by taking a trunk prefix away, is none of its own.
    if f"{read.country_code}{phonenumbers.national_significant_number(read)}" != number:
        return None
    if not phonenumbers.is_valid_number(read):
        return None
    number_type = phonenumbers.number_type(read)
    country = phonenumbers.region_code_for_number(read)
    if number_type == PhoneNumberType.FIXED_LINE_OR_MOBILE:
        return 0, country
    word = KINDS.get(number_type, "service")
    return NUMBER_CLASSES.index(word) + 1, country


def test_the_shipped_file_is_what_the_tool_makes() -> None:
    shipped = (files("detectors.numbers.plans") / "world.csv").read_text("utf-8")
    assert shipped == page(), "`make numbers` writes it anew"


def test_each_country_s_example_is_of_its_class() -> None:
    wrong = []
    for region in phonenumbers.SUPPORTED_REGIONS - {"CN"}:
        for number_type in (
            PhoneNumberType.MOBILE,
            PhoneNumberType.FIXED_LINE,
            PhoneNumberType.TOLL_FREE,
        ):
            example = phonenumbers.example_number_for_type(region, number_type)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]
            expected = theirs(number)
            assert expected is not None
            kind, country = kind_and_country(number)
            if kind not in (expected[0], 0) or country not in (expected[1], ""):
                wrong.append((number, kind, country, expected))
    assert wrong == []


@given(st.data())
def test_it_agrees_with_them_on_numbers_of_its_ranges(data: st.DataObject) -> None:
    """It is the coarser one: seven digits decide. So it never has fewer numbers than they."""
    for _ in range(5):
        each = data.draw(st.sampled_from(WORLD))
        first = data.draw(st.integers(each.first, each.last))
        length = data.draw(st.sampled_from(each.lengths))
        rest = data.draw(st.text("0123456789", min_size=length, max_size=length))
        agrees((str(first) + rest)[:length])


@given(st.text("0123456789", min_size=5, max_size=14))
def test_it_agrees_with_them_on_any_number(number: str) -> None:
    if not number.startswith("86"):
        agrees(number)


def agrees(number: str) -> None:
    expected = theirs(number)
    if expected is None:
        return
    kind, country = kind_and_country(number)
    assert kind != UNALLOCATED
    assert kind in (0, expected[0])
    assert country in (expected[1], "")


def test_few_ranges_are_of_no_class() -> None:
    """Those of countries where fixed and mobile numbers look alike, such as North America."""
    without = [each for each in WORLD if each.kind == 0]
    assert len(without) < len(WORLD) / 4


#: An area code that they have by a pattern alone, without a place.
NO_AREA = ("978",)


def test_china_s_own_table_has_the_lines_that_they_have() -> None:
    """Where it is stricter, it is so on purpose: no line begins with 0, 1 or 9."""
    rng = np.random.default_rng(1)
    areas = {str(each.first)[2:-1] for each in china() if each.kind == FIXED}
    judged = set()
    for number in rng.integers(10**9, 10**11, 20_000).tolist():
        national = str(number)
        expected = theirs(f"86{national}")
        if expected is None or expected[0] == SERVICE or national.startswith(NO_AREA):
            continue
        area = national[: 2 if national[0] == "2" or national[:2] == "10" else 3]
        kind = kind_and_country(f"86{national}")[0]
        if expected[0] == FIXED and national[len(area)] not in "019":
            assert kind == FIXED, national
            judged.add(area)
    assert judged <= areas
    assert len(judged) > 200


def test_no_range_of_china_is_taken_from_them() -> None:
    assert not any(str(each.first).startswith("86") for each in world() if each.digits > 1)
    assert {each.country for each in china()} == {"CN"}


@pytest.mark.parametrize("text", ["a", "1+", "1*", "[^1]", "(?=1)", "1)", "^1$"])
def test_a_pattern_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"holds more than digits|a bracket too many"):
        parsed(text)


PATTERN = r"(?:[1-3]|2[05-7][0-9]?|(?:31|4)[0-9]{1,2}){1,2}"


@given(st.from_regex(PATTERN, fullmatch=True) | st.text("0123456789"))
def test_taking_digits_one_by_one_decides_as_the_expression_does(text: str) -> None:
    rest = parsed(PATTERN)
    for digit in text:
        rest = after(rest, digit)
    assert bool(rest.lengths & 1) == bool(re.fullmatch(PATTERN, text))
    assert (rest is NOTHING) == (rest.lengths == 0)
