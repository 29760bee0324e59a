"""Figures of drawn worlds: who ought to be found, what counts as bad, curves, and the program."""

import doctest
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import worlds
from benchmarks.measuring.detection.runs import Found, Run
from benchmarks.measuring.worlds import world_tables
from benchmarks.measuring.worlds.world_runs import WorldRun, badness, ought, worlds_of
from benchmarks.measuring.worlds.world_tables import point, tables, thirds
from replay.scoring.calibration import Sample
from replay.simulate.drawn.parameters import BY_NAME
from replay.simulate.drawn.world_draw import draw

SMALL = (
    *("phones=800", "cells=600", "report_interval_s=150", "reporting_share=0.05"),
    *("femtocells=0", "repeaters=0"),
)


def found(**fields: Any) -> Found:
    usual = {"scenario": "drawn", "seed": 1, "id": "drawn-1", "kind": "sms_spammer"}
    usual |= {"active_s": 600.0, "victims": 20, "alert_ids": 0, "from_switch_on_s": None}
    usual |= {"from_first_return_s": None, "errors_m": [], "covered": []}
    return Found(**(usual | fields))


def world_run(
    *transmitters: Found, samples: tuple[Sample, ...] = (), false: int = 0, seed: int = 1
) -> WorldRun:
    run = Run("drawn", seed, 24.0, list(transmitters), 0, false, None, 10, 1.0, list(samples))
    return WorldRun(draw(seed, honest=not transmitters), run, 1.0, 2.0)


def test_examples() -> None:
    assert doctest.testmod(world_tables).failed == 0


def test_who_ought_to_be_found() -> None:
    assert ought(found())
    assert not ought(found(victims=7))
    assert not ought(found(active_s=120.0))


def test_every_other_world_is_honest_and_seeds_follow_each_other() -> None:
    drawn = worlds_of(4, 9000)
    assert [world.seed for world in drawn] == [9000, 9001, 9002, 9003]
    assert [world.honest for world in drawn] == [False, True, False, True]


def test_a_world_is_bad_by_false_alerts_and_by_what_lacks_to_certainty() -> None:
    false = [Sample(0.4, False, "f", 1), Sample(0.9, False, "f", 2)]
    true = [Sample(0.3, False, "t", 1), Sample(0.8, True, "t", 2, transmitter=0)]
    assert badness(world_run(samples=(*false,))) == pytest.approx(0.9)
    assert badness(world_run(found(alert_ids=1), samples=(*true,))) == pytest.approx(0.2)
    assert badness(world_run(found(), samples=(*false,))) == pytest.approx(1.9)
    assert badness(world_run(found(victims=3))) == 0.0


def test_a_point_of_a_curve_fails_by_false_alerts_or_recall() -> None:
    assert not point("phones", "800", [world_run(found(alert_ids=1))]).fails
    assert point("phones", "800", [world_run(found())]).fails
    noisy = point("phones", "800", [world_run(false=3)])
    assert (noisy.a_day, noisy.recall, noisy.fails) == (3.0, None, True)


def test_thirds_go_by_value_and_choices_by_choice() -> None:
    runs = [world_run(found(), seed=seed) for seed in range(30, 39)]
    parameter = BY_NAME["shadowing_db"]
    values = sorted(each.world.parameters["shadowing_db"] for each in runs)
    assert [each.worlds for each in thirds(parameter, runs)] == [3, 3, 3]
    low = [each for each in runs if each.world.parameters["shadowing_db"] <= values[2]]
    assert thirds(parameter, runs)[0] == point("shadowing_db", "lowest third", low)
    assert sum(each.worlds for each in thirds(BY_NAME["identity"], runs)) == 9


def test_all_tables_can_be_made_of_anything() -> None:
    assert [len(tables(runs)) for runs in ([world_run()], [world_run(found())])] == [6, 6]


@pytest.mark.long
def test_the_program_measures_a_small_world_cold_and_aged(tmp_path: Path) -> None:
    asked = ["--worlds", "1", "--seed", "40", "--jobs", "1", "--json", str(tmp_path / "all.json")]
    asked += [part for text in SMALL for part in ("--parameter", text)]
    ran = CliRunner().invoke(worlds.main, [*asked, "--aged", "0", "--aged", "1"])
    assert ran.exit_code == 0, ran.output
    assert "False alerts a city-day" in ran.output
    ages = ran.output.partition("By age of the installation")[2].splitlines()[3:5]
    assert [line.split()[0] for line in ages] == ["cold", "1"]
    measured = json.loads((tmp_path / "all.json").read_bytes())
    assert [each["world"]["honest"] for each in measured] == [False, False]
    assert [each["aged_h"] for each in measured] == [0, 1]


def test_a_curve_of_no_parameter_is_refused() -> None:
    ran = CliRunner().invoke(worlds.main, ["--worlds", "1", "--curve", "weather"])
    assert ran.exit_code == 1
    assert "no parameter weather; there are" in ran.output


def test_a_curve_runs_the_same_seeds_at_each_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, Any]] = []

    def run_worlds(drawn: Any, *_: Any) -> list[WorldRun]:
        asked.extend((world.seed, world.parameters["shadowing_db"]) for world in drawn)
        return [world_run(false=1) for _ in drawn]

    monkeypatch.setattr(worlds, "run_worlds", run_worlds)
    ran = CliRunner().invoke(worlds.main, ["--worlds", "2", "--curve", "shadowing_db"])
    assert ran.exit_code == 0, ran.output
    assert asked == [(9000, 4.0), (9001, 4.0), (9000, 10.0), (9001, 10.0)]
    assert [line.split()[:4] for line in ran.output.splitlines()[3:]] == [
        ["shadowing_db", "4.0", "2", "2"],
        ["shadowing_db", "10.0", "2", "2"],
    ]
