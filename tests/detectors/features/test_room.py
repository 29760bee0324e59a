"""Words of rules as they are read: what is wrong is named by file and key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.features import room
from detectors.features.room import Words, read_words

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
    monkeypatch.setattr(room, "files", lambda package: tmp_path)

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
