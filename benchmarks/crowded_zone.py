"""What a finding and a revision cost in a zone that is full of candidates.

    python benchmarks/crowded_zone.py --candidates 1000 --alerts 50

A region of 50 km is laid out: transmitters that phones receive and come back from, and candidates
that never become an alert, an unknown cell seen by one or two phones each. Then findings about all
of these arrive, five a second, and each is timed alone, by the processor's clock: those that bring
no revision, and those that do.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

import click
import numpy as np

from detectors.correlate.arrival_queue import Item
from detectors.correlate.lifecycle import Lifecycle
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import CorrelatorState
from detectors.correlate.zone import Zone, ZoneState
from detectors.model.finding import Family, Finding, Identity, Place, Source

_ZONE = "benchmark"
_BEGUN_MS, _GAP_MS = 1_748_916_000_000, 200
_LAT, _LON, _SIDE_DEG = 30.6, 104.0, 0.5
#: Detectors of what phones near a transmitter have, and of what candidates rest on.
_OF_ALERTS: tuple[tuple[str, Family], ...] = (
    *(("unknown_cell", "identity"), ("phantom_sms", "sms")),
    *(("unknown_old_area", "signalling"), ("odd_level", "radio")),
)
#: Findings that make each alert what it is before anything is timed.
_FIRST = 24


@dataclass(frozen=True, slots=True)
class Cause:
    """A transmitter or a candidate: what phones call it, where it is, how many phones see it, and
    what each of their findings weighs."""

    claimed: Identity
    lat: float
    lon: float
    phones: int
    weight: float
    is_transmitter: bool


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--candidates", type=click.IntRange(0), default=1000, show_default=True)
@click.option("--alerts", type=click.IntRange(1), default=50, show_default=True)
@click.option("--findings", type=click.IntRange(1), default=3000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(candidates: int, alerts: int, findings: int, seed: int) -> None:
    """Measures and prints."""
    rng = np.random.default_rng(seed)
    causes = list(_causes(candidates, alerts, rng))
    lifecycle, zone = (
        Lifecycle(IncidentSettings()),
        Zone.of(_ZONE, ZoneState(), CorrelatorState().known),
    )
    first = [cause for cause in causes for _ in range(_FIRST if cause.is_transmitter else 2)]
    number = 0
    for at in rng.permutation(len(first)).tolist():
        lifecycle.take(zone, _item(number, first[at], rng))
        number += 1
    without, revisions = list[float](), list[float]()
    for at in rng.integers(len(causes), size=findings // 2).tolist():
        # As many about transmitters as about candidates.
        for cause in (causes[at], causes[at % alerts]):
            item = _item(number, cause, rng)
            number += 1
            begun = process_time()
            published = lifecycle.take(zone, item)
            spent = 1000.0 * (process_time() - begun)
            (revisions if published else without).append(spent)
    open_alerts = sum(one.alert_id is not None for one in zone.incidents)
    click.echo(f"{len(zone.incidents) - open_alerts} candidates, {open_alerts} alerts")
    for name, spent_ms in (("finding without a revision", without), ("revision", revisions)):
        click.echo(_line(name, spent_ms))


def _line(name: str, spent_ms: list[float]) -> str:
    if len(spent_ms) < 2:
        return f"{name:<28}{len(spent_ms):>6}"
    high = quantiles(spent_ms, n=20)[-1]
    return f"{name:<28}{len(spent_ms):>6}{median(spent_ms):>9.2f} ms median{high:>9.2f} ms 95 %"


def _causes(candidates: int, alerts: int, rng: np.random.Generator) -> Iterator[Cause]:
    """Transmitters first."""
    for number in range(alerts + candidates):
        lat, lon = (_LAT, _LON) + _SIDE_DEG * rng.random(2)
        claimed = Identity(
            "gsm", 460, 0, 20_000 + number, 100 + number, 600 + number % 60, number % 64
        )
        is_transmitter = number < alerts
        phones = 40 if is_transmitter else int(rng.integers(1, 3))
        # Most unknown cells are holes of the register: of a known area, and weak.
        weight = 2.0 if is_transmitter or number % 5 == 0 else 0.7
        yield Cause(claimed, float(lat), float(lon), phones, weight, is_transmitter)


def _item(number: int, cause: Cause, rng: np.random.Generator) -> Item:
    """The next finding, of one of the phones that see a cause."""
    kinds = _OF_ALERTS if cause.is_transmitter else _OF_ALERTS[:1]
    detector, family = kinds[int(rng.integers(len(kinds)))]
    ts = _BEGUN_MS + _GAP_MS * number
    lat, lon = np.array([cause.lat, cause.lon]) + rng.normal(0.0, 0.003, 2)
    off_m = 111_195.0 * float(np.hypot(lat - cause.lat, lon - cause.lon))
    finding = Finding(
        detector=detector,
        version=1,
        family=family,
        ts=ts,
        rx_ts=ts,
        weight=cause.weight,
        cap=8.0,
        space="subscriber" if detector == "unknown_old_area" else "device",
        who=f"{cause.claimed.cell}-{int(rng.integers(cause.phones))}",
        claimed=cause.claimed,
        place=Place(float(lat), float(lon), accuracy_m=20.0),
        signal_dbm=-60.0 - 33.0 * float(np.log10(max(off_m, 30.0) / 100.0)) + rng.normal(0.0, 7.0),
        source=Source("cell.measurements", 0, number, -1),
    )
    return Item(ts, 1, (_ZONE,), [_ZONE], finding)


if __name__ == "__main__":
    main()
