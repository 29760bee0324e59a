"""Help: glossary and field card say the same in both languages, in the page's own words."""

import json
import re
import shutil
from typing import Any

import pytest

from detectors.model.words import LANGUAGES, Language
from field.console.page import STATIC, page_words
from field.console.routes.shell import shell_of
from tests.field.console.page.page_program import asked_of_the_page, with_words

WORD = re.compile(r"\{([a-z_.]+)\}")
#: What a reader meets on the page and may not know.
NEEDED = (
    *("observation", "watermark", "catcher", "blaster", "lac", "pci", "bsic", "timing_advance"),
    *("revision", "severity", "sure", "arfcn", "plmn", "verdict", "region", "register"),
)


def help_in(language: Language) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((STATIC / "help" / f"{language}.json").read_text("utf-8"))
    return known


def texts_of(language: Language) -> list[str]:
    """All that is read of it."""
    known = help_in(language)
    card, terms = known["card"], known["glossary"].values()
    lines = [line for head, some in card["parts"] for line in (head, *some)]
    return [card["title"], *lines, *card["form"], *(term["text"] for term in terms)]


def test_both_languages_have_the_same_terms_and_the_same_card() -> None:
    english, chinese = help_in("en"), help_in("zh")
    assert list(english["glossary"]) == list(chinese["glossary"])
    for key, term in english["glossary"].items():
        assert term.get("word") == chinese["glossary"][key].get("word"), key
    for one, other in zip(english["card"]["parts"], chinese["card"]["parts"], strict=True):
        assert len(one[1]) == len(other[1]), one[0]
    assert len(english["card"]["form"]) == len(chinese["card"]["form"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_name_the_page_s_words_and_no_keys(language: Language) -> None:
    known = page_words(language)
    for text in texts_of(language):
        assert text.strip()
        assert [key for key in WORD.findall(text) if key not in known] == []
        assert not re.search(r"[a-z]_[a-z]", WORD.sub("", text)), text
        assert language == "en" or re.search("[一-鿿]", WORD.sub("", text) + "号"), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_has_an_entry_by_its_one_word(language: Language) -> None:
    terms = help_in(language)["glossary"]
    assert set(NEEDED) <= set(terms)
    words = [term["word"] for term in terms.values() if "word" in term]
    kinds = [key for key in page_words(language) if key.startswith("kind.")]
    assert sorted(words) == sorted(kinds)
    severities = [key for key in page_words(language) if key.startswith("severity.")]
    assert set(WORD.findall(terms["severity"]["text"])) == set(severities)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize(
    ("language", "asked", "first"),
    [("en", "stingray", "IMSI catcher"), ("en", "BSIC ncc", "BSIC"), ("zh", "跟踪区", "LAC、TAC")],
)
def test_a_term_is_found_by_its_name_its_text_and_by_what_else_it_is_called(
    language: Language, asked: str, first: str
) -> None:
    printed = asked_of_the_page(
        with_words(language) + "const { entries, found } = await import('./js/help/glossary.js');"
        f"const all = entries({json.dumps(help_in(language)['glossary'])});"
        f"const some = (asked) => found(all, asked).map(({{ term }}) => term);"
        f"console.log(JSON.stringify([some({json.dumps(asked)}), some('xyzzy'), some(' '),"
        " all.length]));"
    )
    hits, nothing, everything, count = printed
    assert first in hits
    assert len(hits) < count == len(everything)
    assert nothing == []


def test_help_is_kept_for_where_there_is_no_network() -> None:
    kept = shell_of(STATIC).files
    assert all(f"/static/help/{language}.json" in kept for language in LANGUAGES)
