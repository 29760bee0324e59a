"""Wrong rows as CSV and GeoJSON, and what they come to in words."""

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from detectors.audit.register_health import RegisterHealth
from detectors.audit.wrong_row import KINDS, Kind, WrongRow

#: Of so many rows of a kind.
_WORDS: Final[dict[Kind, str]] = {
    "site_displaced": "of sites that stand elsewhere: correct the coordinates of the site",
    "cell_displaced": "of single cells that stand elsewhere: correct the coordinates of the cell",
    "places_exchanged": "of masts registered at each other's places: exchange the coordinates",
    "sectors_crossed": "of sectors that cover each other's side: exchange the azimuths, or the"
    " feeders on site",
    "renamed": "under numbers that are not on the air any more: correct area and cell",
    "missing": "missing: add the cell, after a look on site if the core does not know it",
    "retired": "of cells off the air: remove them, or ask why nobody is served",
}


def write_audit(out: Path, zones: Sequence[RegisterHealth], listed: int) -> str:
    """Writes ``register-audit.csv``, ``.geojson`` and ``.txt``, the last as is returned.

    ``listed`` is how many rows the register has.
    """
    rows = [row for zone in zones for row in zone.rows]
    text = summary(zones, listed)
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "register-audit.csv", rows)
    _write_geojson(out / "register-audit.geojson", rows)
    (out / "register-audit.txt").write_text(text + "\n", encoding="utf-8")
    return f"{text}\n{out}"


def summary(zones: Sequence[RegisterHealth], listed: int) -> str:
    """What was looked at and what is wrong, a line a kind."""
    rows = [row for zone in zones for row in zone.rows]
    counts = Counter(row.kind for row in rows)
    wrong, missing = len(rows) - counts["missing"], counts["missing"]
    sites, cells = (sum(getattr(zone, name) for zone in zones) for name in ("sites", "cells"))
    lines = [
        f"Reports of {cells} cells at {sites} registered places{_span(zones)}.",
        f"{wrong} of {listed} rows are likely wrong, {missing} are missing.",
    ]
    lines += [f"- {counts[kind]} {_WORDS[kind]}" for kind in KINDS if counts[kind]]
    if left_out := sum(zone.left_out for zone in zones):
        lines.append(f"{left_out} more are not listed: correct the likeliest first.")
    return "\n".join(lines)


def _span(zones: Sequence[RegisterHealth]) -> str:
    if not zones:
        return ""
    first, last = min(zone.first_ms for zone in zones), max(zone.last_ms for zone in zones)
    begin, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (first, last))
    return f", {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"


def _write_csv(path: Path, rows: Sequence[WrongRow]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(WrongRow.__struct_fields__)
        writer.writerows(msgspec.structs.astuple(row) for row in rows)


def _write_geojson(path: Path, rows: Sequence[WrongRow]) -> None:
    """A line from the registered place to the learned one, or a point (RFC 7946)."""
    features = [
        {"type": "Feature", "geometry": _geometry(row), "properties": msgspec.structs.asdict(row)}
        for row in rows
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(collection)) + b"\n")


def _geometry(row: WrongRow) -> dict[str, Any]:
    places = [
        [lon, lat]
        for lat, lon in ((row.lat, row.lon), (row.learned_lat, row.learned_lon))
        if lat is not None and lon is not None
    ]
    if len(places) == 1:
        return {"type": "Point", "coordinates": places[0]}
    return {"type": "LineString", "coordinates": places}
