"""A second opinion on our CoT events: node-cot parses them, and its MITRE list has our codes."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from detectors.alert.record import Alert
from field.formats.cot import Affiliation, clearing, ellipse, marker, uid

HERE = Path(__file__).parent / "node"
NOW = datetime(2025, 6, 3, 2, 10, 5, tzinfo=UTC)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="session")
def node_cot(request: pytest.FixtureRequest) -> Path:
    """A folder with node-cot installed, kept between runs as long as its lock stays the same."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed, so no second parser of CoT is at hand")
    cache = request.config.cache
    assert cache is not None
    folder = Path(cache.mkdir("node-cot"))
    lock, done = HERE / "package-lock.json", folder / "installed-by.json"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        for path in (lock, HERE / "package.json"):
            shutil.copy(path, folder)
        run = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=5"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        shutil.copy(lock, done)
    shutil.copy(HERE / "parse.mjs", folder)
    return folder


@pytest.fixture(scope="session")
def parse(node_cot: Path) -> Callable[[list[bytes]], dict[str, Any]]:
    """What node-cot makes of events."""

    def parsed(events: list[bytes]) -> dict[str, Any]:
        done = subprocess.run(
            ["node", "parse.mjs"],
            cwd=node_cot,
            input=json.dumps([event.decode() for event in events]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return parsed


def test_every_golden_alert_is_parsed_to_its_place(
    golden_alerts: list[Alert], parse: Callable[[list[bytes]], dict[str, Any]]
) -> None:
    placed = [alert for alert in golden_alerts if alert.position]
    answer = parse([marker(alert, NOW, 300.0) for alert in placed])["parsed"]
    for alert, one in zip(placed, answer, strict=True):
        assert "refused" not in one, one
        assert alert.position is not None
        properties = one["geojson"]["properties"]
        assert one["uid"] == uid(alert)
        assert one["geojson"]["geometry"]["coordinates"][:2] == [
            alert.position["lon"],
            alert.position["lat"],
        ]
        assert (properties["type"], properties["how"]) == ("a-s-G-I-U-T-com-tow", "m-f")
        assert alert.alert_id in properties["remarks"]
        own = one["raw"]["event"]["detail"]["__cellhound"]["_attributes"]
        assert own["alert_id"] == alert.alert_id


def test_regions_and_deletions_are_parsed(
    make_alert: Callable[..., Alert], parse: Callable[[list[bytes]], dict[str, Any]]
) -> None:
    alert = make_alert()
    events = [
        ellipse(alert, NOW, 300.0),
        ellipse(alert, NOW, 300.0, as_polygon=True),
        *clearing(alert, NOW),
    ]
    round_, drawn, *cleared = parse(events)["parsed"]
    shape = round_["raw"]["event"]["detail"]["shape"]["ellipse"]["_attributes"]
    assert float(shape["major"]) >= float(shape["minor"]) > 0.0
    assert drawn["geojson"]["geometry"]["type"] == "Polygon"
    ring = drawn["geojson"]["geometry"]["coordinates"][0]
    assert {tuple(point[:2]) for point in ring} == {
        tuple(corner) for corner in alert.region["coordinates"][0]
    }
    assert not any("refused" in one for one in (round_, drawn, *cleared))
    assert [one["raw"]["event"]["_attributes"]["type"] for one in cleared][1::2] == ["t-x-d-d"] * 2


def test_a_broken_event_is_refused_so_that_the_test_can_fail(
    make_alert: Callable[..., Alert], parse: Callable[[list[bytes]], dict[str, Any]]
) -> None:
    broken = marker(make_alert(), NOW, 60.0).replace(b' lat="30.6500000"', b"")
    assert "refused" in parse([broken])["parsed"][0]


def test_our_codes_are_of_the_mitre_list(
    make_alert: Callable[..., Alert], parse: Callable[[list[bytes]], dict[str, Any]]
) -> None:
    letters = get_args(Affiliation)
    answer = parse([marker(make_alert(), NOW, 60.0, letter) for letter in letters])
    assert len(answer["types"]) > 1000
    for one in answer["parsed"]:
        attributes = one["raw"]["event"]["_attributes"]
        assert any(re.fullmatch(listed, attributes["type"]) for listed in answer["types"])
        assert attributes["how"] in answer["whats"]


def test_the_lock_file_names_no_place_to_fetch_from() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))
    packages = [package for path, package in lock["packages"].items() if path]
    assert len(packages) > 50
    assert all("integrity" in package and "resolved" not in package for package in packages)
