"""Whether published motion is true: of what is stated to move, how far off speed and course are.

On simulated streets (`measuring/location/streets.py`), by true speed and by how many reports come:
how often it is stated to move (never, where it stands), the speed that is stated, its error, how
often a course is given and how far off that is. The truth is the mean speed along the way, and the
course made good, over the same four minutes. With ``--worlds`` the same of the alerts that the
whole pipeline publishes on drawn worlds with something to place, by how their transmitters move.
`alerts` counts drives, or alerts, of which any answer says that it moves.

    python -m benchmarks.motion --drives 20
    python -m benchmarks.motion --drives 0 --worlds 4 --seed 8100 --work out/motion

The same seeds give the same figures.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.detection.runs import Setup
from benchmarks.measuring.detection.tables import Table, plain
from benchmarks.measuring.location.streets import World, drive
from benchmarks.placed import drawn_trace
from detectors.place.position import moves
from geo.earth.frame import frame_at
from geo.track.drift import SPAN_S
from geo.track.grid.grid_filter import follow
from geo.track.particles.particle_filter import track
from replay.detect import detect
from replay.scoring.evaluate import match_run
from replay.simulate.drawn.world_draw import parameters_of
from replay.traces.truth import Transmitter
from streams.config.settings import Settings
from streams.privacy.hasher import Hasher

Way = NDArray[np.float64]

SPEEDS_MPS = (0.0, 1.4, 4.0, 8.0, 12.0, 16.0)
RATES_HZ = (0.1, 0.4)
AT_S = (180.0, 300.0, 420.0, 540.0, 700.0)
BUFFER = 200  # reports that an incident keeps
#: Worlds in which there is something to place.
TO_PLACE = ("on_air_s=1200", "captured_share=0.7", "reporting_share=0.4", "phones=2400")
MOTIONS = ("drive", "walk", "parked")
HEAD = (
    *("", "reports", "answers", "moves", "alerts", "speed stated", "true", "off"),
    *("with course", "off 50 %", "67 %", "90 %"),
)


class Answer(msgspec.Struct, frozen=True):
    """One answer: speed (m/s) and course (degrees) as stated, and as they are; ``of`` names the
    drive or alert."""

    of: str
    speed_mps: float | None
    course_deg: float | None
    true_mps: float
    true_deg: float

    @property
    def off_deg(self) -> float:
        """How far off the course is."""
        assert self.course_deg is not None
        return abs((self.course_deg - self.true_deg + 180.0) % 360.0 - 180.0)


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--drives", type=click.IntRange(0), default=20, show_default=True)
@click.option("--worlds", type=click.IntRange(0), default=0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=4_000_000, show_default=True)
@click.option("--work", type=click.Path(path_type=Path), default=Path("out/motion"))
def main(drives: int, worlds: int, seed: int, work: Path) -> None:
    """Measures and prints."""
    rows: list[list[str]] = []
    for speed_mps, rate_hz in product(SPEEDS_MPS, RATES_HZ) if drives else ():
        world = World(rate_hz=rate_hz, speed_mps=speed_mps, seconds=720)
        answers = [one for k in range(drives) for one in on_street(seed + k, world)]
        rows.append(_row(f"street, {speed_mps:g} m/s", f"{rate_hz:g}/s", answers))
    settings = Setup(None).settings()
    for motion in MOTIONS if worlds else ():
        given = parameters_of((*TO_PLACE, f"motion={motion}"))
        traces = [drawn_trace(work, number, given) for number in range(seed, seed + worlds)]
        answers = [one for trace in traces for one in published(trace, settings)]
        rows.append(_row(f"drawn, {motion}", "", answers))
    click.echo(plain(Table("Motion that is stated, and as it is", HEAD, rows)))


def on_street(seed: int, world: World) -> Iterator[Answer]:
    """What tracking says of one drive, at several times of it."""
    one = drive(seed, world)
    for at_s in AT_S:
        reports = one.newest(at_s, BUFFER)
        found = track(reports, at_s, particles=500)
        if found is None:
            continue
        is_moving = moves(found, partial(follow, reports, at_s)) and found.speed_mps is not None
        since = round(max(0.0, at_s - SPAN_S))
        yield _answer(
            str(seed),
            found.speed_mps if is_moving else None,
            found.bearing_deg if is_moving else None,
            one.way[since : round(at_s) + 1],
            at_s - since,
        )


def published(trace: Path, settings: Settings) -> Iterator[Answer]:
    """What the alerts of a trace say, of their revisions that match a transmitter."""
    with tempfile.TemporaryDirectory() as folder:
        detect(trace, Path(folder), settings, Hasher(b"measuring" * 4, settings.senders))
        matched = match_run(Path(folder) / "alerts.jsonl", trace / "truth.jsonl")
        lines = (Path(folder) / "alerts.jsonl").read_bytes().splitlines()
    alerts: dict[tuple[str, int], dict[str, Any]] = {}
    for line in lines:
        alert = msgspec.json.decode(line)
        alerts[alert["alert_id"], alert["revision"]] = alert
    for match in matched.matches:
        alert = alerts[match.alert_id, match.revision]
        if alert["position"] is None:
            continue
        way, span_s = _way(matched.transmitters[match.transmitter], alert["last_seen"])
        name = f"{trace.name} {match.alert_id}"
        yield _answer(name, alert["speed_mps"], alert["bearing_deg"], way, span_s)


def _way(transmitter: Transmitter, at_ms: int) -> tuple[Way, float]:
    """Where it was over the last minutes, as far as it was on the air: metres east and north."""
    first_ms = max(at_ms - round(SPAN_S * 1000), min(begin for begin, _ in transmitter.active))
    times = np.arange(min(first_ms, at_ms - 1000), at_ms + 1, 1000)
    lat, lon = np.array([transmitter.place_at(int(ts)) for ts in times]).T
    x, y = frame_at(float(lat[0]), float(lon[0])).to_xy(lat, lon)
    return np.stack([x, y], axis=1), (times[-1] - times[0]) / 1000


def _answer(
    of: str, speed_mps: float | None, course_deg: float | None, way: Way, span_s: float
) -> Answer:
    along_m = float(np.hypot(*np.diff(way, axis=0).T).sum())
    east, north = way[-1] - way[0]
    true_deg = float(np.degrees(np.arctan2(east, north)))
    return Answer(of, speed_mps, course_deg, along_m / max(span_s, 1.0), true_deg)


def _row(name: str, reports: str, answers: list[Answer]) -> list[str]:
    moving = [one for one in answers if one.speed_mps is not None]
    courses = [one for one in moving if one.course_deg is not None]
    of, ever = {one.of for one in answers}, {one.of for one in moving}
    speeds = np.array([(one.speed_mps, one.true_mps) for one in moving], float).reshape(-1, 2)
    cells = [
        name,
        reports,
        str(len(answers)),
        _share(len(moving), len(answers)),
        f"{len(ever)}/{len(of)}",
    ]
    if moving:
        off = np.abs(speeds[:, 0] - speeds[:, 1])
        cells += [f"{value:.1f}" for value in (*np.median(speeds, axis=0), np.median(off))]
    else:
        cells += ["", "", ""]
    cells.append(_share(len(courses), len(answers)))
    off_deg = [one.off_deg for one in courses]
    return cells + [f"{np.quantile(off_deg, q):.0f}" if off_deg else "" for q in (0.5, 0.67, 0.9)]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else ""


if __name__ == "__main__":
    main()
