"""A recording of one transmitter by many receivers, with its truth: read, and halved by blocks.

Neighbouring transmissions share streets and shadows, so what is learned and what is measured never
come from one block of time.
"""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats

BLOCK_S = 600


@dataclass(frozen=True, eq=False)
class Transmission:
    """What receivers (by code) read of one transmission, and where it truly was (degrees)."""

    block: int
    lat: float
    lon: float
    rx: NDArray[np.int64]
    rx_lat: Floats
    rx_lon: Floats
    level_db: Floats


def load(folder: Path) -> list[Transmission]:
    """The transmissions of one transmitter each, in order of time; broken rows are left out."""
    truths = {}
    for row in _rows(folder / "truth.csv.gz"):
        place = _numbers(row, "n_tx", "tx1_lat", "tx1_lon")
        if place is not None and place[0] == 1.0:
            truths[row["sample_id"]] = place[1:]
    received: dict[str, list[tuple[str, list[float]]]] = {}
    starts: dict[str, int] = {}
    for row in _rows(folder / "rss.csv.gz"):
        values, start = _numbers(row, "rx_lat", "rx_lon", "rss_rel_db"), _seconds(row)
        sample = row["sample_id"]
        # A bus that doesn't know where it is says 0, 0.
        if sample in truths and values and start is not None and (values[0] or values[1]):
            received.setdefault(sample, []).append((row["rx"], values))
            starts[sample] = min(start, starts.get(sample, start))
    names = sorted({rx for rows in received.values() for rx, _ in rows})
    codes = {name: code for code, name in enumerate(names)}
    found = []
    for sample in sorted(received, key=lambda sample: (starts[sample], sample)):
        columns = np.array([values for _, values in received[sample]]).T
        rx = np.array([codes[name] for name, _ in received[sample]])
        found.append(Transmission(starts[sample] // BLOCK_S, *truths[sample], rx, *columns))  # type: ignore[call-arg]
    return found


def halves(
    received: Sequence[Transmission], seed: int | None = None
) -> Iterator[tuple[list[Transmission], list[Transmission]]]:
    """(learned from, located) both ways round: blocks by turns, or at random by a seed."""
    blocks = sorted({each.block for each in received})
    if seed is not None:
        blocks = [blocks[at] for at in np.random.default_rng(seed).permutation(len(blocks))]
    turn = {block: at % 2 for at, block in enumerate(blocks)}
    for half in (0, 1):
        yield (
            [each for each in received if turn[each.block] != half],
            [each for each in received if turn[each.block] == half],
        )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _numbers(row: dict[str, str], *names: str) -> list[float] | None:
    """The columns as numbers; None where one isn't a finite one."""
    try:
        values = [float(row[name]) for name in names]
    except (KeyError, TypeError, ValueError):
        return None
    return values if np.isfinite(values).all() else None


def _seconds(row: dict[str, str]) -> int | None:
    """Seconds of a local clock: only differences count."""
    try:
        then = datetime.fromisoformat(row["ts_utc_local"])
    except (KeyError, TypeError, ValueError):
        return None
    return int((then.replace(tzinfo=None) - datetime(2000, 1, 1)).total_seconds())
