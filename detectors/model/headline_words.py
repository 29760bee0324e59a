"""The words of a language for headlines, and how a headline is put together from them.

Alerts carry the English headline; channels and the console write it in other languages by the same
words of theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.model.finding import Identity
from detectors.model.words import KINDS, POINTS, metres_text


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineWords:
    """One language. Templates name their fields in braces.

    ``certainties`` are possible, probable, over, ruled out by a team; ``points`` are the eighths of
    a compass, from north on; ``identity`` has a template for each part of an identity.
    """

    kinds: Mapping[str, str]
    points: tuple[str, ...]
    identity: Mapping[str, str]
    distance: Callable[[float], str]
    certainties: tuple[str, str, str, str]
    sure: str
    very_sure: str
    headline: str
    nowhere: str
    where: str
    where_alone: str
    moving: str
    as_whom: str

    def headline_text(
        self,
        what: str,
        identities: Sequence[Identity],
        place: tuple[float, float] | None,
        radius_m: float | None,
        motion: tuple[float | None, float | None],
        who: str,
        chance: float,
    ) -> str:
        """One sentence that a person on the street can act on, without a full stop.

        ``place`` is latitude and longitude in degrees, ``motion`` speed (m/s) and course (degrees).
        """
        where = self.nowhere
        if place is not None:
            degrees = f"{place[0]:.5f}, {place[1]:.5f}"
            where = self.where_alone.format(place=degrees)
            if radius_m is not None:
                where = self.where.format(radius=self.distance(radius_m), place=degrees)
            speed_mps, bearing_deg = motion
            if speed_mps is not None and bearing_deg is not None:
                where += self.moving.format(**self.motion(speed_mps, bearing_deg))
        whom = self.identity_text(identities[0]) if identities else ""
        return self.headline.format(
            what=what,
            where=where,
            as_whom=self.as_whom.format(whom) if whom else "",
            who=who,
            sure=self.sure_text(chance),
        )

    def what_text(
        self,
        kind: str,
        status: str,
        chance: float,
        ruled_out: bool,
        certainties: Sequence[str] | None = None,
    ) -> str:
        """What it is, and whether possibly, probably, not any more, or not by who looked.

        ``certainties`` take the place of the language's own, which are of transmitters.
        """
        at = int(chance >= 0.9)
        if status == "closed":
            at = 3 if ruled_out else 2
        named = self.kinds.get(kind, kind.replace("_", " "))
        return (certainties or self.certainties)[at].format(kind=named)

    def identity_text(self, claimed: Identity, radio: bool = False) -> str:
        """An identity as field people write it; ``radio`` adds channel and code in any case.

        >>> ENGLISH.identity_text(Identity("gsm", 460, 0, 61001, 12))
        'GSM 460-00 LAC 61001 cell 12'
        """
        area = "tac" if claimed.rat in ("lte", "nr") else "lac"
        parts = [(claimed.rat or "").upper()]
        if claimed.mnc is not None:
            parts.append(f"{claimed.mcc}-{claimed.mnc:02d}")
        named = [(area, claimed.area), ("cell", claimed.cell)]
        if radio or (claimed.area is None and claimed.cell is None):
            named += [("arfcn", claimed.arfcn), ("pci", claimed.pci)]
        parts += [self.identity[name].format(value) for name, value in named if value is not None]
        return " ".join(part for part in parts if part)

    def sure_text(self, chance: float) -> str:
        """How sure, in per cent."""
        return self.very_sure if chance > 0.99 else self.sure.format(round(chance * 100))

    def motion(self, speed_mps: float, bearing_deg: float) -> dict[str, str]:
        """Course and speed (km/h) as the fields of a template."""
        point = self.points[round(bearing_deg / 45.0) % 8]
        return {"point": point, "speed": f"{speed_mps * 3.6:.0f}"}


ENGLISH: Final = HeadlineWords(
    kinds=KINDS,
    points=POINTS,
    identity={
        "lac": "LAC {}",
        "tac": "TAC {}",
        "cell": "cell {}",
        "arfcn": "channel {}",
        "pci": "code {}",
    },
    distance=metres_text,
    certainties=(
        "Possible {kind}",
        "Probable {kind}",
        "No longer heard: {kind}",
        "Ruled out by a field team: {kind}",
    ),
    sure="{} %",
    very_sure="over 99 %",
    headline="{what} {where}{as_whom}; {who} affected ({sure} sure)",
    nowhere="at an unknown place",
    where="within {radius} of {place}",
    where_alone="at {place}",
    moving=", moving {point} at {speed} km/h",
    as_whom=", posing as {}",
)
