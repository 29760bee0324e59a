"""Field teams: they come near, measure as well as they state, and change nothing else.

Long because all of it is asked of simulated teams and one truth.
"""

import dataclasses
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from shapely.geometry import Point, shape

from geo.earth.sphere import bearing_deg, distance_m
from replay.detect import detect
from replay.simulate import Scenario, ScenarioError, load_scenario, simulate
from replay.simulate.feeds.field_teams import FIX_SIGMA_M, SENSITIVITY_DBM, measure
from replay.simulate.feeds.writing import Feed
from replay.simulate.run import draw_world, truth_lines
from replay.simulate.scenario.rogue import Team
from replay.simulate.world import World
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

HOMING = Path(__file__).parents[3] / "configs" / "scenarios" / "homing.yaml"
SEED = 12
SMALL = """
name: small
description: A parked and a driving transmitter in a small town, and a team.
start_ms: 1748916000000
duration_s: 900
city: {centre_lat_deg: 30.6, centre_lon_deg: 104.0, size_m: 3000}
operators: [{mcc: 460, mnc: 0, share: 0.6}, {mcc: 460, mnc: 1, share: 0.4}]
people: {phones: 60}
rogues:
  - id: van
    place: {mode: parked, at_m: [600, -500]}
    active_s: [[60, 400], [500, 880]]
    claims: [0, 1]
    identity: {mode: fixed}
  - id: car
    place: {mode: drive, from_m: [-400, 300]}
    active_s: [[0, 900]]
    claims: [0]
    identity: {mode: hop, every_s: 300}
teams:
  - {id: first, rogue: van, from_m: [-700, 400], start_s: 30}
"""
Rows = list[dict[str, Any]]
Measured = Callable[..., Rows]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teams") / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def scenario(path: Path) -> Scenario:
    return load_scenario(path)


@pytest.fixture(scope="module")
def world(scenario: Scenario) -> World:
    return draw_world(scenario, SEED)


@pytest.fixture
def measured(world: World, tmp_path: Path) -> Measured:
    """What a team measures that differs in something from the one in the file."""

    def lines(*others: Team, **over: Any) -> Rows:
        teams = (replace(world.scenario.teams[0], **over), *others)
        feed = Feed()
        measure(dataclasses.replace(world, scenario=replace(world.scenario, teams=teams)), feed)
        feed.write(tmp_path / "field.jsonl.gz")
        return read(tmp_path / "field.jsonl.gz")

    return lines


def read(path: Path) -> Rows:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def truth_of(world: World, rogue: str) -> dict[str, Any]:
    truths: Rows = [json.loads(line) for line in truth_lines(world)]
    return next(truth for truth in truths if truth["id"] == rogue)


def places(truth: dict[str, Any], rows: Rows) -> tuple[Any, Any, Any, Any]:
    """Of each row where the team was, and where the transmitter: latitudes and longitudes."""
    ts, *track = np.array(truth["track"], dtype=float).T
    there = [np.interp([row["ts"] for row in rows], ts, axis) for axis in track]
    return (
        np.array([row["lat"] for row in rows]),
        np.array([row["lon"] for row in rows]),
        there[0],
        there[1],
    )


def errors_deg(truth: dict[str, Any], rows: Rows) -> NDArray[np.float64]:
    reported = np.array([row["bearing_to_deg"] for row in rows])
    return (reported - bearing_deg(*places(truth, rows)) + 180.0) % 360.0 - 180.0


@pytest.mark.parametrize("rogue", ["van", "car"])
@pytest.mark.parametrize("sigma_deg", [2.0, 8.0])
def test_bearings_point_at_the_transmitter_as_well_as_they_say(
    world: World, measured: Measured, rogue: str, sigma_deg: float
) -> None:
    over = {"rogue": rogue, "bearing_sigma_deg": sigma_deg, "stops_at_m": 400.0}
    rows = measured(**over, every_s=1.0, reflections=0.0)
    assert len(rows) > 400
    assert {row["bearing_sigma_deg"] for row in rows} == {sigma_deg}
    truth = truth_of(world, rogue)
    own_deg = np.degrees(FIX_SIGMA_M / distance_m(*places(truth, rows)))  # of the reported place
    normed = errors_deg(truth, rows) / np.hypot(sigma_deg, own_deg)
    # The mean square of a few hundred unit normals.
    assert 0.8 < np.mean(normed**2) < 1.25
    assert abs(np.mean(normed)) < 0.2
    assert all(0.0 <= row["bearing_to_deg"] < 360.0 for row in rows)


@pytest.mark.parametrize("share", [0.1, 0.4, 1.0])
def test_a_share_of_the_bearings_points_anywhere(
    world: World, measured: Measured, share: float
) -> None:
    rows = measured(reflections=share, every_s=1.0, bearing_sigma_deg=2.0, stops_at_m=400.0)
    wide = np.abs(errors_deg(truth_of(world, "van"), rows)) > 10.0
    # Some of those that point anywhere point at the transmitter all the same.
    assert np.mean(wide) == pytest.approx(share * 340.0 / 360.0, abs=0.07)


def test_a_team_is_silent_while_the_transmitter_is(world: World, measured: Measured) -> None:
    start_ms = world.scenario.start_ms
    at_s = np.array([row["ts"] - start_ms for row in measured(every_s=1.0)]) / 1000
    for begin_s, end_s in ((60.0, 400.0), (500.0, 880.0)):
        on_air = (begin_s <= at_s) & (at_s < end_s)
        assert on_air.sum() > 200
        at_s = at_s[~on_air]
    assert len(at_s) == 0
    late = measured(start_s=700.0)
    assert min(row["ts"] for row in late) >= start_ms + 700_000


def test_a_team_comes_as_near_as_it_may_and_its_bearings_cross(
    world: World, measured: Measured
) -> None:
    rows = measured(stops_at_m=150.0)
    at = places(truth_of(world, "van"), rows)
    away_m = distance_m(*at)
    assert away_m.min() > 130.0
    assert away_m[-1] == pytest.approx(150.0, abs=20.0)
    # Seen from the transmitter it comes from many sides, not along one line.
    seen = np.unwrap(np.radians(bearing_deg(*at)))
    assert np.degrees(np.ptp(seen)) > 40.0


def test_a_transmitter_that_drives_is_followed(world: World, measured: Measured) -> None:
    rows = measured(rogue="car", speed_mps=14.0)
    away_m = distance_m(*places(truth_of(world, "car"), rows))
    assert np.median(away_m[len(away_m) // 2 :]) < 250.0


def test_lines_arrive_in_order_and_soon(measured: Measured) -> None:
    rows = measured(every_s=1.0)
    delays_ms = [row["rx_ts"] - row["ts"] for row in rows]
    assert 300 <= min(delays_ms) <= max(delays_ms) <= 1500
    assert [row["rx_ts"] for row in rows] == sorted(row["rx_ts"] for row in rows)


def test_an_instrument_reports_only_what_it_can_measure(world: World, measured: Measured) -> None:
    identity = {"mcc", "mnc", "area", "cell", "pci"}
    bearing = {"bearing_to_deg", "bearing_sigma_deg"}
    for instrument, has, lacks in (
        ("finder", bearing, identity),
        ("scanner", identity, bearing),
        ("both", identity | bearing, set()),
    ):
        for row in measured(instrument=instrument):
            assert has | {"device", "rat", "arfcn", "signal_dbm", "lat", "lon"} <= set(row)
            assert not lacks & set(row)
    claimed = truth_of(world, "van")["identities"]
    reported = [{name: row[name] for name in claimed[0]} for row in measured(every_s=1.0)]
    assert all(each in claimed for each in reported)
    assert all(each in reported for each in claimed)


def test_a_hop_shows(world: World, measured: Measured) -> None:
    rows = measured(rogue="car", instrument="scanner")
    start_ms = world.scenario.start_ms
    areas = [each["area"] for each in truth_of(world, "car")["identities"]]
    assert all(row["area"] == areas[(row["ts"] - start_ms) // 300_000] for row in rows)
    assert {row["area"] for row in rows} == set(areas)


def test_levels_are_off_by_the_calibration_and_what_is_too_weak_is_not_received(
    measured: Measured,
) -> None:
    right, high = measured(level_offset_db=0.0), measured(level_offset_db=9.0)
    assert [row["ts"] for row in right] == [row["ts"] for row in high]
    for row, other in zip(right, high, strict=True):
        assert other["signal_dbm"] - row["signal_dbm"] == pytest.approx(9.0, abs=0.11)
    assert min(row["signal_dbm"] for row in right) > SENSITIVITY_DBM["gsm"] - 0.1
    assert measured(from_m=[9000.0, 9000.0], speed_mps=1.0) == []


def test_a_calibration_that_is_not_given_differs_from_team_to_team(
    measured: Measured,
) -> None:
    offsets = []
    for number in range(12):
        name = f"team-{number}"
        drawn, right = measured(id=name)[0], measured(id=name, level_offset_db=0.0)[0]
        offsets.append(drawn["signal_dbm"] - right["signal_dbm"])
    assert 1.5 < np.std(offsets) < 7.0


def test_another_team_changes_nothing_for_the_first(scenario: Scenario, measured: Measured) -> None:
    second = replace(scenario.teams[0], id="second")
    rows = measured(second)
    assert {row["device"] for row in rows} == {"first", "second"}
    assert [row for row in rows if row["device"] == "first"] == measured()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_no_other_file_knows_of_teams(
    scenario: Scenario, tmp_path: Path
) -> None:
    summary = simulate(scenario, SEED, tmp_path / "with")
    simulate(scenario, SEED, tmp_path / "again")
    names = {path.name for path in (tmp_path / "with").iterdir()}
    assert "field.jsonl.gz" in names
    assert summary.field == len(read(tmp_path / "with" / "field.jsonl.gz"))
    simulate(scenario, SEED + 1, tmp_path / "other")
    simulate(replace(scenario, teams=()), SEED, tmp_path / "without")
    # One of an earlier run doesn't stay.
    simulate(replace(scenario, teams=()), SEED, tmp_path / "other")
    assert {path.name for path in (tmp_path / "without").iterdir()} == names - {"field.jsonl.gz"}
    assert {path.name for path in (tmp_path / "other").iterdir()} == names - {"field.jsonl.gz"}
    for name in names:
        once = (tmp_path / "with" / name).read_bytes()
        assert once == (tmp_path / "again" / name).read_bytes()
        if name != "field.jsonl.gz":
            assert once == (tmp_path / "without" / name).read_bytes()


def test_another_seed_measures_something_else(
    scenario: Scenario, world: World, measured: Measured, tmp_path: Path
) -> None:
    feed = Feed()
    measure(dataclasses.replace(world, seed=SEED + 1), feed)
    feed.write(tmp_path / "other.jsonl.gz")
    assert read(tmp_path / "other.jsonl.gz") != measured()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rogue: van", "rogue: bus", ["rogue of team 'first'", "'bus' is none of van, car"]),
        ("start_s: 30", "start_s: -1", ["teams[0].start_s", "a number at least 0"]),
        ("start_s: 30", "start_s: 900", ["start_s of team 'first'", "before duration_s"]),
        ("start_s: 30", "start_s: 30, speed_mps: 0", ["teams[0].speed_mps", "above 0"]),
        ("start_s: 30", "start_s: 30, every_s: -5", ["teams[0].every_s", "at least 1"]),
        ("start_s: 30", "start_s: 30, stops_at_m: -5", ["teams[0].stops_at_m", "above 0"]),
        ("start_s: 30", "start_s: 30, reflections: 1.5", ["teams[0].reflections", "at most 1"]),
        (
            "start_s: 30",
            "start_s: 30, bearing_sigma_deg: -5",
            ["teams[0].bearing_sigma_deg", "above 0 and at most 90"],
        ),
        ("start_s: 30", "start_s: 30, instrument: dog", ["instrument", "finder, scanner, both"]),
        ("start_s: 30", "start_s: 30, level_offset_db: no", ["level_offset_db", "a number"]),
        ("from_m: [-700, 400], ", "", ["teams[0]", "from_m"]),
        ("start_s: 30}", "start_s: 30}\n  - {id: first, rogue: car, from_m: [0, 0], start_s: 0}",
         ["ids of teams differ"]),
        ("start_s: 30", "start_s: 30, dog: yes", ["teams[0].dog: no such key", "stops_at_m"]),
    ],
)  # fmt: skip
def test_a_wrong_team_says_what_is_wrong(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    assert old in SMALL
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(ScenarioError, match=r"wrong\.yaml") as raised:
        load_scenario(path)
    for word in words:
        assert word in str(raised.value)


def shortened(scenario: Scenario) -> Scenario:
    """The same hunt with less waiting and fewer phones, so that it fits into a test run."""
    return replace(
        scenario,
        duration_s=480.0,
        city=replace(scenario.city, size_m=5000.0),
        people=replace(scenario.people, phones=400),
        rogues=tuple(replace(rogue, active_s=[(60.0, 480.0)]) for rogue in scenario.rogues),
        teams=tuple(replace(team, start_s=200.0) for team in scenario.teams),
    )


@pytest.mark.nightly
@pytest.mark.slow
def test_a_team_that_homes_in_makes_the_region_smaller(tmp_path: Path) -> None:
    scenario = shortened(load_scenario(HOMING))
    simulate(scenario, SEED, tmp_path / "trace")
    truth = json.loads((tmp_path / "trace" / "truth.jsonl").read_text())
    lat, lon = truth["track"][0][1:]
    first_minute_ms = scenario.start_ms + 1000 * round(scenario.teams[0].start_s + 60.0)
    settings = load_settings(env={})
    radius_m = {}
    for name in ("with", "without"):
        out = tmp_path / name
        summary = detect(
            tmp_path / "trace", out, settings, Hasher(b"k" * 32, settings.senders)
        ).summary
        assert (summary.dead_letters, summary.dropped_fields) == (0, {})
        lines = (out / "alerts.jsonl").read_bytes().splitlines()
        alerts = [alert for alert in map(msgspec.json.decode, lines) if alert["radius_m"]]
        assert len({alert["alert_id"] for alert in alerts}) == 1
        later = [alert for alert in alerts if alert["last_seen"] >= first_minute_ms]
        assert len(later) >= 5
        radius_m[name] = np.median([alert["radius_m"] for alert in later])
        assert shape(later[-1]["region"]).contains(Point(lon, lat))
        (tmp_path / "trace" / "field.jsonl.gz").unlink(missing_ok=True)
    assert radius_m["with"] < 0.8 * radius_m["without"]
