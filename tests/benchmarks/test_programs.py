"""The programs end to end on a village, and that what they print fits what reads it."""

import doctest
import importlib
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from benchmarks import calibrate, crowded_zone, science
from benchmarks.measuring.detection.platt import Platt
from benchmarks.measuring.detection.runs import Setup
from replay.simulate.drawn.parameters import Value
from streams.config.settings import load_settings

SHARED = ("ablation", "cases", "figures", "recordings", "result_tables", "runs", "tables")
SMALL_WORLD: dict[str, Value] = {
    **{"phones": 1000, "cells": 600, "reporting_share": 0.2, "femtocells": 0, "repeaters": 0},
    **{"transmitters": 1, "captured_share": 0.7, "on_air_s": 1200.0},
}
BLASTER = """
rogues:
  - id: van
    place: {mode: parked, at_m: [200, -100]}
    active_s: [[60, 400]]
    claims: [0]
    identity: {mode: fixed}
"""


def village(folder: Path, name: str, more: str = "") -> Path:
    path = folder / "suite" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"name: {name}\n"
        "description: A village.\n"
        "start_ms: 1748916000000\n"
        "duration_s: 600\n"
        "city: {centre_lat_deg: 30.6, centre_lon_deg: 104.0, size_m: 2500}\n"
        "operators: [{mcc: 460, mnc: 0, share: 1.0}]\n"
        f"people: {{phones: 250}}\n{more}"
    )
    return path


@pytest.mark.parametrize("module", SHARED)
def test_examples(module: str) -> None:
    assert (
        doctest.testmod(importlib.import_module(f"benchmarks.measuring.detection.{module}")).failed
        == 0
    )


@pytest.mark.nightly
@pytest.mark.slow
def test_a_village_with_and_without_a_blaster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [village(tmp_path, "blaster", BLASTER), village(tmp_path, "quiet")]
    monkeypatch.setattr(science, "scenario_files", lambda only: files)
    work, written = tmp_path / "work", tmp_path / "all.json"
    asked = ["--seeds", "1", "--jobs", "1", "--work", str(work), "--data", str(tmp_path)]
    asked += ["--switch", "phantom_sms", "--markdown", "--json", str(written)]
    ran = CliRunner().invoke(science.main, asked)
    assert ran.exit_code == 0, ran.output
    everything = json.loads(written.read_bytes())
    by_name = {run["scenario"]: run for run in everything["runs"]}
    assert set(by_name) == {"suite/blaster", "suite/quiet"}
    (van,) = by_name["suite/blaster"]["found"]
    assert (van["id"], van["active_s"]) == ("van", 340.0)
    assert van["victims"] > 8
    assert by_name["suite/quiet"]["found"] == []
    assert [each["switch"]["name"] for each in everything["ablation"]] == ["phantom_sms"]
    assert "| suite/quiet | 1 | 0.2 | benign |" in ran.output
    assert len(list((work / "traces").iterdir())) == 2


def test_a_wrong_name_ends_in_a_sentence(tmp_path: Path) -> None:
    ran = CliRunner().invoke(science.main, ["--only", "nowhere", "--work", str(tmp_path)])
    assert ran.exit_code == 1
    assert "no scenario or suite nowhere" in ran.output


def test_seeds_that_were_fitted_on_are_not_held_out() -> None:
    ran = CliRunner().invoke(calibrate.main, ["--seeds", "1-3", "--held-out", "3-4"])
    assert ran.exit_code == 2
    assert "[3]" in ran.output


def test_drawn_worlds_are_fitted_on_without_the_suites() -> None:
    for wrong in (["--drawn", "--only", "demo"], ["--aged", "1"]):
        ran = CliRunner().invoke(calibrate.main, wrong)
        assert ran.exit_code == 2
        assert "--drawn" in ran.output


@pytest.mark.long
def test_candidates_of_drawn_worlds_count_as_one_each() -> None:
    setup = Setup(flags=calibrate.flags(0.02))
    counted = calibrate.counted(calibrate.of_worlds(setup, 1, 0, SMALL_WORLD, [42], "drawn"))
    assert 0.0 < min(sample.probability for sample in counted) < 0.5
    alerts = {sample.alert_id for sample in counted}
    assert sum(sample.weight for sample in counted) == pytest.approx(len(alerts))


def test_the_lines_of_a_calibration_are_settings() -> None:
    lines = yaml.safe_load("incidents:\n" + calibrate.as_yaml(Platt(0.75, -0.25)))
    flags = {
        f"incidents.fusion.{key}": value for key, value in lines["incidents"]["fusion"].items()
    }
    fusion = load_settings(env={}, flags=flags).incidents.fusion
    assert (fusion.calibration_slope, fusion.calibration_offset) == (0.75, -0.25)


def test_candidates_become_alerts_as_if_nothing_were_calibrated() -> None:
    incidents = load_settings(env={}, flags=calibrate.flags(0.02)).incidents
    assert incidents.open_probability == 0.02
    assert incidents.fusion.calibrated(1.7) == 1.7


def test_a_crowded_zone_has_its_candidates_and_alerts() -> None:
    asked = ["--candidates", "12", "--alerts", "2", "--findings", "20"]
    ran = CliRunner().invoke(crowded_zone.main, asked)
    assert ran.exit_code == 0, ran.output
    crowd, without, revision = ran.output.splitlines()
    assert crowd == "12 candidates, 2 alerts"
    assert without.startswith("finding without a revision")
    assert revision.startswith("revision")
    timed = [
        int(line.removeprefix(name).split()[0])
        for line, name in ((without, "finding without a revision"), (revision, "revision"))
    ]
    assert sum(timed) == 20
    assert min(timed) > 0
