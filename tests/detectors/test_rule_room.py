"""What stands in the room of a rule beside the rule: words in all languages, and samples.

Each message says which file lacks what. `make rule NAME=...` lays out a room that fails here until
it is furnished.
"""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from detectors.features.baselines.cluster_rule import ClusterRule
from detectors.features.room import Room
from detectors.model.finding import Finding
from detectors.model.parameters import facts
from detectors.model.words import LANGUAGES, Language
from detectors.rules import ROOMS
from detectors.rules import __path__ as rules_path
from field.console.page import page_words
from tests.detectors.test_rule_contract import found

ROOT = Path(__file__).parents[2]
FILES = ("__init__.py", "rule.py", "parameters.toml", "words.toml", "samples.py")
WHO: dict[Language, str] = {"en": "7 phones", "zh": "7 部手机"}
CLAIMED = "GSM 460-00 LAC 61234"
#: The page shows these beside the value that they are expected for.
EXPECTED = re.compile(r"(expected|usual)_")

#: What may be a key of the program: small letters, also with lines and colons between them.
RAW = re.compile(r"[a-z]+(?:[_:][a-z0-9]+)*")
#: Values that are names of the world outside.
TEXTS = ("sender", "domain", "brand", "claimed", "trunk", "region")

every_room = pytest.mark.parametrize("name", ROOMS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


class Watched(dict[str, Any]):
    """Values that note which of them are asked for."""

    def __init__(self, values: dict[str, Any], asked: set[str]) -> None:
        super().__init__(values)
        self.asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.fixture(scope="session")
def findings(make: Any) -> dict[str, list[Finding]]:
    """What each rule finds in its own sample."""
    return {
        name: found(room.rule(), samples(name).fires(make), make) for name, room in ROOMS.items()
    }


def samples(name: str) -> Any:
    return importlib.import_module(f"detectors.rules.{name}.samples")


def file(name: str, module: str) -> str:
    ending = "toml" if module in ("parameters", "words") else "py"
    return f"detectors/rules/{name}/{module}.{ending}"


def values_of(name: str, found: list[Finding]) -> list[dict[str, Any]]:
    """What a rule's sentences may be about: its sample, each of its terms, and what it adds."""
    values = [dict(finding.values) for finding in found]
    first = values[0] if values else {}
    words = ROOMS[name].words["en"]
    held = [*words.terms.items(), *words.when.items()]
    values += [{**first, of: each} for of, texts in held for each in texts]
    return values + list(getattr(samples(name), "MORE_VALUES", []))


def own_excuses(room: Room) -> list[str]:
    """The switches that a rule doesn't share with all that count by place."""
    shared = {field.name for field in msgspec.structs.fields(ClusterRule)}
    names = [field.name for field in msgspec.structs.fields(room.rule)]
    base = shared if issubclass(room.rule, ClusterRule) else set()
    return [name for name in names if name.startswith("excuse_") and name not in base]


@every_room
def test_all_files_are_there(name: str) -> None:
    folder = Path(rules_path[0]) / name
    assert [each for each in FILES if not (folder / each).is_file()] == []


@every_room
def test_nothing_is_left_to_do(name: str) -> None:
    left = [
        f"{file(name, path.stem)}:{number}: {line.strip()}"
        for path in sorted((Path(rules_path[0]) / name).glob("*.[pt]*"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "TODO" in line
    ]
    assert left == [], "\n".join(left)


@every_room
def test_it_has_its_line_of_settings(name: str) -> None:
    rules = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text("utf-8"))["rules"]
    assert name in rules, f"configs/default.yaml needs a line under rules: `{name}: {{}}`"


def test_settings_name_no_other_rule() -> None:
    rules = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text("utf-8"))["rules"]
    assert sorted(set(rules) - set(ROOMS)) == []


@every_language
@every_room
def test_it_has_words(name: str, language: Language) -> None:
    words = ROOMS[name].words[language]
    for field, use in (
        ("title", "heads its evidence on the page"),
        ("name", "says in a few words what it observes"),
    ):
        assert getattr(words, field).strip(), f"{file(name, 'words')}: {field} ({language}) {use}"
    if language == "zh":
        given = (words.title, words.name, *words.values.values())
        assert [word for word in given if not re.search(r"[\u4e00-\u9fff]", word)] == []


@every_room
def test_all_languages_name_the_same_values_and_terms(name: str) -> None:
    english, chinese = ROOMS[name].words["en"], ROOMS[name].words["zh"]
    assert set(chinese.values) == set(english.values), file(name, "words")
    assert set(chinese.missing) == set(english.missing), file(name, "words")
    for part in ("terms", "when"):
        keys = [
            [(of, sorted(texts)) for of, texts in getattr(words, part).items()]
            for words in (english, chinese)
        ]
        assert keys[0] == keys[1], f"{file(name, 'words')}: {part}"


@every_language
@every_room
def test_a_sentence_copes_without_values(name: str, language: Language) -> None:
    sentence = ROOMS[name].words[language].sentence(WHO[language], CLAIMED, {})
    assert sentence.strip(), f"{file(name, 'words')}: the sentence in {language} is empty"
    assert not sentence.endswith((".", "。")), f"{file(name, 'words')}: no full stop ({language})"
    assert "{" not in sentence


@every_room
def test_sentences_are_about_the_same_values_and_only_about_those_given(
    name: str, findings: dict[str, list[Finding]]
) -> None:
    every = values_of(name, findings[name])
    given = {value for values in every for value in values}
    for values in every:
        asked: dict[Language, set[str]] = {language: set() for language in LANGUAGES}
        for language in LANGUAGES:
            words = ROOMS[name].words[language]
            words.sentence(WHO[language], CLAIMED, Watched(values, asked[language]))
        assert asked["zh"] == asked["en"], f"{file(name, 'words')}: languages differ"
        assert asked["en"] <= given, (
            f"{file(name, 'words')}: no finding has {sorted(asked['en'] - given)}"
        )


@every_room
def test_sentences_have_the_same_figures(name: str, findings: dict[str, list[Finding]]) -> None:
    for values in values_of(name, findings[name]):
        texts = [ROOMS[name].words[of].sentence(WHO[of], CLAIMED, values) for of in LANGUAGES]
        figures = [sorted(re.findall(r"-?\d+(?:\.\d+)?", text)) for text in texts]
        assert figures[0] == figures[1], f"{file(name, 'words')}: {texts}"
        assert (CLAIMED in texts[0]) == (CLAIMED in texts[1]), f"{file(name, 'words')}: {texts}"
        assert re.search(r"[\u4e00-\u9fff]", texts[1]), f"{file(name, 'words')}: {texts[1]}"


@every_room
def test_what_a_value_may_hold_has_terms(name: str, findings: dict[str, list[Finding]]) -> None:
    for of, terms in ROOMS[name].words["en"].terms.items():
        held = {str(finding.values[of]) for finding in findings[name] if of in finding.values}
        words = {word for value in held for word in value.split()}
        assert words <= set(terms), f"{file(name, 'words')}: terms of {of} lack some"


@every_room
def test_the_page_has_a_name_for_each_value(name: str, findings: dict[str, list[Finding]]) -> None:
    known = page_words("en")
    given = {value for finding in findings[name] for value in finding.values}
    named = {each for each in given if {f"value.{each}", f"value.{name}.{each}"} & known.keys()}
    unnamed = {each for each in given - named if not EXPECTED.match(each)}
    assert unnamed == set(), f"{file(name, 'words')}: `values` gives no name to these"


@every_language
@every_room
def test_the_page_has_words_for_what_a_value_holds(
    name: str, language: Language, findings: dict[str, list[Finding]]
) -> None:
    """No key of the program stands on the page where a word should."""
    known = page_words(language)
    held = {
        (of, word)
        for values in values_of(name, findings[name])
        for of, value in values.items()
        if isinstance(value, str)
        for word in value.split()
    }
    free = {*TEXTS, *ROOMS[name].words[language].missing}
    keys = {(of, word) for of, word in held if RAW.fullmatch(word) and of not in free}
    wordless = {
        (of, word)
        for of, word in keys
        if not {f"term.{name}.{of}.{word}", f"term.{of}.{word}"} & known.keys()
    }
    assert wordless == set(), f"{file(name, 'words')}: `terms` has no words for these"


@every_language
@every_room
def test_no_sentence_holds_a_key_of_the_program(
    name: str, language: Language, findings: dict[str, list[Finding]]
) -> None:
    words = ROOMS[name].words[language]
    for values in values_of(name, findings[name]):
        text = words.sentence(WHO[language], CLAIMED, values)
        assert not re.search(r"[a-z]_[a-z]|[a-z]:[a-z]|(?<![-+])\b0\.\d", text), text


@every_room
def test_its_excuses_name_their_causes(name: str) -> None:
    nameless = [
        fact.name
        for fact in facts(ROOMS[name].rule)
        if fact.name.startswith("excuse_") and not re.search(r"F[0-9]+", fact.source)
    ]
    assert nameless == [], f"{file(name, 'parameters')}: `source` must name rows of explanations.md"


@every_room
def test_every_excuse_of_its_own_is_shown(name: str, make: Any) -> None:
    """By a sample in the room on which only this excuse keeps it silent, or by tests of its own."""
    room = ROOMS[name]
    excused = getattr(samples(name), "EXCUSED", {})
    tests = ROOT / "tests" / "detectors" / "rules" / f"test_{name}.py"
    tested = tests.read_text("utf-8") if tests.is_file() else ""
    shown = [switch for switch in own_excuses(room) if switch in excused or switch in tested]
    assert shown == own_excuses(room), f"{file(name, 'samples')}: EXCUSED lacks a sample"
    for switch, sample in excused.items():
        assert found(room.rule(), sample(make), make) == [], f"{switch} excuses nothing"
        without = found(room.rule(**{switch: False}), sample(make), make)
        assert without != [], f"{file(name, 'samples')}: {switch} is not what keeps it silent"


@every_room
def test_its_docstring_has_what_a_reader_needs(name: str) -> None:
    text = inspect.getdoc(ROOMS[name].rule) or ""
    needed = ("What it sees", "Why a rogue station does it", "Why an honest network may")
    missing = [words for words in (*needed, "References", ">>>") if words not in text]
    assert missing == [], f"{file(name, 'rule')}: the docstring lacks these"
