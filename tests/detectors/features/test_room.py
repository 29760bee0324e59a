"""Tables of rules' rooms as they are read: what is wrong is named by file and key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.features.room import Words, describe_parameters, read_words
from detectors.features.rule import Rule
from detectors.model import tables
from detectors.model.columns import Measurements
from detectors.model.parameters import Cap, Facts, Nats, Seconds, Switch, facts

ENGLISH = """
[en]
title = "Two sims"
name = "two sims"
sentence = "{who} saw {claimed} at {away_m:metres} for {age_s:minutes} min, {share:.0%} ({reason})"
when.kind.lone = "{who} saw {sender}"
missing.sender = "nobody on {claimed}"
terms.reason.odd = "as odd to {who}"
"""
CHINESE = ENGLISH.replace("[en]", "[zh]")

Read = Callable[[str], Words]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads the words of a room whose file holds a text."""
    monkeypatch.setattr(tables, "files", lambda package: tmp_path)

    def of(text: str) -> Words:
        (tmp_path / "words.toml").write_text(text, "utf-8")
        return read_words("detectors.rules.two_sims")

    return of


def test_a_sentence_is_made_of_its_template(read: Read) -> None:
    english = read(ENGLISH + CHINESE)["en"]
    values = {"away_m": 1500, "age_s": 150, "share": 0.5, "reason": "odd"}
    assert english.sentence("d1", "GSM", values) == (
        "d1 saw GSM at 1.5 km for 2 min, 50% (as odd to d1)"
    )
    assert english.sentence("d1", "GSM", {"kind": "lone", "sender": "{x}"}) == "d1 saw {x}"


def test_what_is_missing_or_has_no_term_is_shown_so(read: Read) -> None:
    words = read(ENGLISH + CHINESE)
    assert words["en"].sentence("d1", "GSM", {"kind": "lone"}) == "d1 saw nobody on GSM"
    assert words["en"].sentence("d1", "GSM", {"reason": "too_{far}"}).endswith("(too {far})")
    assert "at unknown for unknown min, unknown (" in words["en"].sentence("d1", "GSM", {})
    assert (
        words["zh"].sentence("d1", "GSM", {"reason": "odd odd"}).endswith("d1，并且as odd to d1)")
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ENGLISH, "lacks the language 'zh'"),
        (ENGLISH + CHINESE + "[fr]\n", "'fr'"),
        (ENGLISH + CHINESE + 'titel = ""\n', "unknown field `titel`"),
        (ENGLISH + CHINESE.replace("title", "#"), "missing required field `title`"),
        (ENGLISH + CHINESE.replace('"Two sims"', '""'), r"\$\[...\].title"),
        (ENGLISH + "[zh", "end of document"),
    ],
)
def test_what_is_wrong_is_named(text: str, fault: str, read: Read) -> None:
    with pytest.raises(ImportError, match=rf"^detectors/rules/two_sims/words\.toml: .*{fault}"):
        read(text)


def described(table: str, folder: Path) -> list[Facts]:
    """What a rule's types say of its own parameters with a table."""

    class TwoSims(Rule[Measurements, None, None], frozen=True, kw_only=True):
        cap: Cap = 3.0
        weak_weight: Nats = 0.5
        hold_s: Seconds = 1.0
        names: tuple[str, ...] = ()
        excuse_example: Switch = True

    (folder / "parameters.toml").write_text(table, "utf-8")
    describe_parameters(TwoSims, "detectors.rules.two_sims")
    return facts(TwoSims)


@pytest.mark.parametrize(
    ("table", "unit", "range_text", "does", "source"),
    [
        ('cap = {source = "R1"}', "nats", "0 to 20", "the most that all", "R1"),
        ('weak_weight = {weighs = "a, b"}', "nats", "0 to 20", "weight of a, b", "chosen: below"),
        ('weak_weight = {caps = "on c"}', "nats", "0 to 20", "as `cap`, on c", "chosen: below"),
        ('hold_s = {range = [0, 9], does = "waits", source = "tried"}', "s", "0 to 9", "waits", ""),
        ('names = {unit = "u", range = "r", does = "d", source = "R1"}', "u", "r", "d", "R1"),
        ('excuse_example = {excuses = "e", source = "F1"}', "switch", "true or", "considers", "F1"),
    ],
)
def test_a_table_completes_the_types_of_parameters(
    table: str, unit: str, range_text: str, does: str, source: str, tmp_path: Path, read: Read
) -> None:
    (one,) = (one for one in described(table, tmp_path) if one.name == table.partition(" ")[0])
    assert one.unit == unit
    assert one.range.startswith(range_text)
    assert one.does.startswith(does)
    assert one.source.startswith(source or "chosen: no figure is published")


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("hold = {}", "the rule has no 'hold'"),
        ('hold_s = {dose = ""}', "unknown field `dose`"),
        ("hold_s = {range = [0]}", "range"),
        ("hold_s = {", "end of document"),
    ],
)
def test_what_is_wrong_with_parameters_is_named(
    table: str, fault: str, tmp_path: Path, read: Read
) -> None:
    at = r"^detectors/rules/two_sims/parameters\.toml: "
    with pytest.raises(ImportError, match=rf"{at}.*{fault}"):
        described(table, tmp_path)
