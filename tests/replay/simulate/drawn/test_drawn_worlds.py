"""Drawn worlds as they are asked for: the same bytes again, with truth, values and flaws."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from detectors.register.register import key_text
from replay.scoring.evaluate import read_register_rows
from replay.simulate import ScenarioError, simulate_asked
from replay.simulate.drawn import simulation
from replay.simulate.drawn.catalogue import page
from replay.simulate.drawn.simulation import simulate_before
from replay.simulate.drawn.world_draw import draw, parameters_of
from replay.traces.truth import read_truth

pytestmark = pytest.mark.slow

SMALL = ("phones=800", "cells=600", "report_interval_s=150", "reporting_share=0.05")
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    simulate_asked(None, folder, seed=21, drawn=True, given=SMALL)
    return folder


@pytest.mark.nightly
@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(trace: Path, tmp_path: Path) -> None:
    simulate_asked(None, tmp_path, seed=21, drawn=True, given=SMALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("measurements.jsonl.gz", "register.csv", "signalling.jsonl.gz", "sms.jsonl.gz"),
        *("truth.jsonl", "world.json"),
    ]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (trace / path.name).read_bytes(), path.name


@pytest.mark.long
def test_the_hour_before_has_the_same_city_and_people_on_other_ways(
    trace: Path, tmp_path: Path
) -> None:
    simulate_before(draw(21, given=parameters_of(SMALL)), tmp_path, 2.0, 1)
    assert read_truth(tmp_path / "truth.jsonl") == []

    def rows(folder: Path) -> list[list[str]]:
        lines = [line.split(",") for line in (folder / "register.csv").read_text().splitlines()]
        return [row[:10] for row in lines]  # beside when the rows were entered

    def reports(folder: Path) -> list[dict[str, float]]:
        lines = gzip.decompress((folder / "measurements.jsonl.gz").read_bytes()).splitlines()
        return [json.loads(line) for line in lines]

    assert rows(tmp_path) == rows(trace)
    before, after = reports(tmp_path), reports(trace)
    assert median(row["ts"] for row in before) < median(row["ts"] for row in after) - 6_000_000
    assert {row["device"] for row in before} & {row["device"] for row in after}
    places = [{(row.get("lat"), row.get("lon")) for row in each} for each in (before, after)]
    assert not places[0] & places[1] - {(None, None)}


def test_the_values_and_the_truth_are_beside_the_trace(trace: Path) -> None:
    world = json.loads((trace / "world.json").read_bytes())
    truth = read_truth(trace / "truth.jsonl")
    assert (world["seed"], world["honest"], world["duration_s"]) == (21, False, 2100.0)
    assert world["parameters"]["phones"] == 800
    assert 450 <= world["cells_on_air"] <= 1000
    assert [each.id for each in truth] == list(world["witnesses"])
    assert len(truth) == len(world["transmitters"]) >= 1
    rows = read_register_rows(trace / "register.csv")
    columns = (rows.rat, rows.mcc, rows.mnc, rows.area, rows.cell)
    listed = {key_text(*numbers) for numbers in zip(*map(list, columns), strict=True)}
    missing = {flaw["key"] for flaw in world["register_flaws"] if flaw["problem"] == "missing"}
    displaced = {flaw["key"] for flaw in world["register_flaws"] if flaw["problem"] == "displaced"}
    misnamed = {flaw["key"] for flaw in world["register_flaws"] if "registered" in flaw}
    retired = {flaw["key"] for flaw in world["register_flaws"] if flaw["problem"] == "retired"}
    assert missing
    assert retired <= listed
    assert not missing & listed
    assert displaced - misnamed <= listed


@pytest.mark.slow
def test_a_file_of_a_drawn_world_is_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "world.yaml"
    given = "".join(f"  {text.replace('=', ': ')}\n" for text in SMALL)
    path.write_text(f"drawn: true\nseed: 22\nhonest: true\nparameters:\n{given}")
    summary = simulate_asked(path, tmp_path / "trace")
    assert (summary.seed, summary.transmitters) == (22, 0)
    # Which world another seed asks for; that a world is simulated as drawn has just been seen.
    monkeypatch.setattr(simulation, "simulate_drawn", lambda asked, _out: asked)
    asked: Any = simulate_asked(path, tmp_path / "trace", seed=23)
    assert (asked.seed, asked.honest) == (23, True)
    assert asked.parameters == draw(23, honest=True, given=parameters_of(SMALL)).parameters


def test_a_scenario_that_says_what_happens_cannot_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: x\n")
    with pytest.raises(ScenarioError, match="nothing of it can be drawn"):
        simulate_asked(path, tmp_path / "trace", honest=True)


def test_the_page_of_parameters_is_up_to_date() -> None:
    module = "replay.simulate.drawn.catalogue"
    printed = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True,
                             check=True, cwd=ROOT).stdout  # fmt: skip
    assert printed == page() + "\n" == (ROOT / "docs" / "drawn.md").read_text("utf-8")
