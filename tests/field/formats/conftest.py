"""Alerts to be written in formats: one of everything, and those of the golden traces."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert, Considered, Evidence
from detectors.incident.position import Ahead
from detectors.model.finding import Identity

ROOT = Path(__file__).parents[3]
CLOCKWISE = [[104.0, 30.6], [104.0, 30.7], [104.1, 30.7], [104.1, 30.6], [104.0, 30.6]]
IDENTITY = Identity("gsm", 460, 0, 61234, 12, 87, 33)
#: Reads a layer as a GIS program would, and prints what it saw.
GDAL = """
import json, sys, pyogrio, shapely
built = {}
for name, kind in pyogrio.list_layers(sys.argv[1]):
    meta, _, shapes, columns = pyogrio.raw.read(sys.argv[1], layer=name)
    built[name] = {
        "kind": kind,
        "crs": meta["crs"],
        "shapes": [None if s is None else shapely.from_wkb(s).wkt for s in shapes],
        "fields": {n: [str(v) for v in c] for n, c in zip(meta["fields"], columns)},
    }
print(json.dumps(built))
"""


@pytest.fixture
def make_alert() -> Callable[..., Alert]:
    """Builds an alert that has everything, with what is given changed."""

    def made(**more: Any) -> Alert:
        fields: dict[str, Any] = {
            "alert_id": "06309c48b2b0c057c0c44ddaa0af1bf3",
            "revision": 2,
            "status": "update",
            "ts": 1748916600000,
            "first_seen": 1748916500000,
            "last_seen": 1748916590000,
            "kind": "sms_spammer",
            "identities": [IDENTITY, Identity("gsm", 460, 0, 61234)],
            "probability": 0.93,
            "severity": "high",
            "position": {"lat": 30.65, "lon": 104.05},
            "region": {"type": "Polygon", "coordinates": [CLOCKWISE]},
            "region_level": 0.9,
            "radius_m": 120.0,
            "track": [(1748916500000, 30.64, 104.04), (1748916590000, 30.65, 104.05)],
            "speed_mps": 6.4,
            "bearing_deg": 47,
            "devices": 9,
            "reports": 12,
            "evidence": [
                Evidence(
                    *("phantom_sms", 1, 4.5, 9, 1748916500000, 1748916590000),
                    "9 phones received SMS as 95588 that the operator never sent",
                    9,
                    IDENTITY,
                    {"sender": "95588", "content": "4f00c3d1a2b5e6f7"},
                )
            ],
            "headline": "Probable SMS blaster, with a “quote” & an <angle>",
            "considered": [Considered("F4", "areas are renumbered", 0.3, ["phantom_sms"])],
            "forecast": Ahead(1748916635000, 30.66, 104.06, {"type": "Polygon", "coordinates": []}),
        }
        return Alert(**(fields | more))

    return made


@pytest.fixture(scope="session")
def golden_alerts() -> list[Alert]:
    """The alerts of the golden traces, as the pipeline made them."""
    found: list[Alert] = []
    for path in sorted((ROOT / "tests" / "golden").glob("*.alerts.json")):
        found += msgspec.json.decode(path.read_bytes(), type=list[Alert])
    assert len(found) > 10
    return found


@pytest.fixture
def gdal(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """What GDAL reads in a file of these bytes, layer by layer, in a process of its own."""

    def read(content: bytes, name: str) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", GDAL, str(path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        built: dict[str, Any] = json.loads(done.stdout)
        return built

    return read
