"""Which findings stand behind an alert, judged from the alert alone.

The correlator that made the alert knows which findings it took, but only while it remembers them.
From the topics they are found again by a rule that is plain enough to be written into the bundle:
time, and the claimed identity, or the place where no identity is claimed; of calls the number.
"""

from typing import Final

import shapely
from shapely.geometry import shape

from detectors.alert.record import Alert
from detectors.model.finding import Finding, Place
from field.formats.areas import geometry_of, place_of
from geo.earth.sphere import distance_m
from streams.config.settings import EvidenceSettings

#: About a degree of latitude; regions are widened by places' uncertainty at this scale.
_M_A_DEG: Final = 111_195.0
#: A place is taken for no rougher than this (m), or any would be near.
_MOST_ACCURACY_M: Final = 1000.0


def criterion(settings: EvidenceSettings) -> str:
    """The rule of `Matching` in words, for the bundle."""
    return (
        "A finding on fbs.evidence is taken when its time lies between the alert's first_seen and"
        f" last_seen, with a margin of {settings.margin_s:g} s at both ends, and (a) the identity"
        " that it claims agrees with one of the alert's identities (all fields that both know are"
        " equal, the area is known to both) and it was not seen farther than"
        f" {settings.near_m:g} m from the alert's places, where places are known; or (b) it claims"
        " no identity with an area and its place lies in the alert's region, or within radius_m of"
        " its position or of a point of its track, its own accuracy granted; or (c) it is about a"
        " text that was received on a cell which agrees with one of the alert's identities; or (d)"
        " it is about one of the alert's numbers, or one of its calls."
    )


class Matching:
    """The findings of one alert revision, whose times lie from ``since_ms`` to ``until_ms``."""

    def __init__(self, alert: Alert, settings: EvidenceSettings) -> None:
        margin_ms = int(settings.margin_s * 1000)
        self.since_ms = alert.first_seen - margin_ms
        self.until_ms = alert.last_seen + margin_ms
        self._identities = alert.identities
        self._numbers = frozenset(one.number for one in alert.numbers)
        self._calls = frozenset(alert.calls)
        self._near_m = settings.near_m
        self._radius_m = alert.radius_m or 0.0
        region = geometry_of(alert.region)
        self._region = shape(region) if region else None
        track = [{"lat": lat, "lon": lon} for _, lat, lon in alert.track or ()]
        places = map(place_of, (*track, alert.position))
        points = [place for place in places if place is not None]
        self._lats = [lat for lat, _ in points]
        self._lons = [lon for _, lon in points]

    def takes(self, finding: Finding) -> bool:
        """Whether the finding stands behind the alert."""
        if not self.since_ms <= finding.ts <= self.until_ms:
            return False
        if (about := finding.of_calls) is not None:
            return about.number in self._numbers or not self._calls.isdisjoint(about.calls)
        claimed = finding.claimed
        if claimed is not None and claimed.area is not None:
            if not any(claimed.agrees(identity) for identity in self._identities):
                return False
            return finding.place is None or self._distance_m(finding.place) <= self._near_m
        cell = finding.seen_on if finding.family == "sms" else None
        # A clone's texts, wherever the register has the cell.
        if cell is not None and any(cell.agrees(identity) for identity in self._identities):
            return True
        return finding.place is not None and self._is_in(finding.place)

    def _is_in(self, place: Place) -> bool:
        slack_m = min(place.reach_m or place.accuracy_m or 0.0, _MOST_ACCURACY_M)
        if self._region is not None:
            point = shapely.Point(place.lon, place.lat)
            if self._region.distance(point) * _M_A_DEG <= slack_m:
                return True
        return bool(self._lats) and self._distance_m(place) <= self._radius_m + slack_m

    def _distance_m(self, place: Place) -> float:
        """To the nearest of the alert's points; 0 where none is known."""
        if not self._lats:
            return 0.0
        return float(distance_m(place.lat, place.lon, self._lats, self._lons).min())
