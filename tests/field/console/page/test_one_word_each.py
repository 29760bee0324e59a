"""What comes in is an input, and a feed an address that is handed on, on the page."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from detectors.model.words import Language

FIELD = Path(__file__).parents[4] / "field"
STATIC = FIELD / "console" / "static"
MESSAGES = FIELD / "formats" / "words" / "zh.toml"


def texts(language: Language, folder: str) -> dict[str, str]:
    found = json.loads((STATIC / folder / f"{language}.json").read_text("utf-8"))
    return {key: json.dumps(text, ensure_ascii=False) for key, text in found.items()}


@pytest.mark.parametrize(("language", "word"), [("en", r"\bfeeds?\b"), ("zh", "订阅")])
def test_feeds_are_addresses_alone(language: Language, word: str) -> None:
    named = {key for key, text in texts(language, "words").items() if re.search(word, text, re.I)}
    assert named <= {"panel.feeds", *(key for key in named if key.startswith("feeds."))}
    assert "panel.feeds" in named


@pytest.mark.parametrize(("language", "word"), [("en", r"\binputs?\b"), ("zh", "数据源")])
def test_inputs_are_what_comes_in(language: Language, word: str) -> None:
    words = texts(language, "words")
    named = {key for key, text in words.items() if re.search(word, text, re.I)}
    assert {"banner.silent", "banner.deaf", "health.how", "health.feeds", "health.feed"} <= named
    assert not [key for key in named if key.startswith("feeds.") or key == "panel.feeds"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_has_a_term_for_each(language: Language) -> None:
    glossary = json.loads((STATIC / "help" / f"{language}.json").read_text("utf-8"))["glossary"]
    assert glossary["input"]["term"] != glossary["feed"]["term"]
    word = {"en": r"\binputs?\b", "zh": "数据源"}[language]
    assert not re.search(word, json.dumps(glossary["feed"], ensure_ascii=False))


def test_an_account_is_called_as_the_login_page_calls_it() -> None:
    chinese = texts("zh", "words") | texts("zh", "help")
    assert tomllib.loads(MESSAGES.read_text("utf-8"))["login"]["name"] == "账号"
    assert [key for key, text in chinese.items() if "账户" in text] == []
    assert "账号" in chinese["panel.accounts"]
