"""How good a run's alerts are, measured against the truth by the rule of docs/evaluation.md.

A revision matches a transmitter that is on the air at its ``last_seen`` and that shares an
identity with it or stands near its position. Only revisions of probability 0.5 or more count, and
an alert that counted before the switch-on matches nothing.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from shapely import GEOSException, intersects_xy
from shapely.geometry import shape

from detectors.model.columns import RegisterRows
from detectors.model.finding import CALL_ALERTS
from replay.scoring.calibration import Sample, format_reliability, reliability
from replay.scoring.scores import Match, MatchedRun, Scores, format_scores, pooled, scored
from replay.traces.truth import (
    Claimed,
    EvaluationError,
    Transmitter,
    distance_m,
    read_lines,
    read_truth,
)
from streams.progress import each
from streams.register.csv_file import read_register

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
        rows: RegisterRows | None,
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


def evaluate(alerts: Path, truth: Path, register: RegisterRows | None = None) -> Scores:
    """Scores of an `alerts.jsonl` against a `truth.jsonl`.

    The rows of a ``register`` (`read_register_rows`) show which cells are in honest service where
    the truth doesn't. Raises `EvaluationError` naming file and line.
    """
    return scored(match_run(alerts, truth, register))


def report(
    run: MatchedRun,
    *,
    calibration: bool = False,
    as_json: bool = False,
    calls: tuple[dict[str, Any], str] | None = None,
) -> str:
    """What the command prints: scores, with the reliability table and those of ``calls`` (as plain
    data and as text) below (JSON: beside) them."""
    scores, table = scored(run), reliability(run.samples) if calibration else None
    if as_json:
        beside: dict[str, Any] = {} if table is None else {"calibration": table}
        beside |= {} if calls is None else {"calls": calls[0]}
        return msgspec.json.encode({**msgspec.structs.asdict(scores), **beside}).decode()
    parts = [format_scores(scores)]
    parts += [] if table is None else [format_reliability(table)]
    parts += [] if calls is None else [calls[1]]
    return "\n\n".join(parts)


def match_runs(
    runs: Sequence[tuple[Path, Path]], register: RegisterRows | None = None
) -> MatchedRun:
    """Several runs, each a pair of alerts and truth, matched one by one and taken together."""
    return pooled([match_run(alerts, truth, register) for alerts, truth in runs])


def match_run(alerts: Path, truth: Path, register: RegisterRows | None = None) -> MatchedRun:
    """Which revisions match which transmitter; arguments and errors as those of `evaluate`.

    The samples hold all revisions, those of less than one half too; a revision is true where the
    rule matches it with the transmitter that its alert counts for. Alerts about calls are passed
    over (`replay.scoring.calls`).
    """
    transmitters = read_truth(truth)
    matchers = [
        TransmitterMatcher(index, transmitter, register, alerts)
        for index, transmitter in enumerate(transmitters)
    ]
    matches: list[Match] = []
    samples: list[Sample] = []
    revisions = _by_alert(read_lines(alerts, Alert, "alerts", CALL_ALERTS))
    shown = each(revisions.items(), "evaluate", len(revisions), " alerts")
    for alert_id, of_alert in shown:
        found = [matcher.matches(of_alert) for matcher in matchers]
        # Nearest first; with equal distances, the one it matched more often. Counted matches
        # decide before the others.
        best = min(found, key=lambda each: (_nearness(_counted(each)), _nearness(each)), default=[])
        matches += _counted(best)
        true = {match.revision for match in best}
        counts_for = best[0].transmitter if best else None
        samples += [
            Sample(
                alert.probability,
                alert.revision in true,
                alert_id,
                alert.ts,
                transmitter=counts_for,
            )
            for _, alert in of_alert
        ]
    counted = [
        alert_id for alert_id, each in revisions.items() if first_counted_ms(each) is not None
    ]
    return MatchedRun(
        transmitters=transmitters, alert_ids=counted, matches=matches, samples=samples
    )


def read_register_rows(path: Path) -> RegisterRows:
    """The rows of a register as `cellhound detect` takes them: wrong ones are left out.

    Raises `streams.register.csv_file.RegisterError`, and `EvaluationError` where none is right.
    """
    read = read_register(path)
    if read.rejects and not len(read.rows):
        row, reason, detail = read.rejects[0]
        raise EvaluationError(f"{path}, line {row}: {detail} ({reason}), and so no row is right.")
    return read.rows


def _by_alert(lines: list[tuple[int, Alert]]) -> dict[str, list[tuple[int, Alert]]]:
    """Revisions by alert; of one written twice, the later line."""
    newest = {(alert.alert_id, alert.revision): (line, alert) for line, alert in lines}
    revisions: dict[str, list[tuple[int, Alert]]] = {}
    for line, alert in newest.values():
        revisions.setdefault(alert.alert_id, []).append((line, alert))
    return revisions


def _counted(matches: list[Match]) -> list[Match]:
    return [match for match in matches if match.probability >= LEAST_PROBABILITY]


def _nearness(matches: list[Match]) -> tuple[bool, float, int]:
    """Sorting key: any match before none, then the least distance, then the most matches."""
    errors = [match.error_m for match in matches if match.error_m is not None]
    return not matches, min(errors, default=math.inf), -len(matches)
