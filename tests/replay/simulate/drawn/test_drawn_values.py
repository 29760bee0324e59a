"""Values of drawn worlds: in their ranges, from the seed alone, and none shifts another."""

from pathlib import Path

import pytest

from replay.simulate import ScenarioError
from replay.simulate.drawn.parameters import BY_NAME, TRANSMITTER, WORLD, Parameter
from replay.simulate.drawn.world_draw import (
    DURATION_S,
    MOST_REPORTS,
    REPORTS_EVERY,
    DrawnWorld,
    Known,
    as_file,
    draw,
    drawn_of,
    parameters_of,
    read_drawn,
)
from replay.simulate.drawn.world_scenario import scenario_of

SEEDS = range(1, 60)
ALL = (*WORLD, *TRANSMITTER)


@pytest.fixture(scope="module")
def worlds() -> list[DrawnWorld]:
    """Of each seed one; only looked at."""
    return [draw(seed) for seed in SEEDS]


def test_names_are_given_once() -> None:
    assert len(BY_NAME) == len(ALL)


@pytest.mark.slow
@pytest.mark.parametrize("parameter", ALL, ids=lambda each: each.name)
def test_every_value_lies_in_its_range_and_values_differ(
    parameter: Parameter, worlds: list[DrawnWorld]
) -> None:
    values = [
        each[parameter.name]
        for world in worlds
        for each in ([world.parameters] if parameter in WORLD else world.transmitters)
    ]
    assert [parameter.checked(value) for value in values] == values
    assert len(set(values)) >= min(2, len(parameter.ends))


def test_a_range_is_drawn_from_end_to_end() -> None:
    parameter = BY_NAME["pathloss_exponent"]
    values = [draw(seed).parameters["pathloss_exponent"] for seed in range(300)]
    tenth = (parameter.high - parameter.low) / 10
    assert min(values) < parameter.low + tenth
    assert max(values) > parameter.high - tenth


def test_a_given_value_shifts_no_other() -> None:
    free, given = draw(5), draw(5, given={"shadowing_db": 4.0, "power_w": 10.0})
    assert given.parameters == free.parameters | {"shadowing_db": 4.0}
    assert given.transmitters == [each | {"power_w": 10.0} for each in free.transmitters]


def test_an_honest_world_has_no_transmitter_and_others_one_to_three() -> None:
    assert all(draw(seed, honest=True).transmitters == [] for seed in SEEDS)
    assert {len(draw(seed).transmitters) for seed in SEEDS} == {1, 2, 3}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no_such=1", "no parameter no_such; there are city_size_m"),
        ("shadowing_db=30", "shadowing_db lies between 4 and 10"),
        ("shadowing_db=many", "shadowing_db lies between 4 and 10"),
        ("phones", "phones lies between 800 and 3200"),
        ("operators=2.5", "operators is a whole number"),
        ("identity=borrowed", "identity is one of unknown, hopping, valid"),
    ],
)
def test_a_wrong_value_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ScenarioError, match=problem):
        parameters_of([text])


@pytest.mark.parametrize("name", ["report_interval_s", "reporting_share"])
def test_no_world_has_more_reports_than_can_be_simulated(name: str) -> None:
    for seed in SEEDS:
        for end in BY_NAME[name].ends:
            world = draw(seed, given={name: end}).parameters
            assert world[name] == end
            every_s = REPORTS_EVERY * world["report_interval_s"]
            reports = world["phones"] * world["reporting_share"] * DURATION_S / every_s
            assert reports <= 1.02 * MOST_REPORTS


def test_a_file_of_a_world_gives_the_same_world(tmp_path: Path) -> None:
    world, path = draw(7), tmp_path / "world.yaml"
    path.write_bytes(as_file(world, Known(false_alerts=2)))
    asked = read_drawn(path)
    assert asked is not None
    assert asked.known == Known(false_alerts=2)
    assert drawn_of(asked) == world
    assert scenario_of(drawn_of(asked)) == scenario_of(world)


def test_a_file_says_all_that_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text("drawn: true\nseeds: 3\nhonest: perhaps\n")
    with pytest.raises(ScenarioError, match=r"(?s)honest.*seeds|seeds.*honest"):
        read_drawn(path)


def test_a_scenario_is_no_drawn_world(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("name: x\n")
    assert read_drawn(path) is None
