"""Which scenarios, seeds, switches and recordings are measured; traces are kept rightly."""

import gzip
from pathlib import Path

import msgspec
import pytest

from benchmarks.measuring.detection.ablation import switches
from benchmarks.measuring.detection.cases import (
    Case,
    scenario_files,
    seeds_in,
    trace_of,
    victims_of,
)
from benchmarks.measuring.detection.recordings import REPORTS_A_NAME, rename, thin, variants
from detectors.rules import RULES
from replay.traces.truth import read_truth
from streams.config.settings import load_settings

VILLAGE = """\
name: village
description: A blaster parks in a village.
start_ms: 1748916000000
duration_s: 400
city: {centre_lat_deg: 30.6, centre_lon_deg: 104.0, size_m: 2000}
operators: [{mcc: 460, mnc: 0, share: 1.0}]
people: {phones: 120}
rogues:
  - id: van
    place: {mode: parked, at_m: [200, -100]}
    active_s: [[60, 300]]
    claims: [0]
    identity: {mode: fixed}
"""


@pytest.mark.parametrize(
    ("text", "seeds"), [("4", [4]), ("1-3", [1, 2, 3]), ("1-2, 9,2", [1, 2, 9])]
)
def test_seeds_as_a_person_writes_them(text: str, seeds: list[int]) -> None:
    assert seeds_in(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "3-", "3-1"])
def test_seeds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="seed"):
        seeds_in(text)


def test_scenarios_are_chosen_by_name_and_by_suite() -> None:
    every = scenario_files()
    assert scenario_files(["scenarios"]) == [p for p in every if p.parent.name == "scenarios"]
    assert {path.stem for path in scenario_files(["scenarios/demo"])} == {"demo"}
    with pytest.raises(ValueError, match="no scenario or suite nowhere"):
        scenario_files(["demo", "nowhere"])


@pytest.mark.slow
def test_a_trace_is_kept_until_its_scenario_changes(tmp_path: Path) -> None:
    scenario = tmp_path / "village.yaml"
    scenario.write_text(VILLAGE)
    kept = trace_of(Case(scenario, 1), tmp_path)
    assert [each.id for each in read_truth(kept / "truth.jsonl")] == ["van"]
    assert victims_of(kept)["van"] > 0
    before = (kept / "truth.jsonl").stat().st_mtime_ns
    assert trace_of(Case(scenario, 1), tmp_path) == kept
    assert (kept / "truth.jsonl").stat().st_mtime_ns == before
    assert trace_of(Case(scenario, 2), tmp_path) != kept
    scenario.write_text(VILLAGE.replace("120", "121"))
    assert trace_of(Case(scenario, 1), tmp_path) != kept


@pytest.mark.nightly
@pytest.mark.slow
def test_every_switch_turns_something_off() -> None:
    every = switches()
    assert [switch.name for switch in every][: len(RULES)] == [rule.name for rule in RULES]
    assert len({switch.flag for switch in every}) == len(every)
    for switch in every:
        off, on = (load_settings(env={}, flags={switch.flag: value}) for value in (False, True))
        assert off != on, switch.flag


def test_switches_are_chosen_by_name() -> None:
    assert [switch.name for switch in switches(["unknown_cell"])] == ["unknown_cell"]
    with pytest.raises(ValueError, match="no rule or explanation moonlight"):
        switches(["moonlight"])


def test_a_phone_becomes_a_crowd_and_a_register_gets_holes(tmp_path: Path) -> None:
    measurements, register = tmp_path / "measurements.jsonl.gz", tmp_path / "register.csv"
    measurements.write_bytes(gzip.compress(b'{"device":"p"}\n' * (2 * REPORTS_A_NAME + 1)))
    rename(measurements)
    lines = gzip.decompress(measurements.read_bytes()).splitlines()
    names = [msgspec.json.decode(line)["device"] for line in lines]
    assert names == ["p-0"] * REPORTS_A_NAME + ["p-1"] * REPORTS_A_NAME + ["p-2"]
    rows = [f"{number}\n" for number in range(50)]
    register.write_text("header\n" + "".join(rows))
    thin(register, 3)
    header, *left = register.read_text().splitlines(keepends=True)
    assert (header, len(left)) == ("header\n", 45)
    assert left == [row for row in rows if row in left]


def test_without_sample_data_there_are_no_recordings(tmp_path: Path) -> None:
    assert variants(tmp_path) == []
