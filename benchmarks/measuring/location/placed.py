"""What each published place rests on: its error beside that of averages of the very same reports.

The whole pipeline works off a trace and is watched where it locates and publishes
(`detectors.correlate.revision`). Of revisions that match a transmitter by the rule of
docs/evaluation.md it is then known how far off the place is, and how far off an average of what was
used would have been.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np

from detectors.alert.alert import build
from detectors.alert.record import Alert
from detectors.context.zone_context import ZoneContext
from detectors.correlate import revision
from detectors.incident.incident import Incident
from detectors.incident.position import Position
from detectors.incident.report import Report
from detectors.place.location_input import LocationInput
from detectors.place.position import place
from geo.earth.sphere import great_circle_m
from replay.detect import detect
from replay.scoring.evaluate import match_run
from replay.traces.truth import Transmitter
from streams.config.settings import Settings
from streams.privacy.hasher import Hasher

#: Reports of such a time, or the newest few, are averaged for a transmitter that may move.
NEWEST_MS, NEWEST_FEW = 120_000, 6
#: A transmitter that has moved so far (m) within `NEWEST_MS` moves.
MOVES_M = 60.0


class Placed(msgspec.Struct, frozen=True):
    """One matching revision. Distances in metres; ``radius_m`` is that of the region, ``covered``
    whether it holds the transmitter.

    ``centroid_m`` is the error of the amplitude-weighted centroid of all that was used,
    ``newest_m`` of that of the newest reports.
    """

    trace: str
    transmitter: str
    moves: bool
    error_m: float
    centroid_m: float
    newest_m: float
    radius_m: float
    covered: bool


def placed_on(trace: Path, settings: Settings, name: str) -> list[Placed]:
    """All matching revisions with a place of a trace that has its truth."""
    with tempfile.TemporaryDirectory() as folder, _watched() as used:
        detect(trace, Path(folder), settings, Hasher(b"measuring" * 4, settings.senders))
        matched = match_run(Path(folder) / "alerts.jsonl", trace / "truth.jsonl")
    found = []
    for match in matched.matches:
        alert, reports = used[match.alert_id, match.revision]
        if match.error_m is None or match.covered is None or not reports:
            continue
        transmitter = matched.transmitters[match.transmitter]
        at = transmitter.place_at(alert.last_seen)
        found.append(
            Placed(
                name,
                transmitter.id,
                _moves(transmitter, alert.last_seen),
                match.error_m,
                great_circle_m(*centroid(reports), *at),
                great_circle_m(*centroid(newest(reports, alert.last_seen)), *at),
                alert.radius_m or 0.0,
                match.covered,
            )
        )
    return found


def centroid(reports: list[Report]) -> tuple[float, float]:
    """Mean place in degrees, weighted by received amplitude; by nothing where no level is known."""
    level = np.array([report.level_dbm for report in reports])
    known = np.isfinite(level)
    weight = np.where(known, 10.0 ** (np.where(known, level, 0.0) / 20.0), 0.0)
    if not known.any():
        weight = np.ones(level.size)
    lat, lon = np.array([(report.lat, report.lon) for report in reports]).T
    return float(weight @ lat / weight.sum()), float(weight @ lon / weight.sum())


def newest(reports: list[Report], last_ms: int) -> list[Report]:
    """The reports of the last `NEWEST_MS`, at least the newest `NEWEST_FEW`."""
    recent = [report for report in reports if report.ts >= last_ms - NEWEST_MS]
    if len(recent) >= NEWEST_FEW:
        return recent
    return sorted(reports, key=lambda report: report.ts)[-NEWEST_FEW:]


def _moves(transmitter: Transmitter, at_ms: int) -> bool:
    before, now = transmitter.place_at(at_ms - NEWEST_MS), transmitter.place_at(at_ms)
    return great_circle_m(*before, *now) > MOVES_M


@contextmanager
def _watched() -> Iterator[dict[tuple[str, int], tuple[Alert, list[Report]]]]:
    """Gathers, while it is open, the alerts that are published and the reports of their places."""
    used: dict[tuple[str, int], tuple[Alert, list[Report]]] = {}
    last: dict[tuple[str, int], list[Report]] = {}

    def placing(incident: Incident, context: ZoneContext, *rest: Any) -> Position | None:
        *_, foreign = rest
        of_story = LocationInput.of(incident, context, foreign)
        last[incident.zone, incident.number] = of_story.reports
        return place(incident, context, *rest)

    def building(incident: Incident, *rest: Any) -> Alert:
        alert = build(incident, *rest)
        used[alert.alert_id, alert.revision] = alert, last[incident.zone, incident.number]
        return alert

    with patch.object(revision, "place", placing), patch.object(revision, "build", building):
        yield used
