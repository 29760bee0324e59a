"""What detection must hold on the suites: one seed that nothing was built or calibrated on.

Every attack and every honest oddity of the suites is simulated, detected and judged as in
`benchmarks/science.py`. Among some thirty transmitters the shares asked for are met or missed by
one or two; more seeds, with intervals, are in docs/evaluation.md.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.measuring.detection.cases import cases, scenario_files
from benchmarks.measuring.detection.runs import Found, Run, Setup, run_all, simulate_all

# Some sixty simulated hours are the first test's to wait for.
pytestmark = pytest.mark.timeout(3600)

SEED = 901
ON_AIR_S, DEVICES = 120.0, 8


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    work = tmp_path_factory.mktemp("suites")
    every = cases(scenario_files(["attacks", "benign"]), [SEED])
    jobs = min(2, os.cpu_count() or 1)
    simulate_all(every, work, jobs)
    return run_all(every, Setup(), work, jobs, "suites")


def transmitters(runs: Sequence[Run]) -> list[Found]:
    return [found for run in runs for found in run.found if found.active_s > ON_AIR_S]


def test_the_suites_are_all_there(runs: list[Run]) -> None:
    names = {run.scenario for run in runs}
    assert len([name for name in names if name.startswith("attacks/")]) >= 27
    assert len([name for name in names if name.startswith("benign/")]) >= 32
    assert len(transmitters(runs)) >= 27


def test_transmitters_are_found(runs: list[Run]) -> None:
    every = transmitters(runs)
    missed = [found.id for found in every if not found.detected]
    assert len(missed) <= 0.05 * len(every), missed
    for kind in {found.kind for found in every}:
        of_kind = [found for found in every if found.kind == kind]
        assert sum(found.detected for found in of_kind) >= 0.85 * len(of_kind), kind


def test_honest_networks_raise_no_alert(runs: list[Run]) -> None:
    raised = {
        run.scenario: run.highest
        for run in runs
        if run.scenario.startswith("benign/") and (run.highest or 0.0) >= 0.5
    }
    assert raised == {}


def test_they_are_found_in_time(runs: list[Run]) -> None:
    delays = [
        found.from_first_return_s
        for found in transmitters(runs)
        if found.victims >= DEVICES and found.from_first_return_s is not None
    ]
    assert np.median(delays) <= 60.0
    assert np.percentile(delays, 95) <= 180.0


def test_scenarios_are_those_of_the_folders() -> None:
    folder = Path(__file__).parents[2] / "configs" / "suites"
    files = {path for path in folder.glob("*/*.yaml") if path.parent.name != "settings"}
    assert {path.resolve() for path in scenario_files(["attacks", "benign"])} == {
        path.resolve() for path in files
    }
