"""The report's own words, in English and Chinese; those of alerts and rules are the formats'."""

import tomllib
from pathlib import Path
from typing import Any, Final

from detectors.model.words import LANGUAGES, Language

WORDS: Final[dict[Language, dict[str, Any]]] = {
    language: tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
    for language in LANGUAGES
}
