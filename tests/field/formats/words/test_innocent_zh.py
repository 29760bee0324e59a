"""Every innocent explanation that detectors give has its words in Chinese."""

import re
from pathlib import Path

import pytest

from detectors.alert.record import Considered
from detectors.benign import incident_causes
from detectors.model.codes import CHANGE_KINDS
from field.formats.words.text import innocent_zh
from field.formats.words.wording import INNOCENT_ZH

#: What detectors say, by code; a figure or a name in it must come through.
SENTENCES = (
    ("F4", "the operator announced it (replan)", "重新规划"),
    ("F6", "the operator announced it (switch_off)", "关停"),
    ("F11", "the same area is met 8 km away at the same time", "8"),
    ("F4", "several cells of the register are heard under the same new area", "位置区"),
    ("F5", "several cells of the same area are on the air at the same time", "小区"),
    ("F30", "a transmitter is authorised here: police exercise", "police exercise"),
)


@pytest.mark.parametrize(("code", "sentence", "kept"), SENTENCES)
def test_it_is_in_chinese(code: str, sentence: str, kept: str) -> None:
    words = innocent_zh(Considered(code, sentence, 0.9, []))
    assert kept in words
    assert re.search(r"[\u4e00-\u9fff]", words)
    assert sentence not in words


def test_all_codes_and_kinds_of_changes_are_known() -> None:
    source = Path(incident_causes.__file__).read_text("utf-8")
    assert set(re.findall(r'"(F\d+)"', source)) <= {code for code, _, _ in SENTENCES}
    assert set(INNOCENT_ZH["changes"]) == set(CHANGE_KINDS)


def test_what_is_not_known_keeps_its_own_words() -> None:
    assert innocent_zh(Considered("F99", "who knows", 0.1, [])) == "who knows"
