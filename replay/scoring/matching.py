"""The rule of docs/evaluation.md for one transmitter: which revisions of an alert match it.

A revision matches while the transmitter is on the air at its ``last_seen`` and shares an identity
with it or stands near its position. An alert that counted before the switch-on matches nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct
from shapely import GEOSException, intersects_xy
from shapely.geometry import shape

from replay.scoring.scores import Match
from replay.traces.truth import Claimed, EvaluationError, Transmitter, distance_m

LEAST_PROBABILITY = 0.5
NEAR_M, FARTHEST_M = 500.0, 2000.0
CLONE = "cloned_cell"


class Position(Struct, frozen=True):
    """A place in WGS84 degrees."""

    lat: float
    lon: float


class Alert(Struct, frozen=True):
    """What the evaluation reads of one revision of an alert; other fields are ignored."""

    alert_id: str
    revision: int
    ts: int
    last_seen: int
    probability: float
    identities: list[Claimed] = []
    position: Position | None = None
    radius_m: float | None = None
    region: dict[str, object] | None = None
    region_level: float | None = None


def first_counted_ms(revisions: list[tuple[int, Alert]]) -> int | None:
    """When an alert first reached the probability from which it counts; ``None`` for never."""
    counted = (alert.ts for _, alert in revisions if alert.probability >= LEAST_PROBABILITY)
    return min(counted, default=None)


class TransmitterMatcher:
    """Finds the revisions that match one transmitter."""

    def __init__(
        self,
        index: int,
        transmitter: Transmitter,
        rows: list[Mapping[str, str]] | None,
        alerts: Path,
    ) -> None:
        self._index, self._transmitter, self._alerts = index, transmitter, alerts
        self._honest = transmitter.honest_use(rows)

    def matches(self, revisions: list[tuple[int, Alert]]) -> list[Match]:
        """Matching revisions of one alert; none where it counted before the switch-on."""
        counted_ms = first_counted_ms(revisions)
        if counted_ms is not None and counted_ms < self._transmitter.switched_on_ms:
            return []
        return [
            match for line, alert in revisions if (match := self._match(line, alert)) is not None
        ]

    def _match(self, line: int, alert: Alert) -> Match | None:
        if not self._transmitter.active_at(alert.last_seen):
            return None
        lat, lon = self._transmitter.place_at(alert.last_seen)
        error_m = None
        if alert.position is not None:
            here = np.array([alert.position.lat]), np.array([alert.position.lon])
            error_m = float(distance_m(*here, lat, lon)[0])
        reach_m = min(max(NEAR_M, alert.radius_m or 0.0), FARTHEST_M)
        near = error_m is not None and error_m <= reach_m
        if not near and not self._shares_identity(alert):
            return None
        return Match(
            alert_id=alert.alert_id,
            revision=alert.revision,
            transmitter=self._index,
            ts=alert.ts,
            probability=alert.probability,
            error_m=error_m,
            covered=self._covered(line, alert, lat, lon),
            region_level=alert.region_level,
        )

    def _shares_identity(self, alert: Alert) -> bool:
        return any(
            named.agrees(claimed) and not self._is_honest(named, claimed, use)
            for named in alert.identities
            for claimed, use in zip(self._transmitter.identities, self._honest, strict=True)
        )

    def _is_honest(self, named: Claimed, claimed: Claimed, use: str | None) -> bool:
        """Whether the identity on which both agree is one that honest cells have there.

        An area alone is honest where any honest cell uses it; a whole identity where that very
        cell does, unless the transmitter is a clone of it.
        """
        if use is None:
            return False
        if named.cell is None or claimed.cell is None:
            return True
        return use == "cell" and self._transmitter.kind != CLONE

    def _covered(self, line: int, alert: Alert, lat: float, lon: float) -> bool | None:
        if alert.region is None:
            return None
        try:
            # A point on the border counts as inside.
            return bool(intersects_xy(shape(alert.region), lon, lat))
        except (GEOSException, AttributeError, KeyError, TypeError, ValueError) as error:
            raise EvaluationError(
                f"{self._alerts}, line {line}: region is no GeoJSON polygon: {error}."
            ) from error
