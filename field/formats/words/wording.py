"""What a language brings: its words and sentences, each with the fields that it may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST
from detectors.model.finding import Identity
from detectors.model.words import Language, Values
from detectors.rules import ROOMS


def rule_sentence(
    language: Language, detector: str, who: str, claimed: str, values: Values
) -> str | None:
    """What a rule's findings mean, in its room's words; ``None`` for a name that no rule has."""
    room = ROOMS.get(detector)
    return room.words[language].sentence(who, claimed, values) if room else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Templates name fields in braces; ``certainties`` are possible, probable,
    over, ruled out by a team.

    ``explained`` says what a rule's findings mean, from who, claimed identity and values; ``None``
    for a rule that is unknown here, for which ``unexplained`` stands. ``without_values`` is for
    evidence that came without values.
    """

    language: Language
    kinds: Mapping[str, str]
    severities: Mapping[str, str]
    points: tuple[str, ...]
    identity: Mapping[str, str]
    phones: Callable[[int], str]
    no_identity: str
    distance: Callable[[float], str]
    explained: Callable[[str, str, str, Values], str | None]
    unexplained: str
    without_values: str
    certainties: tuple[str, str, str, str]
    sure: str
    very_sure: str
    headline: str
    nowhere: str
    where: str
    where_alone: str
    moving: str
    as_whom: str
    title: str
    title_alone: str
    lines: Mapping[str, str]
    and_so_on: str

    def identity_text(self, claimed: Identity, radio: bool = False) -> str:
        """An identity as field people write it; ``radio`` adds channel and code in any case."""
        area = "tac" if claimed.rat in ("lte", "nr") else "lac"
        parts = [(claimed.rat or "").upper()]
        if claimed.mnc is not None:
            parts.append(f"{claimed.mcc}-{claimed.mnc:02d}")
        named = [(area, claimed.area), ("cell", claimed.cell)]
        if radio or (claimed.area is None and claimed.cell is None):
            named += [("arfcn", claimed.arfcn), ("pci", claimed.pci)]
        parts += [self.identity[name].format(value) for name, value in named if value is not None]
        return " ".join(part for part in parts if part)

    def rule_name(self, detector: str) -> str:
        """What a rule observes, in a few words."""
        room = ROOMS.get(detector)
        return room.words[self.language].name if room else detector.replace("_", " ")

    def sure_text(self, chance: float) -> str:
        """How sure, in per cent."""
        return self.very_sure if chance > 0.99 else self.sure.format(round(chance * 100))

    def what(self, alert: Alert) -> str:
        """What it is, and whether possibly, probably, not any more, or not by who looked."""
        at = int(alert.probability >= 0.9)
        if alert.status == "closed":
            at = 3 if alert.verdict in HONEST else 2
        kind = self.kinds.get(alert.kind, alert.kind.replace("_", " "))
        return self.certainties[at].format(kind=kind)
