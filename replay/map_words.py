"""The map's words: those of its page, and what each alert is called, in English or Chinese.

They stand in ``en.toml`` and ``zh.toml`` beside the page's parts; what is written about alerts is
what channels and the console write.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from detectors.alert.record import Alert
from detectors.model.words import LANGUAGES, Language
from field.formats.words.calls import is_about_calls, number_text
from field.formats.words.text import explain, headline
from field.formats.words.wording import WORDINGS

_WORDS: Final[Mapping[Language, Mapping[str, Mapping[str, str]]]] = {
    language: tomllib.loads((Path(__file__).parent / "map" / f"{language}.toml").read_text("utf-8"))
    for language in LANGUAGES
}
#: What stands in the page's markup, by language and key.
MARKUP: Final[Mapping[Language, Mapping[str, str]]] = {
    language: words["page"] for language, words in _WORDS.items()
}


def map_words(alerts: Sequence[Alert], language: Language) -> dict[str, Any]:
    """The words that the page's script needs, and in ``texts`` those of each alert."""
    wording = WORDINGS[language]
    return {
        "words": _WORDS[language]["script"],
        "severities": wording.severities,
        "points": wording.points,
        "texts": [_texts(alert, language) for alert in alerts],
    }


def _texts(alert: Alert, language: Language) -> dict[str, Any]:
    """An alert in a language; in English as it comes. ``named`` are its identities, or numbers, the
    newest first; ``evidence`` has the name and the sentence of each rule."""
    wording, of_calls = WORDINGS[language], is_about_calls(alert)
    english = language == "en"
    named = [number_text(one, language) for one in alert.numbers[::-1]]
    if not of_calls:
        named = [wording.identity_text(one, radio=True) for one in alert.identities]
    return {
        "headline": alert.headline if english else headline(alert, language),
        "kind": wording.kinds.get(alert.kind, alert.kind.replace("_", " ")),
        "named": named,
        "evidence": [
            (
                wording.rule_name(share.detector),
                share.explanation if english else explain(share, language, of_calls),
            )
            for share in alert.evidence
        ],
    }
