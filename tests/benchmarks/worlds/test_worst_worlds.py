"""The worst drawn worlds that a search found: detection may only get better on them.

Beside each file's values stands what detection made of it when the file was written. Sums are
compared, since a change that is right may cost one world what it gains in others.
"""

from pathlib import Path

import pytest

from benchmarks.measuring.detection.runs import Setup
from benchmarks.measuring.worlds.world_runs import run_world
from replay.simulate.drawn.world_draw import DrawnFile, drawn_of, read_drawn

FOLDER = Path(__file__).parents[3] / "configs" / "suites" / "worst"
SHORT = 1


def reports(asked: DrawnFile) -> float:
    """How many reports a world has, about: what its simulation and detection cost."""
    value = drawn_of(asked).parameters
    return float(value["phones"]) * value["reporting_share"] / value["report_interval_s"]


def asked_for() -> list[DrawnFile]:
    """All files, the cheapest world first."""
    files = [read_drawn(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return sorted((asked for asked in files if asked is not None), key=reports)


def test_every_file_is_a_whole_world_with_what_is_known_of_it() -> None:
    files = asked_for()
    assert len(files) == len(list(FOLDER.glob("*.yaml"))) > 0
    for asked in files:
        assert asked.known is not None
        assert asked.known.false_alerts + asked.known.missed > 0
        assert drawn_of(asked).parameters == asked.parameters


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", [SHORT, pytest.param(None, marks=pytest.mark.long)])
def test_detection_is_no_worse_than_it_was(count: int | None) -> None:
    files = asked_for()[:count]
    runs = [run_world(Setup(), drawn_of(asked)) for asked in files]
    false, missed = sum(each.run.false_alerts for each in runs), sum(each.missed for each in runs)
    print(f"{len(runs)} worst worlds: {false} false alerts, {missed} missed")
    known = [asked.known for asked in files if asked.known is not None]
    assert false <= sum(each.false_alerts for each in known)
    assert missed <= sum(each.missed for each in known)
