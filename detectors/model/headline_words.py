"""The words of a language for headlines, how a headline is put together from them, and names of
places to put in.

Alerts carry the English headline; channels and the console write it in other languages by the same
words of theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log10
from typing import Annotated, Final, Literal

import msgspec

from detectors.model.described import means
from detectors.model.finding import Identity
from detectors.model.rare_messages import RuledOut
from detectors.model.words import KINDS, POINTS, Language, metres_text
from detectors.networks.names import network_text
from detectors.networks.radio import area_text, cell_text, channel_text, code_text

#: A place that is known no better than this (m) is near nothing: the words say within what.
NEAR_M: Final = 500.0
#: A circle of which so much lies in a district is in it.
_INSIDE_SHARE: Final = 0.9


NearbyKind = Literal["junction", "road", "site", "district", "area"]


class PlaceName(msgspec.Struct, frozen=True):
    """A road's or place's name as maps have it."""

    name: Annotated[str, means("As it is written there.")]
    zh: Annotated[str | None, means("In Chinese, where it is known.")] = None
    en: Annotated[str | None, means("In English, where it is known.")] = None

    def text(self, language: Language) -> str:
        """The name in a language, or as it is written there.

        >>> PlaceName("二环路", en="2nd Ring Road").text("en"), PlaceName("二环路").text("en")
        ('2nd Ring Road', '二环路')
        """
        return (self.zh if language == "zh" else self.en) or self.name


class Near(msgspec.Struct, frozen=True):
    """What is nearest to an alert's `position`, by the operator's own map."""

    kind: Annotated[
        NearbyKind,
        means(
            "`junction` of two roads, `road`, `site`, `district` (a point), or `area`: a district "
            "in which most of the circle of `radius_m` lies."
        ),
    ]
    names: Annotated[list[PlaceName], means("Two of a junction, else one.")]
    distance_m: Annotated[float, means("How far from `position` it is; 0 of an area.", "m")]
    share: Annotated[
        float, means("Of an area: how much of the circle of `radius_m` lies in it, 0 to 1.")
    ] = 0.0


#: What ages are written in, up to how many minutes, and the minutes of one.
_SCALES: Final = (("minutes", 90.0, 1.0), ("hours", 2160.0, 60.0), ("days", inf, 1440.0))
#: From so fast on (m/s) a speed is written without a tenth.
_WHOLE_MPS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineWords:
    """One language. Templates name their fields in braces.

    ``certainties`` are possible, probable, over, ruled out by a team, ruled out before; ``points``
    are the eighths of a compass, from north on; ``nearby`` has a template for each way of being
    near something. ``moving`` says where to and how fast, ``moving_somewhere`` how fast alone;
    ``ruled_out`` is the ``headline`` of what a team ruled out, which isn't sure of anything any
    more; ``before`` has the templates of what was ruled out near by.
    """

    language: Language
    kinds: Mapping[str, str]
    points: tuple[str, ...]
    distance: Callable[[float], str]
    certainties: tuple[str, str, str, str, str]
    sure: str
    very_sure: str
    headline: str
    ruled_out: str
    nowhere: str
    where: str
    where_alone: str
    moving: str
    moving_somewhere: str
    as_whom: str
    nearby: Mapping[str, str]
    before: Mapping[str, str]

    def headline_text(
        self,
        what: str,
        identities: Sequence[Identity],
        place: tuple[float, float] | None,
        radius_m: float | None,
        motion: tuple[float | None, float | None],
        who: str,
        chance: float,
        near: Near | None = None,
        ruled_out: bool = False,
        before: str = "",
    ) -> str:
        """One sentence that a person on the street can act on, without a full stop.

        ``place`` is latitude and longitude in degrees, ``motion`` speed (m/s) and course (degrees),
        each ``None`` where it isn't known. Of what was ``ruled_out`` nobody is sure.
        """
        where = self.nowhere
        if place is not None:
            degrees = f"{place[0]:.5f}, {place[1]:.5f}"
            where = self.where_alone.format(place=degrees)
            if radius_m is not None:
                where = self.where.format(radius=self.distance(radius_m), place=degrees)
                if near is not None:
                    words = self.nearby_text(near, radius_m)
                    where = self.nearby["in_words"].format(words=words, where=where)
            where += self.motion_text(*motion, self.moving, self.moving_somewhere)
        whom = self.identity_text(identities[0]) if identities else ""
        template = self.ruled_out if ruled_out else self.headline
        sentence = template.format(
            what=what,
            where=where,
            as_whom=self.as_whom.format(whom) if whom else "",
            who=who,
            sure=self.sure_text(chance),
        )
        return self.before["in_words"].format(sentence, before) if before else sentence

    def before_text(self, ruled_out: RuledOut | None, now_ms: int) -> str:
        """When an identity was ruled out near by, and how far off; empty where it wasn't.

        >>> ENGLISH.before_text(RuledOut("a", "false_alarm", 0, 288.0), 7_300_000)
        'ruled out 2 h ago, 290 m away'
        """
        if ruled_out is None:
            return ""
        minutes = max(0, now_ms - ruled_out.ts) / 60_000
        scale = next(one for one in _SCALES if minutes < one[1])
        ago = self.before[scale[0]].format(round(minutes / scale[2]))
        if ruled_out.distance_m is None:
            return self.before["somewhere"].format(ago=ago)
        return self.before["near"].format(
            ago=ago, far=self.distance(round(ruled_out.distance_m, -1))
        )

    def what_text(
        self,
        kind: str,
        status: str,
        chance: float,
        ruled_out: bool,
        by_mute: bool = False,
        certainties: Sequence[str] | None = None,
    ) -> str:
        """What it is, and whether possibly, probably, not any more, not by who looked, or not by
        who looked ``by_mute``, at an earlier one.

        ``certainties`` take the place of the language's own, which are of transmitters.
        """
        at = int(chance >= 0.9)
        if status == "closed":
            at = 2 + ruled_out + (ruled_out and by_mute)
        named = self.kinds.get(kind, kind.replace("_", " "))
        return (certainties or self.certainties)[at].format(kind=named)

    def identity_text(self, claimed: Identity, radio: bool = False) -> str:
        """An identity as field people write it, with the operator's name; ``radio`` adds channel
        and code in any case.

        >>> ENGLISH.identity_text(Identity("gsm", 460, 0, 61001, 12))
        'GSM China Mobile 460-00 LAC 61001 cell 12'
        >>> ENGLISH.identity_text(Identity("lte", 460, 77, 4100, None, 1300, 201), radio=True)
        'LTE network 460-77 TAC 4100 EARFCN 1300 PCI 201'
        """
        rat, language = claimed.rat, self.language
        parts = [(rat or "").upper()]
        if claimed.mcc is not None and claimed.mnc is not None:
            parts.append(network_text(claimed.mcc, claimed.mnc, language))
        if claimed.area is not None:
            parts.append(area_text(rat, claimed.area))
        if claimed.cell is not None:
            parts.append(cell_text(claimed.cell, language))
        if radio or (claimed.area is None and claimed.cell is None):
            if claimed.arfcn is not None:
                parts.append(channel_text(rat, claimed.arfcn, language))
            if claimed.pci is not None:
                parts.append(code_text(rat, claimed.pci, language))
        return " ".join(part for part in parts if part)

    def nearby_text(self, near: Near, radius_m: float) -> str:
        """What a place is near that is known to ``radius_m`` (m): no nearer than that allows.

        >>> one = Near("junction", [PlaceName("Renmin South Road"), PlaceName("2nd Ring")], 218.0)
        >>> ENGLISH.nearby_text(one, 140.0)
        'near Renmin South Road and 2nd Ring, 220 m'
        >>> ENGLISH.nearby_text(one, 2000.0)
        'within 2.3 km of Renmin South Road and 2nd Ring'
        """
        words, names = self.nearby, [each.text(self.language) for each in near.names]
        what = words["both"].format(*names) if len(names) == 2 else names[0]
        if near.kind == "area":
            return words["inside" if near.share >= _INSIDE_SHARE else "mostly"].format(what=what)
        if radius_m <= NEAR_M and near.kind != "district":
            return words["near"].format(
                what=what, distance=self.distance(round(near.distance_m, -1))
            )
        reach_m = _rounded_up(radius_m + near.distance_m)
        return words["within"].format(what=what, reach=self.distance(reach_m))

    def sure_text(self, chance: float) -> str:
        """How sure, in per cent."""
        return self.very_sure if chance > 0.99 else self.sure.format(round(chance * 100))

    def motion_text(
        self,
        speed_mps: float | None,
        bearing_deg: float | None,
        moving: str,
        moving_somewhere: str,
        otherwise: str = "",
    ) -> str:
        """What is known of how it moves, in one of three templates; ``otherwise`` where it isn't
        seen to move.

        >>> ENGLISH.motion_text(8.0, 44.0, ENGLISH.moving, ENGLISH.moving_somewhere)
        ', moving north-east at 8 m/s (29 km/h)'
        >>> ENGLISH.motion_text(1.4, None, ENGLISH.moving, ENGLISH.moving_somewhere)
        ', moving at 1.4 m/s (5 km/h)'
        """
        if speed_mps is None:
            return otherwise
        speed = f"{speed_mps:.0f}" if speed_mps >= _WHOLE_MPS else f"{speed_mps:.1f}"
        kmh = f"{speed_mps * 3.6:.0f}"
        if bearing_deg is None:
            return moving_somewhere.format(speed=speed, kmh=kmh)
        point = self.points[round(bearing_deg / 45.0) % 8]
        return moving.format(point=point, speed=speed, kmh=kmh)


def _rounded_up(distance_m: float) -> float:
    """To two digits, so that what is said to be within it is.

    >>> _rounded_up(2218.0), _rounded_up(503.0), _rounded_up(0.0)
    (2300.0, 510.0, 0.0)
    """
    if distance_m <= 0.0:
        return 0.0
    step = 10.0 ** (floor(log10(distance_m)) - 1)
    return float(ceil(distance_m / step) * step)


ENGLISH: Final = HeadlineWords(
    language="en",
    kinds=KINDS,
    points=POINTS,
    distance=metres_text,
    certainties=(
        "Possible {kind}",
        "Probable {kind}",
        "No longer heard: {kind}",
        "Ruled out by a field team: {kind}",
        "Ruled out earlier: {kind}",
    ),
    sure="{} %",
    very_sure="over 99 %",
    headline="{what} {where}{as_whom}; {who} affected ({sure} sure)",
    ruled_out="{what} {where}{as_whom}; {who} reported it",
    nowhere="at an unknown place",
    where="within {radius} of {place}",
    where_alone="at {place}",
    moving=", moving {point} at {speed} m/s ({kmh} km/h)",
    moving_somewhere=", moving at {speed} m/s ({kmh} km/h)",
    as_whom=", posing as {}",
    nearby={
        "both": "{} and {}",
        "near": "near {what}, {distance}",
        "within": "within {reach} of {what}",
        "inside": "in {what}",
        "mostly": "probably in {what}",
        "in_words": "{words} ({where})",
    },
    before={
        "near": "ruled out {ago} ago, {far} away",
        "somewhere": "ruled out {ago} ago",
        "in_words": "{}; its identity was {}",
        "minutes": "{} min",
        "hours": "{} h",
        "days": "{} d",
    },
)
