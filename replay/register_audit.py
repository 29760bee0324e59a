"""The register of a trace audited by its own measurements: wrong rows as CSV and GeoJSON.

No rules run: of the measurements only placed reports by site are kept, as a worker's correlators
keep them (`detectors.sites`).
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec

from detectors.features.rule import Origin
from detectors.register.register import Register
from detectors.screen.screening import Screening
from detectors.sites import site_census
from detectors.sites.register_audit import WrongRow, wrong_rows
from detectors.sites.site_places import SitePlaces
from replay.detect import decoded_chunks
from replay.traces.trace_files import TraceError, open_trace
from streams.privacy.hasher import Hasher
from streams.register.csv_file import read_register

_TOPIC = "cell.measurements"


def audit(trace_dir: Path, out: Path, hasher: Hasher, register: Path | None = None) -> str:
    """Writes ``register-audit.csv`` and ``register-audit.geojson``; a sentence on what they hold.

    Raises `replay.traces.trace_files.TraceError` and `streams.register.csv_file.RegisterError`.
    """
    trace = open_trace(trace_dir)
    path = register or trace.register
    if path is None or _TOPIC not in trace.files:
        lacks = "no register" if path is None else "no measurements"
        raise TraceError(f"{trace_dir} has {lacks}: there is nothing to audit")
    known = Register.from_rows(read_register(path).rows)
    screening = Screening((), Origin(_TOPIC, 0))
    places, rows = SitePlaces(), 0
    for decoded, count in decoded_chunks(trace.files[_TOPIC], _TOPIC, hasher):
        screening.step(decoded.batch, known)
        rows += count
    for observation in screening.counted(1 << 62):
        if observation.detector == site_census.NAME:
            places.observe(observation)
    found = wrong_rows(known.rows, places)
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "register-audit.csv", found)
    _write_geojson(out / "register-audit.geojson", found)
    sites = {(row.lat, row.lon) for row in found if row.kind == "site_displaced"}
    single = sum(row.kind == "cell_displaced" for row in found)
    return (
        f"{rows} measurements of {len(places.sites)} sites: {len(found)} of {len(known.rows)} rows"
        f" are likely wrong, those of {len(sites)} whole sites and of {single} single cells: {out}"
    )


def _write_csv(path: Path, rows: Sequence[WrongRow]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(WrongRow.__struct_fields__)
        writer.writerows(msgspec.structs.astuple(row) for row in rows)


def _write_geojson(path: Path, rows: Sequence[WrongRow]) -> None:
    """A line a row, from the registered place to the learned one (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [[row.lon, row.lat], [row.learned_lon, row.learned_lat]],
            },
            "properties": msgspec.structs.asdict(row),
        }
        for row in rows
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(collection)) + b"\n")
