"""How good a run's alerts are, measured against the truth by the contract's evaluation rule.

A revision matches a transmitter that is on the air at its ``last_seen`` and that shares an
identity with it or stands near its position. Only revisions of probability 0.5 or more count.
"""

import csv
import gzip
import math
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct
from shapely import GEOSException, intersects_xy
from shapely.geometry import shape

from replay.scores import Match, Scores, format_scores, scored
from replay.truth import Claimed, EvaluationError, Transmitter, distance_m, read_lines, read_truth

__all__ = ["EvaluationError", "Scores", "evaluate", "format_scores", "read_register_rows"]

LEAST_PROBABILITY = 0.5
NEAR_M, FARTHEST_M = 500.0, 2000.0
CLONE = "cloned_cell"
REGISTER_COLUMNS: dict[str, type[int] | type[float]] = {
    "mcc": int,
    "net": int,
    "area": int,
    "cell": int,
    "lat": float,
    "lon": float,
}


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


def evaluate(
    alerts: Path, truth: Path, register: Iterable[Mapping[str, str]] | None = None
) -> Scores:
    """Scores of an `alerts.jsonl` against a `truth.jsonl`.

    ``register`` are rows in OpenCelliD's columns (`read_register_rows`); they tell which cells are
    in honest service where the truth doesn't. Raises `EvaluationError` naming file and line.
    """
    transmitters = read_truth(truth)
    rows = None if register is None else list(register)
    revisions = _counted(read_lines(alerts, Alert, "alerts"))
    matches: list[Match] = []
    judges = [
        _Judge(index, transmitter, rows, alerts) for index, transmitter in enumerate(transmitters)
    ]
    for of_alert in revisions.values():
        found = [judge.matches(of_alert) for judge in judges]
        # Nearest first; with equal distances, the one it matched more often.
        best = min(found, key=_nearness, default=[])
        matches += best
    return scored(transmitters, list(revisions), matches)


def read_register_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a register CSV with a header, plain or ``.gz``."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines()))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path}: the register cannot be read ({error}).") from error
    for number, row in enumerate(rows, 2):
        wrong = [key for key, kind in REGISTER_COLUMNS.items() if not _is_a(kind, row.get(key))]
        if wrong:
            raise EvaluationError(
                f"{path}, line {number}: a register row needs numbers in {', '.join(wrong)}."
            )
    return rows


def _is_a(kind: type[int] | type[float], text: str | None) -> bool:
    try:
        kind(text or "")
    except ValueError:
        return False
    return True


class _Judge:
    """Decides for one transmitter which revisions match it."""

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
        """Matching revisions of one alert; none where it spoke before the switch-on."""
        if min(alert.ts for _, alert in revisions) < self._transmitter.switched_on_ms:
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


def _counted(lines: list[tuple[int, Alert]]) -> dict[str, list[tuple[int, Alert]]]:
    """Revisions of probability 0.5 and more by alert; of one written twice, the later line."""
    newest = {(alert.alert_id, alert.revision): (line, alert) for line, alert in lines}
    counted: dict[str, list[tuple[int, Alert]]] = {}
    for line, alert in newest.values():
        if alert.probability >= LEAST_PROBABILITY:
            counted.setdefault(alert.alert_id, []).append((line, alert))
    return counted


def _nearness(matches: list[Match]) -> tuple[bool, float, int]:
    """Sorting key: any match before none, then the least distance, then the most matches."""
    errors = [match.error_m for match in matches if match.error_m is not None]
    return not matches, min(errors, default=math.inf), -len(matches)
