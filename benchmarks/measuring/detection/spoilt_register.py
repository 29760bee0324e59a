"""A trace beside a worse register: rows left out, and sites a kilometre off.

An operator's register is never whole. So the suites are also measured with what it may lack, of
which nothing in their scenarios says anything.
"""

import csv
import random
from math import cos, pi, sin
from pathlib import Path

from geo.earth.sphere import offset

LEFT_OUT, DISPLACED, OFF_M = 0.1, 0.05, 1000.0
_REGISTER = "register.csv"


def spoilt_copy(trace: Path, folder: Path, seed: int) -> Path:
    """A trace in ``folder`` that has all of ``trace``, but for the register: there a tenth of the
    rows is left out, and one site in twenty lies a kilometre off, in any direction."""
    folder.mkdir()
    for path in trace.iterdir():
        if path.name != _REGISTER:
            (folder / path.name).symlink_to(path.resolve())
    spoil(trace / _REGISTER, folder / _REGISTER, seed)
    return folder


def spoil(register: Path, spoilt: Path, seed: int) -> None:
    """Writes a worse register than one; the same seed spoils it alike."""
    draw = random.Random(seed)
    with register.open(newline="") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    sites = sorted({_site(row) for row in rows if all(_site(row))})
    moved = {site: draw.uniform(0.0, 2.0 * pi) for site in sites if draw.random() < DISPLACED}
    with spoilt.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for row in rows:
            if draw.random() < LEFT_OUT:
                continue
            if (angle := moved.get(_site(row))) is not None:
                _displace(row, angle)
            writer.writerow(row)


def _site(row: dict[str, str]) -> tuple[str, str]:
    return row["lat"], row["lon"]


def _displace(row: dict[str, str], angle: float) -> None:
    place = float(row["lat"]), float(row["lon"])
    lat, lon = offset(*place, OFF_M * sin(angle), OFF_M * cos(angle))
    row["lat"], row["lon"] = f"{lat:.7f}", f"{lon:.7f}"
