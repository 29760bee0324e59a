"""The search finds what is bad by its values rather than by luck, within its budget."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from benchmarks import falsify
from benchmarks.measuring.detection.runs import Run
from benchmarks.measuring.worlds.search import Candidate, first_runs, search, worst
from benchmarks.measuring.worlds.world_runs import WorldRun, badness
from replay.scoring.calibration import Sample
from replay.simulate.drawn.world_draw import DrawnWorld, draw, drawn_of, read_drawn


def ran(world: DrawnWorld, false: float) -> WorldRun:
    samples = [Sample(false, False, f"{world.seed}", 1)]
    run = Run("drawn", world.seed, 1.0, [], 1, round(false), false, 10, 1.0, samples)
    return WorldRun(world, run, 1.0, 1.0)


def shadowed(worlds: Sequence[DrawnWorld], label: str) -> list[WorldRun]:
    """Detection that is false where shadowing is strong, and a little by luck."""
    done = []
    for each in worlds:
        strong = (float(each.parameters["shadowing_db"]) - 4.0) / 8.0
        luck = 0.2 * float(draw(each.seed).parameters["core_share"])
        done.append(ran(each, min(1.0, strong + luck)))
    return done


@pytest.fixture(scope="module")
def tried() -> list[Candidate]:
    return search(120, 500, shadowed)


def test_the_budget_is_kept(tried: list[Candidate]) -> None:
    assert 80 <= sum(len(each.runs) for each in tried) <= 120


def test_the_worst_are_where_detection_breaks(tried: list[Candidate]) -> None:
    strong = [float(each.world.parameters["shadowing_db"]) for each in worst(tried, 20)]
    assert min(strong) > 8.0
    assert len(strong) == 20


def test_worlds_drawn_at_random_are_kept_apart_and_half_of_them_are_honest(
    tried: list[Candidate],
) -> None:
    drawn = first_runs(tried)
    assert sum(each.world.honest for each in drawn) == len(drawn) // 2
    assert {each.world.seed for each in drawn} == set(range(500, 500 + len(drawn)))
    assert all(each.world == draw(each.world.seed, honest=each.world.honest) for each in drawn)


def test_a_world_without_fault_is_none_of_the_worst() -> None:
    world = draw(3)
    assert worst([Candidate(world, True, [ran(world, 0.0)])], 5) == []


def test_what_is_kept_is_the_same_world_again(tmp_path: Path, tried: list[Candidate]) -> None:
    found = worst(tried, 3)
    (tmp_path / "world-04.yaml").write_text("an earlier search's")
    falsify.write(tmp_path, found)
    paths = sorted(tmp_path.glob("*.yaml"))
    assert [path.name for path in paths] == [f"world-0{number}.yaml" for number in (1, 2, 3)]
    for path, each in zip(paths, found, strict=True):
        asked = read_drawn(path)
        assert asked is not None
        assert drawn_of(asked) == each.world
        known = yaml.safe_load(path.read_text())["known"]
        assert known == {"false_alerts": each.run.false_alerts, "missed": 0}
    assert badness(found[0]) >= badness(found[-1])


def test_what_was_tried_is_handed_on_after_each_bracket() -> None:
    kept: list[int] = []
    tried = search(30, 500, shadowed, lambda some: kept.append(len(some)))
    assert len(kept) == 3
    assert kept == sorted(kept)
    assert kept[-1] == len(tried)
