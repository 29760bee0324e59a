"""The scenarios that ship, shortened, with seeds that nothing was built on.

Those with transmitters are cut to a quarter of an hour and to fewer phones, so that all of them fit
into a test run; the transmitters, their places, powers and identities stay as they ship. Those
without are played whole: false alerts need the time in which innocent findings pile up. What is
asked for is little and must hold for any seed: every transmitter is found, and nothing else is.
"""

from pathlib import Path

import msgspec
import pytest

from replay.detect import detect
from replay.scoring.evaluate import evaluate
from replay.simulate import Scenario, load_scenario, simulate
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

FOLDER = Path(__file__).parents[2] / "configs" / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
#: One in the short form, the others beside it in the long one.
SEEDS = (101, *(pytest.param(seed, marks=pytest.mark.long) for seed in (102, 103)))
DURATION_S = 900.0
ACTIVE_S = (240.0, 720.0)
PHONES = 700


def shortened(scenario: Scenario) -> Scenario:
    """The same scenario in a quarter of an hour, all transmitters on the air at the same time."""
    if not scenario.rogues:
        return scenario
    return msgspec.structs.replace(
        scenario,
        duration_s=DURATION_S,
        people=msgspec.structs.replace(scenario.people, phones=PHONES),
        rogues=tuple(
            msgspec.structs.replace(rogue, active_s=[ACTIVE_S]) for rogue in scenario.rogues
        ),
    )


def test_the_scenarios_are_those_that_are_expected() -> None:
    assert {"benign-city", "parked-blaster", "moving-blaster", "far-clone"} <= set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_transmitter_is_found_and_nothing_else(tmp_path: Path, name: str, seed: int) -> None:
    scenario = shortened(load_scenario(FOLDER / f"{name}.yaml"))
    simulate(scenario, seed, tmp_path / "trace")
    settings = load_settings(env={})
    detect(tmp_path / "trace", tmp_path / "out", settings, Hasher(b"k" * 32, settings.senders))
    scores = evaluate(tmp_path / "out" / "alerts.jsonl", tmp_path / "trace" / "truth.jsonl")
    missed = [score.id for score in scores.by_transmitter if not score.detected]
    assert (missed, scores.false_alert_ids) == ([], [])
    assert scores.transmitters == len(scenario.rogues)
    # Found while there is something to be done about it: well before it leaves.
    for score in scores.by_transmitter:
        assert score.delay_from_switch_on_s is not None
        assert score.delay_from_switch_on_s <= (ACTIVE_S[1] - ACTIVE_S[0]) / 2
