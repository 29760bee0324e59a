"""What a language brings: its words and sentences, each with the fields that it may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from detectors.alert.record import Alert
from detectors.context.verdicts import HONEST
from detectors.model.finding import Identity

Values = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Templates name fields in braces; ``certainties`` are possible, probable,
    over, ruled out by a team.

    ``explained`` says what a rule's findings tell, from who, claimed identity and values; ``None``
    for a rule that it does not know, which ``unexplained`` then words. ``untold`` is for evidence
    that came without values.
    """

    kinds: Mapping[str, str]
    severities: Mapping[str, str]
    points: tuple[str, ...]
    identity: Mapping[str, str]
    phones: Callable[[int], str]
    no_identity: str
    distance: Callable[[float], str]
    explained: Callable[[str, str, str, Values], str | None]
    unexplained: str
    rule_name: Callable[[str], str]
    untold: str
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
        told = [(claimed.rat or "").upper()]
        if claimed.mnc is not None:
            told.append(f"{claimed.mcc}-{claimed.mnc:02d}")
        named = [(area, claimed.area), ("cell", claimed.cell)]
        if radio or (claimed.area is None and claimed.cell is None):
            named += [("arfcn", claimed.arfcn), ("pci", claimed.pci)]
        told += [self.identity[name].format(value) for name, value in named if value is not None]
        return " ".join(word for word in told if word)

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
