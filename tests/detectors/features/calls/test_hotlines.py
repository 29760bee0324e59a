"""Which numbers are offices' and banks' hotlines."""

from typing import Any

import pytest

from detectors.features.calls.hotlines import BANK, OFFICE, hotlines
from detectors.numbers.book import NumberBook
from detectors.numbers.settings import NumberSettings


def facts_of(make: Any, number: int, length: int | None = None, home: str = "86") -> Any:
    digits = len(str(number))
    row = {"callee_prefix": number, "callee_digits": digits, "callee_length": length or digits}
    book = NumberBook(NumberSettings(home_code=home))
    return make.facts(make.calls(row), make.register().with_numbers(book))


@pytest.mark.parametrize("number", [110, 86110, 96110, 8696110, 114])
def test_offices(make: Any, number: int) -> None:
    assert hotlines(facts_of(make, number)).tolist() == [OFFICE]


@pytest.mark.parametrize("number", [95588, 8695588])
def test_banks(make: Any, number: int) -> None:
    assert hotlines(facts_of(make, number)).tolist() == [BANK]


def test_others(make: Any) -> None:
    for number, length in ((10086, 5), (8611055, 13), (8695588, 12), (8613912, 13)):
        assert hotlines(facts_of(make, number, length)).tolist() == [0]


def test_another_country_has_its_own(make: Any) -> None:
    assert hotlines(facts_of(make, 110, home="44")).tolist() == [0]
