"""Simulated traces: the same seed the same bytes, and physics and feeds that hold together."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay.simulate import ScenarioError, Summary, load_scenario, simulate

SCENARIOS = Path(__file__).parents[3] / "configs" / "scenarios"
RESERVED = {0, 0xFFFE, 0xFFFF, 0xFFFFFE}
SMALL = """
name: small
description: Two rogues in a small town.
start_ms: 1748916000000
duration_s: 900
city: {centre_lat_deg: 30.6, centre_lon_deg: 104.0, size_m: 3000}
operators: [{mcc: 460, mnc: 0, share: 0.6, sites_per_area: 8}, {mcc: 460, mnc: 1, share: 0.4}]
register: {missing_share: 0.05}
people: {phones: 300, gsm_share: 0.4}
feeds: {stray_old_area_share: 0.0}
rogues:
  - id: car
    place: {mode: drive, from_m: [-400, 300]}
    active_s: [[120, 400], [500, 800]]
    claims: [0, 1]
    identity: {mode: hop, every_s: 200}
    capture_delay_s: 20
  - id: clone
    kind: cloned_cell
    rat: lte
    power_at_100m_dbm: -50
    place: {mode: parked, at_m: [300, -200]}
    active_s: [[200, 700]]
    claims: [0]
    identity: {mode: clone}
    capture_delay_s: 20
"""
Rows = list[dict[str, Any]]


def read(path: Path) -> Rows:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def identity(row: dict[str, Any]) -> tuple[str, int | None, int | None, int | None, int | None]:
    return row["rat"], row.get("mcc"), row.get("mnc"), row.get("area"), row.get("cell")


class Trace:
    """A simulated folder, read back."""

    def __init__(self, folder: Path, summary: Summary) -> None:
        self.summary = summary
        self.measurements = read(folder / "measurements.jsonl.gz")
        self.signalling = read(folder / "signalling.jsonl.gz")
        self.sms = read(folder / "sms.jsonl.gz")
        with (folder / "register.csv").open() as text:
            self.register = list(csv.DictReader(text))
        self.truth = [
            json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()
        ]
        self.rogue = {identity(each) for truth in self.truth for each in truth["identities"]}
        self.registered = {
            (row["radio"].lower(), *(int(row[key]) for key in ("mcc", "net", "area", "cell"))): row
            for row in self.register
        }


@pytest.fixture(scope="module")
def scenario_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def folder(scenario_path: Path) -> Path:
    out = scenario_path.parent / "trace"
    simulate(load_scenario(scenario_path), 7, out)
    return out


@pytest.fixture(scope="module")
def trace(scenario_path: Path, folder: Path) -> Trace:
    return Trace(folder, simulate(load_scenario(scenario_path), 7, folder.parent / "again"))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    trace: Trace, folder: Path, scenario_path: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "measurements.jsonl.gz",
        "register.csv",
        "signalling.jsonl.gz",
        "sms.jsonl.gz",
        "truth.jsonl",
    ]
    simulate(load_scenario(scenario_path), 8, tmp_path)
    for name in names:
        once = (folder / name).read_bytes()
        assert once == (folder.parent / "again" / name).read_bytes()
        assert once != (tmp_path / name).read_bytes()


@pytest.mark.slow
def test_the_summary_counts_what_was_written(trace: Trace) -> None:
    summary = trace.summary
    assert summary.measurements == len(trace.measurements) > 3000
    assert summary.signalling == len(trace.signalling)
    assert summary.sms == len(trace.sms)
    assert summary.register_rows == len(trace.register)
    assert summary.transmitters == len(trace.truth) == 2
    assert summary.captures > 40


def test_feeds_are_in_order_of_arrival_and_nothing_arrives_before_it_happens(trace: Trace) -> None:
    for rows in (trace.measurements, trace.signalling, trace.sms):
        arrivals = [row["rx_ts"] for row in rows]
        assert arrivals == sorted(arrivals)
        assert all(row["rx_ts"] >= row["ts"] for row in rows if row.get("source") != "complaint")


def test_honest_levels_fall_with_distance(trace: Trace) -> None:
    for rat in ("gsm", "lte"):
        distance_m, level_dbm = [], []
        for row in trace.measurements:
            for cell in (row, *row["neighbours"]):
                listed = trace.registered.get(identity(cell)) if "cell" in cell else None
                if cell["rat"] == rat and listed and identity(cell) not in trace.rogue:
                    east = (row["lon"] - float(listed["lon"])) * 95_800
                    north = (row["lat"] - float(listed["lat"])) * 110_860
                    distance_m.append(max(50.0, float(np.hypot(east, north))))
                    level_dbm.append(cell["signal_dbm"])
        # Only cells with a high level are reported, so the slope is flatter than the path loss.
        slope, _ = np.polyfit(np.log10(distance_m), level_dbm, 1)
        assert -40.0 < slope < -12.0
        serving = [row["signal_dbm"] for row in trace.measurements if row["rat"] == rat]
        assert -105.0 < np.median(serving) < -60.0


def test_unknown_cells_are_received_as_often_as_the_register_lacks_them(trace: Trace) -> None:
    honest = [identity(row) for row in trace.measurements if identity(row) not in trace.rogue]
    unknown = np.mean([each not in trace.registered for each in honest])
    assert 0.01 < unknown < 0.15


def test_captured_phones_are_near_the_rogue_and_report_when_free(trace: Trace) -> None:
    for truth in trace.truth:
        mine = {identity(each) for each in truth["identities"]}
        rows = [row for row in trace.measurements if identity(row) in mine]
        assert len(rows) > 20
        track = np.array(truth["track"])
        distances = [
            np.hypot(
                (np.interp(row["ts"], track[:, 0], track[:, 1]) - row["lat"]) * 110_860,
                (np.interp(row["ts"], track[:, 0], track[:, 2]) - row["lon"]) * 95_800,
            )
            for row in rows
        ]
        assert np.median(distances) < 1000.0
        for row in rows:
            assert any(start <= row["ts"] <= end for start, end in truth["active"])
        assert np.median([row["rx_ts"] - row["ts"] for row in rows]) > 3000


def test_only_victims_and_odd_phones_name_areas_that_do_not_exist(trace: Trace) -> None:
    areas = {key[1:4] for key in trace.registered}
    rogue_areas = {key[1:4] for key in trace.rogue}
    returns = 0
    for row in trace.signalling:
        old = row["old_mcc"], row["old_mnc"], row["old_area"]
        returns += old in rogue_areas
        abroad = row["old_mcc"] != 460
        assert old in areas | rogue_areas or abroad or row["old_area"] in RESERVED
        assert (row["rat"], row["mcc"], row["mnc"], row["area"], row["cell"]) not in trace.rogue
    assert 0.8 * trace.summary.captures < returns <= trace.summary.captures


def test_a_phone_is_taken_once_under_one_identity(trace: Trace) -> None:
    returned = [
        (row["subscriber"], row["old_mcc"], row["old_mnc"], row["old_area"])
        for row in trace.signalling
        if (row["old_mcc"], row["old_mnc"], row["old_area"]) in {key[1:4] for key in trace.rogue}
        and row["update_type"] == "normal"
    ]
    assert len(returned) == len(set(returned))


def test_the_truth_has_the_time_of_the_first_return(trace: Trace) -> None:
    for truth in trace.truth:
        mine = {identity(each)[1:4] for each in truth["identities"]}
        backs = [
            row["ts"]
            for row in trace.signalling
            if (row["old_mcc"], row["old_mnc"], row["old_area"]) in mine
        ]
        # A victim that had been rejected may have come back earlier, naming no area.
        assert truth["first_return_ts"] <= min(backs)


def test_hops_are_unknown_areas_and_a_clone_is_a_registered_far_cell(trace: Trace) -> None:
    car, clone = trace.truth
    assert len(car["identities"]) == 2 * 4  # two claims; 680 s in hops of 200 s
    assert len({each["area"] for each in car["identities"]}) == 8
    assert not any(identity(each) in trace.registered for each in car["identities"])
    listed = trace.registered[identity(clone["identities"][0])]
    assert abs(float(listed["lon"]) - 104.0) > 0.15
    assert car["honest"] == [None] * 8
    assert clone["honest"] == [None]


def test_texts_of_rogues_have_no_record_at_the_centre(trace: Trace) -> None:
    rogue = [row for row in trace.sms if row.get("cell") and identity(row) in trace.rogue]
    assert len(rogue) > 10
    centre = [row for row in trace.sms if row["source"] == "smsc"]
    by_hash = {(row["device"], row["content_hash"]) for row in centre}
    assert not any((row["device"], row["content_hash"]) in by_hash for row in rogue)
    honest = [row for row in trace.sms if row["source"] == "device" and row not in rogue]
    recorded = np.mean([(row["device"], row["content_hash"]) in by_hash for row in honest])
    assert 0.85 < recorded <= 1.0


def test_pseudonym_spaces_are_apart_unless_asked(trace: Trace, scenario_path: Path) -> None:
    devices = {row["device"] for row in trace.measurements}
    assert not devices & {row["subscriber"] for row in trace.signalling}
    shared = scenario_path.with_name("shared.yaml")
    shared.write_text(
        SMALL.replace("phones: 300,", "phones: 60, shared_pseudonyms: true,").replace("900", "800")
    )
    out = scenario_path.parent / "shared"
    simulate(load_scenario(shared), 1, out)
    devices = {row["device"] for row in read(out / "measurements.jsonl.gz")}
    assert devices & {row["subscriber"] for row in read(out / "signalling.jsonl.gz")}


@pytest.mark.parametrize(
    "name",
    ["parked-blaster", "moving-blaster", "far-clone", "benign-city", "demo", "homing"],
)
def test_the_scenarios_that_ship_can_be_read(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    assert scenario.name == name
    assert bool(scenario.rogues) == (name != "benign-city")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("phones: 300", "phone: 300", ["people.phone: no such key", "reporting_share"]),
        ("phones: 300", "phones: 0", ["people.phones", "a whole number at least 1"]),
        ("gsm_share: 0.4", "gsm_share: lots", ["people.gsm_share", "at least 0 and at most 1"]),
        ("kind: cloned_cell", "kind: evil", ["rogues[1].kind", "sms_spammer", "cloned_cell"]),
        ("mode: hop,", "mode: jump,", ["rogues[0].identity", "hop", "fixed", "clone"]),
        ("share: 0.4}", "share: 0.1}", ["add up to 1"]),
        ("[500, 800]", "[500, 1800]", ["ends by duration_s"]),
        ("claims: [0, 1]", "claims: [0, 2]", ["places in operators, 0..1"]),
        ("name: small", "name: [", ["is not YAML"]),
        ("duration_s: 900", "", ["duration_s: is missing"]),
    ],
)
def test_a_wrong_scenario_says_what_is_wrong(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    assert old in SMALL
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(ScenarioError, match=r"wrong\.yaml") as raised:
        load_scenario(path)
    for word in words:
        assert word in str(raised.value)


def test_all_that_is_wrong_with_a_scenario_is_listed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    text = SMALL.replace("phones: 300", "phone: 0").replace("mode: hop,", "mode: jump,")
    path.write_text(text.replace("gsm_share: 0.4", "gsm_share: lots") + "colour: red\n")
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    lines = str(raised.value).splitlines()
    assert lines[0].endswith("wrong.yaml can't be used:")
    assert sorted(line.split(":")[0].strip() for line in lines[1:]) == [
        *("colour", "people.gsm_share", "people.phone", "rogues[0].identity.mode")
    ]


def test_a_missing_scenario_and_a_clone_without_a_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="can't be read"):
        load_scenario(tmp_path / "absent.yaml")
    path = tmp_path / "lonely.yaml"
    path.write_text(SMALL + "far_town: null\n")
    with pytest.raises(ScenarioError, match="no registered lte cell"):
        simulate(load_scenario(path), 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()
