"""What a language brings: its words and sentences, each with the fields that it may name.

They are in ``en.toml`` and ``zh.toml`` beside this file, a table for each part of field that writes
for people; the sentences about findings are in the rooms of the rules.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from detectors.alert.headline import is_by_mute, is_ruled_out
from detectors.alert.record import Alert
from detectors.model.finding import CALL_ALERTS
from detectors.model.headline_words import ENGLISH, HeadlineWords
from detectors.model.words import LANGUAGES, Language, Values, metres_text
from detectors.rules import ROOMS

_FILES: Final[dict[Language, dict[str, Any]]] = {
    language: tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
    for language in LANGUAGES
}


#: A gap before punctuation of Chinese, or between two of its signs.
_GAP: Final = re.compile(r" +(?=[，。；：、（）])|(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")


def tables_of(part: str) -> dict[Language, dict[str, Any]]:
    """As `words_of` where a part has tables and lists too."""
    return {language: tables[part] for language, tables in _FILES.items()}


def words_of(part: str) -> dict[Language, dict[str, str]]:
    """The words of one part of field, by language and key. Raises KeyError for an unknown part."""
    return {language: tables[part] for language, tables in _FILES.items()}


def headlines_of_calls(language: Language) -> dict[str, Any]:
    """The words of a language but English for headlines about calls: English is in the alerts."""
    return dict(_FILES[language]["calls"]["headline"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(HeadlineWords):
    """One language: the words of its headlines, and those of titles and texts.

    ``title_over`` is for what was ruled out, ``unexplained`` for a rule that is unknown here,
    ``without_values`` for evidence that came without values.
    """

    severities: Mapping[str, str]
    one_phone: str
    some_phones: str
    no_identity: str
    unexplained: str
    without_values: str
    title: str
    title_alone: str
    title_over: str
    lines: Mapping[str, str]
    hypotheses: Mapping[str, str]
    and_so_on: str

    def phones(self, count: int) -> str:
        """So many phones."""
        return self.one_phone if count == 1 else self.some_phones.format(count)

    def rule_name(self, detector: str) -> str:
        """What a rule observes, in a few words."""
        room = ROOMS.get(detector)
        return room.words[self.language].name if room else detector.replace("_", " ")

    def explained(
        self, detector: str, who: str, claimed: str, values: Values, rat: str | None = None
    ) -> str | None:
        """What a rule's findings mean, in its words; ``None`` where no rule has that name."""
        room = ROOMS.get(detector)
        if room is None or self.language == "en":
            return room.words["en"].sentence(who, claimed, values, rat) if room else None
        # Latin text stands apart from Chinese, though not from its punctuation.
        apart = f" {claimed} " if claimed[:1].isascii() else claimed
        return _GAP.sub("", room.words["zh"].sentence(who, apart, values, rat))

    def what(self, alert: Alert) -> str:
        """What an alert is about, with its certainty."""
        out, by_mute = is_ruled_out(alert), is_by_mute(alert)
        return self.what_text(alert.kind, alert.status, alert.probability, out, by_mute)


_HEADLINES: Final[dict[Language, dict[str, Any]]] = {
    "en": {one.name: getattr(ENGLISH, one.name) for one in fields(ENGLISH)},
    "zh": {"language": "zh", "distance": metres_text, **_FILES["zh"]["headline"]},
}


def _made(language: Language) -> Wording:
    """A language's words; a kind of alert about calls is called the same as a hypothesis."""
    headlines, text = _HEADLINES[language], _FILES[language]["text"]
    kinds = {kind: word for kind, word in headlines["kinds"].items() if kind in CALL_ALERTS}
    known = text | {"hypotheses": kinds | text["hypotheses"]}
    return Wording(**headlines, **known)


WORDINGS: Final[dict[Language, Wording]] = {language: _made(language) for language in LANGUAGES}
#: Innocent explanations in Chinese, by code, and the kinds of changes that an operator announces.
INNOCENT_ZH: Final[dict[str, Any]] = _FILES["zh"]["innocent"]
#: Why each hypothesis may hold, in Chinese, by its name.
HYPOTHESES_ZH: Final[dict[str, str]] = _FILES["zh"]["hypothesis"]
