"""What became of a transmitter that liars tried to hide: how sure, how late, how far off."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from shapely import intersects_xy
from shapely.geometry import shape

from benchmarks.measuring.hostile.hiding import (
    DURATION_S,
    LIES,
    OFF_S,
    ON_S,
    scene_of,
    script_of,
)
from benchmarks.measuring.hostile.town import EVERY_S, START_MS, detected, with_liars
from replay.scoring.evaluate import FARTHEST_M, LEAST_PROBABILITY, NEAR_M
from replay.traces.truth import Claimed, Transmitter, distance_m, read_truth
from streams.config.settings import Settings

#: Liars begin a little after the recording does (s).
FROM_S = 60


class Revision(msgspec.Struct, frozen=True):
    """What is read of a revision of an alert."""

    alert_id: str
    status: str
    ts: int
    probability: float
    identities: list[Claimed]
    position: dict[str, float] | None = None
    region: dict[str, Any] | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What a run made of the transmitter; of the revisions that name its area, since it was on.

    ``probability`` is the highest, ``at_off`` that of what is open when it goes off the air; 0
    without any. ``delay_s`` is from the first victim's return to the first revision of at least one
    half, ``None`` for never. ``error_m`` is the median distance of the place (infinite without
    any), and ``covered`` the share of revisions whose region holds the transmitter, of those that
    count and were made while it was on the air.
    """

    probability: float = 0.0
    at_off: float = 0.0
    delay_s: float | None = None
    error_m: float = float("inf")
    covered: float = 0.0

    @property
    def hidden(self) -> str:
        """Why nobody would find it; empty where that isn't so. That no region holds it hides it
        only beyond half a kilometre: nearer than that a team sees it."""
        if self.probability < LEAST_PROBABILITY:
            return "unseen"
        if self.at_off < LEAST_PROBABILITY:
            return "closed"
        misled = self.error_m > FARTHEST_M or (self.covered < 0.5 and self.error_m > NEAR_M)
        return "misplaced" if misled else ""


def outcome_of(
    honest: Path, work: Path, name: str, liars: int, settings: Settings, every_s: int = EVERY_S
) -> Outcome:
    """A trace with a transmitter and with so many liars, who say the lies of a name."""
    seconds = range(FROM_S, DURATION_S, every_s)
    script = script_of(scene_of(honest), LIES[name])
    with_liars(honest, work / "trace", script, liars, seconds)
    alerts = detected(work / "trace", work / "out", settings)
    (transmitter,) = read_truth(honest / "truth.jsonl")
    lines = alerts.read_bytes().splitlines()
    return judged([msgspec.json.decode(line, type=Revision) for line in lines], transmitter)


def judged(revisions: list[Revision], transmitter: Transmitter) -> Outcome:
    """The outcome, by the revisions of a run in order of time."""
    on_ms, off_ms = START_MS + ON_S * 1000, START_MS + OFF_S * 1000
    (claimed,) = transmitter.identities
    about = [r for r in revisions if r.ts >= on_ms and any(claimed.agrees(c) for c in r.identities)]
    counted = [r for r in about if r.probability >= LEAST_PROBABILITY and r.status != "closed"]
    if not counted:
        return Outcome(max((r.probability for r in about), default=0.0))
    newest = {r.alert_id: r for r in revisions if r.ts <= off_ms}
    still = {r.alert_id for r in about} & {
        r.alert_id for r in newest.values() if r.status != "closed"
    }
    errors_m, covered = [], []
    lat, lon = transmitter.place_at(off_ms)
    for revision in counted:
        if revision.ts <= off_ms and revision.position is not None:
            at = revision.position
            metres = distance_m(np.array([at["lat"]]), np.array([at["lon"]]), lat, lon)
            errors_m.append(float(metres[0]))
            covered.append(bool(intersects_xy(shape(revision.region), lon, lat)))
    first_return_ms = transmitter.first_return_ts or on_ms
    return Outcome(
        max(r.probability for r in counted),
        max((newest[alert_id].probability for alert_id in still), default=0.0),
        (counted[0].ts - first_return_ms) / 1000.0,
        float(np.median(errors_m)) if errors_m else float("inf"),
        float(np.mean(covered)) if covered else 0.0,
    )
