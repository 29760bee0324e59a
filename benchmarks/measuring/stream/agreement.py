"""A few dozen reports with contradictions, some excused, and what the three rules find in them.

A comparison of speeds is of nothing unless all programs find the same.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.measuring.stream.city import AREA_SIDE, BEGIN_MS, City, encoded, report
from benchmarks.measuring.stream.programs.three_rules import (
    NAMES,
    Found,
    Memory,
    ThreeRules,
    read,
    write_sites,
)
from benchmarks.measuring.stream.topics import TOPIC
from detectors.features.facts import Origin
from detectors.model.codes import RATS, text_of
from detectors.register.register import Register
from detectors.screen.screening import Screening
from streams.config.settings import load_settings
from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.privacy.hasher import Hasher

_NOWHERE: Final = {"area": 20_000, "cell": 200_000_000}
#: Sums of what is found; each kind of contradiction and of excuse is among them.
EXPECTED: Final = {"unknown_cell": 8, "impossible_distance": 6, "impossible_network": 3}


def contradictions(city: City) -> list[dict[str, Any]]:
    """The reports, in order of arrival."""
    made: list[dict[str, Any]] = []
    middle = city.side // 2

    def add(device: str, at_s: float, east_m: float = 0.0, **given: Any) -> None:
        lat, lon = city.degrees(east_m, 0.0)
        own = {"area": city.area_of(middle, middle), "cell": city.cell_of(middle, middle)}
        at = {"lat": round(float(lat), 6), "lon": round(float(lon), 6)}
        made.append(report(BEGIN_MS + int(at_s * 1000), device=device, **at | own | given))

    # One near by: ours take an area whose cells are all far away for an unknown one, and benign
    # phones never name one, so that peers are spared that.
    other_area = {"area": city.area_of(max(0, middle - AREA_SIDE), middle)}
    strange = {"cell": 200_000_001}
    for n in range(10):
        add(f"honest-{n}", n, east_m=20.0 * n, timing_advance=2)
    add("unknown-area", 10, **_NOWHERE)
    add("unknown-area", 12, **_NOWHERE)
    # A known area's unknown cell counts once a minute.
    for at_s in (20, 50, 90):
        add("unknown-cell", at_s, **strange)
    add("wrong-area", 30, **other_area)
    # Half of an update: just the area has changed since the report before.
    add("half-update", 31)
    add("half-update", 41, **other_area)
    add("made-up-half", 31)
    add("made-up-half", 41, cell=200_000_002)
    near = {"rat": "lte", "mcc": 460, "mnc": 0, "pci": 9}
    add("neighbour", 42, neighbours=[near | _NOWHERE, {"pci": 7}, near | {"cell": 200_000_003}])
    add("not-serving", 43, serving=False, **_NOWHERE)
    # The register doesn't have that network at all.
    add("other-network", 44, mnc=1, **_NOWHERE)
    add("too-far", 50, east_m=24_000)
    add("jumped", 50)
    add("jumped", 60, east_m=24_000)
    add("short-ring", 51, east_m=2_000, timing_advance=0)
    add("long-ring", 51, east_m=12_000, timing_advance=200)
    add("beyond-range", 52, east_m=8_000)
    add("network-place", 53, east_m=24_000, position_source="network")
    # A modem that shows its last cell on and on, and one that measures anew.
    add("stale", 54, east_m=24_000)
    add("stale", 114, east_m=24_300)
    add("measured-anew", 54, east_m=24_000)
    add("measured-anew", 114, east_m=24_300, signal_dbm=-91)
    add("no-country", 60, mcc=899, mnc=1)
    add("test-network", 61, mcc=1, mnc=1)
    add("no-country-near", 62, neighbours=[near | _NOWHERE | {"mcc": 150}])
    return sorted(made, key=lambda one: one["rx_ts"])


def of_ours(city: City, reports: Sequence[dict[str, Any]]) -> list[Found]:
    """What cellhound's three rules find, in order."""
    settings = load_settings(env={})
    rules = tuple(rule for rule in settings.rules if rule.name in NAMES)
    screening = Screening(rules, Origin(TOPIC, 0))
    values = [encoded(one) for one in reports]
    at_ms = np.array([one["rx_ts"] for one in reports])
    records = RecordSlice(TOPIC, 0, range(len(values)), values, at_ms)
    batch = decode(records, Hasher(b"a key of benchmarks alone")).batch
    findings = screening.step(batch, Register.from_rows(city.register())).findings
    return sorted((each.detector, each.who or "", each.ts) for each in findings)


def of_peers(city: City, reports: Sequence[dict[str, Any]], file: Path) -> list[Found]:
    """What the peers' programs find, without the frameworks about them, in order."""
    sites_of(city, file)
    rules, found = ThreeRules.of(str(file)), []
    memories: dict[str, Memory] = {}
    for one in map(read, map(encoded, reports)):
        if one is not None:
            memories[one.device], more = rules.step(memories.get(one.device), one)
            found += more
    return sorted(found)


def sites_of(city: City, file: Path) -> None:
    """Writes the register for the peers."""
    rows = city.register()
    rats = [text_of(code, RATS) for code in rows.rat.tolist()]
    numbers = (getattr(rows, name).tolist() for name in ("mcc", "mnc", "area", "cell"))
    identities = zip(rats, *numbers, strict=True)
    estimated = (rows.changeable > 0).tolist()
    columns = (rows.lat.tolist(), rows.lon.tolist(), rows.range_m.tolist(), estimated)
    places = zip(*columns, strict=True)
    write_sites(file, list(zip(identities, places, strict=True)))
