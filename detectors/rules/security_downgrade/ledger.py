"""How well a zone's networks usually protect phones: the judging memory of
`detectors.rules.security_downgrade.rule`.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.features.memory.pending_findings import Due
from detectors.model.finding import Observation

_NETWORKS: Final = 256


class Grades(msgspec.Struct):
    """How many phones were protected how well: by the grades of
    `detectors.rules.security_downgrade.protection`."""

    counts: list[float] = []

    def no_better(self, grade: int) -> tuple[float, float]:
        """Phones that were protected no better than by a grade, and all phones."""
        return sum(self.counts[: grade + 1]), sum(self.counts)


class UsualGrades(msgspec.Struct, frozen=True, array_like=True):
    """How many phones one network protected how well in one RAT and aspect (``about``)."""

    about: Annotated[str, Meta(max_length=60)]
    counts: Annotated[
        tuple[Annotated[float, Meta(ge=0.0, le=1e9)], ...], Meta(min_length=3, max_length=3)
    ]


class LearnedGrades(msgspec.Struct, frozen=True):
    """What a zone's networks usually do."""

    networks: Annotated[tuple[UsualGrades, ...], Meta(max_length=_NETWORKS)] = ()


class Ledger(Due):
    """Judging state of one zone: grades by network, RAT and aspect, and findings that are due."""

    usual: dict[str, Grades] = msgspec.field(default_factory=dict)
    halved_ms: int = 0

    def of(self, observation: Observation, aspect: str) -> Grades:
        """What the network of an observation usually does, with room made for a new one."""
        claimed = observation.claimed
        assert claimed is not None
        key = f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{aspect}"
        usual = self.usual.setdefault(key, Grades([0.0, 0.0, 0.0]))
        if len(self.usual) > _NETWORKS:
            del self.usual[next(iter(self.usual))]
        return usual

    def halve(self, now_ms: int, half_life_ms: float) -> None:
        """Forgets what is usual by halves."""
        if now_ms - self.halved_ms < half_life_ms:
            return
        self.halved_ms = now_ms
        for grades in self.usual.values():
            grades.counts = [count / 2 for count in grades.counts]

    def learned(self) -> LearnedGrades:
        """What is usual of all networks."""
        return LearnedGrades(
            tuple(UsualGrades(about, tuple(each.counts)) for about, each in self.usual.items())
        )

    def take_up(self, learned: LearnedGrades, now_ms: int) -> None:
        """Puts that into a fresh state; its next half life begins now."""
        self.halved_ms = now_ms
        for each in learned.networks:
            self.usual[each.about] = Grades(list(each.counts))
