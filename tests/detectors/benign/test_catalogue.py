"""Every innocent cause is dealt with, and every excuse can be switched off."""

import re
from pathlib import Path

import pytest

from detectors.benign.catalogue import EXPLANATIONS, page
from streams.config.settings import load_settings

ROOT = Path(__file__).parents[3]


def test_all_causes_of_the_notes_are_there_and_met() -> None:
    notes = (ROOT / "docs" / "science.md").read_text("utf-8")
    assert list(EXPLANATIONS) == re.findall(r'(?m)^\| <a id="f\d+"></a>(F\d+) ', notes)
    assert len(EXPLANATIONS) >= 37
    assert all(one.switches or one.otherwise for one in EXPLANATIONS.values())


@pytest.mark.slow
@pytest.mark.parametrize("switch", sorted({s for e in EXPLANATIONS.values() for s in e.switches}))
def test_every_switch_turns_something_off(switch: str) -> None:
    on, off = load_settings(env={}), load_settings(env={}, flags={switch: False})
    assert on != off


def test_the_page_is_up_to_date() -> None:
    shipped = (ROOT / "docs" / "explanations.md").read_text("utf-8")
    assert shipped == page(), (
        "rewrite with: python -m detectors.benign.catalogue > docs/explanations.md"
    )
