"""Chinese texts: the same words as in English, and sentences of the rules set as Chinese is."""

import dataclasses
import importlib
import re
import typing
from typing import Any

import pytest

from detectors.calls.words import ENGLISH_CALLS
from detectors.rules import ROOMS
from detectors.rules.sample_town import Town
from field.formats.words.wording import WORDINGS, headlines_of_calls, words_of
from tests.detectors.test_rule_contract import found

ENGLISH, CHINESE = WORDINGS["en"], WORDINGS["zh"]
CLAIMED = "GSM 460-00 LAC 61234"

every_rule = pytest.mark.parametrize("name", ROOMS)


def values_of(name: str) -> list[dict[str, Any]]:
    samples = importlib.import_module(f"detectors.rules.{name}.samples")
    town = Town()
    brought = [dict(f.values) for f in found(ROOMS[name].rule(), samples.fires(town), town)]
    return brought + list(getattr(samples, "MORE_VALUES", []))


@every_rule
def test_a_sentence_is_spaced_as_chinese_is(name: str) -> None:
    for values in values_of(name):
        text = CHINESE.explained(name, "7 部手机", CLAIMED, values)
        assert text is not None
        assert not re.search(r"[，。；：、（）] | [，。；：、（）]|[_{}]|None", text)


@every_rule
def test_it_needs_no_values(name: str) -> None:
    text = CHINESE.explained(name, "7 部手机", CHINESE.no_identity, {})
    assert text
    assert "None" not in text


def test_both_languages_have_the_same_words() -> None:
    for field in ("kinds", "severities", "lines"):
        assert set(getattr(ENGLISH, field)) == set(getattr(CHINESE, field))
    for field in typing.get_type_hints(type(ENGLISH)):
        one, other = getattr(ENGLISH, field), getattr(CHINESE, field)
        if isinstance(one, str) and field != "language":
            assert fields_of(one) == fields_of(other), field
    for key, text in ENGLISH.lines.items():
        assert fields_of(text) == fields_of(CHINESE.lines[key]), key
    assert len(ENGLISH.points) == len(CHINESE.points) == 8


@pytest.mark.parametrize("part", ["cap", "channels", "likeness", "login", "report"])
def test_both_languages_have_the_same_words_for_other_parts(part: str) -> None:
    english, chinese = words_of(part)["en"], words_of(part)["zh"]
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert fields_of(text) == fields_of(chinese[key]), key


def test_both_languages_have_the_same_words_for_headlines_of_calls() -> None:
    chinese = headlines_of_calls("zh")
    assert {"general", *chinese} == {one.name for one in dataclasses.fields(ENGLISH_CALLS)}
    for key, text in chinese.items():
        if isinstance(text, str):
            assert fields_of(text) == fields_of(getattr(ENGLISH_CALLS, key)), key


def fields_of(template: str) -> list[str]:
    return sorted(re.findall(r"\{[a-z_]*\}", template))
