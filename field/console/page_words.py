"""The page's words in one language: its own, from a file, and the rules', from their rooms."""

import json
from pathlib import Path
from typing import Final

from detectors.model.words import Language
from detectors.rules import ROOMS

_FOLDER: Final = Path(__file__).parent / "static" / "words"


def page_words(language: Language) -> dict[str, str]:
    """By key; ``rule.NAME`` is a rule's title, ``value.NAME`` the name of a value of findings."""
    words: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    for name, room in ROOMS.items():
        of_rule = room.words[language]
        words[f"rule.{name}"] = of_rule.title
        words |= {f"value.{value}": word for value, word in of_rule.values.items()}
    return words
