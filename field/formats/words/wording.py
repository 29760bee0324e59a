"""What a language brings: its words and sentences, each with the fields that it may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST
from detectors.model.headline_words import HeadlineWords
from detectors.model.words import Language, Values
from detectors.rules import ROOMS


def rule_sentence(
    language: Language, detector: str, who: str, claimed: str, values: Values
) -> str | None:
    """What a rule's findings mean, in its room's words; ``None`` for a name that no rule has."""
    room = ROOMS.get(detector)
    return room.words[language].sentence(who, claimed, values) if room else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(HeadlineWords):
    """One language: the words of its headlines, and those of titles and texts.

    ``explained`` says what a rule's findings mean, from who, claimed identity and values; ``None``
    for a rule that is unknown here, for which ``unexplained`` stands. ``without_values`` is for
    evidence that came without values.
    """

    language: Language
    severities: Mapping[str, str]
    phones: Callable[[int], str]
    no_identity: str
    explained: Callable[[str, str, str, Values], str | None]
    unexplained: str
    without_values: str
    title: str
    title_alone: str
    lines: Mapping[str, str]
    and_so_on: str

    def rule_name(self, detector: str) -> str:
        """What a rule observes, in a few words."""
        room = ROOMS.get(detector)
        return room.words[self.language].name if room else detector.replace("_", " ")

    def what(self, alert: Alert) -> str:
        """What an alert is about, with its certainty."""
        ruled_out = alert.verdict in HONEST
        return self.what_text(alert.kind, alert.status, alert.probability, ruled_out)
