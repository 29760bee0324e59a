"""`detect` with a profile: nothing changes with an empty one, and the second half of a recording
begins with what the first has taught."""

import gzip
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from cellhound.door import main
from detectors.profile.profile import Profile
from detectors.sites.learned_sites import LearnedSite, take_up_sites
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_places import SitePlaces
from replay.detect import Memory, detect
from replay.simulate import Scenario, simulate
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher
from streams.profile.profile_file import read_profile, write_profile

pytestmark = pytest.mark.slow

HALF_S = 900
VILLAGE = {
    "name": "village",
    "description": "A village without any transmitter, one site of which is displaced.",
    "start_ms": 1748916000000,
    "duration_s": 2 * HALF_S,
    "city": {"centre_lat_deg": 30.6, "centre_lon_deg": 104.0, "size_m": 4000},
    "operators": [{"mcc": 460, "mnc": 0, "share": 1.0}],
    "people": {"phones": 150},
    "rogues": [],
}
#: What is decided, and by what: all but the seconds of the summary.
DECIDED = ("alerts.jsonl", "alerts.geojson", "evidence.jsonl", "dead_letters.jsonl")
OFF_LAT_DEG = 0.02


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(env={})


@pytest.fixture(scope="module")
def displaced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village's trace in two halves, with the rows of its busiest site 2.2 km off."""
    folder = tmp_path_factory.mktemp("village")
    simulate(msgspec.convert(VILLAGE, Scenario), 5, folder / "whole")
    lines = (folder / "whole" / "register.csv").read_text().splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
    cells = _cells(folder / "whole" / "measurements.jsonl.gz")
    busiest = max(rows, key=lambda row: cells.get((int(row["area"]), int(row["cell"])), 0))
    for row in rows:
        if (row["lat"], row["lon"]) == (busiest["lat"], busiest["lon"]) and row is not busiest:
            row["lat"] = f"{float(row['lat']) + OFF_LAT_DEG:.6f}"
    busiest["lat"] = f"{float(busiest['lat']) + OFF_LAT_DEG:.6f}"
    register = "\n".join([lines[0], *(",".join(row.values()) for row in rows)]) + "\n"
    (folder / "off.json").write_text(json.dumps([float(busiest["lat"]), float(busiest["lon"])]))
    middle_ms = VILLAGE["start_ms"] + HALF_S * 1000  # type: ignore[operator]
    for half in ("first", "second"):
        (folder / half).mkdir()
        (folder / half / "register.csv").write_text(register)
        for path in (folder / "whole").glob("*.jsonl.gz"):
            kept = [
                line
                for line in gzip.decompress(path.read_bytes()).splitlines(keepends=True)
                if (json.loads(line)["rx_ts"] < middle_ms) == (half == "first")
            ]
            (folder / half / path.name).write_bytes(gzip.compress(b"".join(kept)))
    return folder


def _cells(path: Path) -> dict[tuple[int, int], int]:
    counts: dict[tuple[int, int], int] = {}
    for line in gzip.decompress(path.read_bytes()).splitlines():
        message = json.loads(line)
        key = message["area"], message["cell"]
        counts[key] = counts.get(key, 0) + 1
    return counts


def run(trace: Path, out: Path, settings: Settings, memory: Memory | None = None) -> list[bytes]:
    detect(trace, out, settings, Hasher(b"k" * 32, settings.senders), None, memory)
    return [(out / name).read_bytes() for name in DECIDED]


def chance_displaced(profile: Path, folder: Path, settings: Settings) -> float:
    """That the site's row is wrong, by what a profile has learned."""
    lat, lon = json.loads((folder / "off.json").read_text())
    chances = []
    for zone in read_profile(profile, settings.rules).zones:
        places = SitePlaces()
        take_up_sites(places, zone.sites)
        for site in zone.sites:
            if _is_at(site, lat, lon):
                cells = {report.cell for report in site.reports}
                chances += [places.verdict_on(cell) for cell in sorted(cells)]
    return max((one.displaced + one.cell_displaced for one in chances), default=0.0)


def _is_at(site: LearnedSite, lat: float, lon: float) -> bool:
    return bool(np.allclose([site.lat, site.lon], [lat, lon], atol=2 / DEGREE))


def test_an_empty_profile_is_as_none(displaced: Path, tmp_path: Path, settings: Settings) -> None:
    write_profile(tmp_path / "empty.json", Profile())
    trace = displaced / "first"
    plain = run(trace, tmp_path / "plain", settings)
    assert plain == run(trace, tmp_path / "empty", settings, Memory(tmp_path / "empty.json"))
    assert plain == run(trace, tmp_path / "kept", settings, Memory(end=tmp_path / "kept.json"))
    assert len(plain[2].splitlines()) > 10


def test_the_second_half_begins_with_what_the_first_has_taught(
    displaced: Path, tmp_path: Path, settings: Settings
) -> None:
    first, both = tmp_path / "first.json.gz", tmp_path / "both.json"
    run(displaced / "first", tmp_path / "a", settings, Memory(end=first))
    run(displaced / "second", tmp_path / "b", settings, Memory(first, both))
    assert chance_displaced(first, displaced, settings) > 0.9
    assert chance_displaced(both, displaced, settings) > 0.9
    before, after = (read_profile(path, settings.rules) for path in (first, both))
    ages = {zone.zone: zone.age for zone in before.zones}
    for zone in after.zones:
        assert zone.age.first_ms == ages[zone.zone].first_ms
        assert zone.age.minutes > ages[zone.zone].minutes
        assert {site.lat for site in zone.sites} >= {
            site.lat for old in before.zones if old.zone == zone.zone for site in old.sites
        }


def test_the_same_recording_gives_the_same_profile(
    displaced: Path, tmp_path: Path, settings: Settings
) -> None:
    """Whatever key pseudonyms are made with: none is in it."""
    texts = set()
    for key in (b"k" * 32, b"other" * 8):
        end = tmp_path / "p.json"
        memory = Memory(end=end)
        hasher = Hasher(key, settings.senders)
        detect(displaced / "first", tmp_path / "out", settings, hasher, None, memory)
        texts.add(end.read_bytes())
    assert len(texts) == 1


def test_a_bad_profile_is_a_sentence_and_exit_code_2(displaced: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "cellhound-profile", "version": 9}')
    words = [
        "detect",
        str(displaced / "first"),
        "--out",
        str(tmp_path / "o"),
        "--profile",
        str(bad),
    ]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert f"{bad}: version: must be 1, got 9" in done.stderr
    assert not (tmp_path / "o" / "alerts.jsonl").exists()
