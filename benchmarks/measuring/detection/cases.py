"""What is measured: scenario files times seeds, each simulated once and kept.

A kept trace lies in a folder named by the scenario's content, the simulator's own source and the
seed, so that a change of either never meets an old trace.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from replay.simulate import Scenario, load_scenario, simulate
from replay.simulate.happenings import effects_of
from replay.simulate.run import draw_world, write_world
from replay.simulate.world import World
from streams.config.settings import configs_dir

#: Folders of scenarios under the shipped configuration, measured in this order.
SUITES = ("scenarios", "suites/attacks", "suites/benign")
_VICTIMS = "victims.json"


class Case(msgspec.Struct, frozen=True):
    """One trace to be: a scenario file and a seed."""

    scenario: Path
    seed: int

    @property
    def name(self) -> str:
        """The suite and the scenario in it, such as ``attacks/far-clone``."""
        return names_of(self.scenario)[0]


def scenario_files(only: Sequence[str] = ()) -> list[Path]:
    """All scenario files of the suites, or those of which the name or the suite is in ``only``.

    Raises `ValueError` for a name that fits nothing.
    """
    folders = [configs_dir() / suite for suite in SUITES]
    files = [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
    fitting = {name: [path for path in files if name in names_of(path)] for name in only}
    if unknown := [name for name, found in fitting.items() if not found]:
        known = sorted({name for path in files for name in names_of(path)})
        raise ValueError(f"no scenario or suite {', '.join(unknown)}; there are {', '.join(known)}")
    wanted = {path for found in fitting.values() for path in found}
    return [path for path in files if not only or path in wanted]


def names_of(path: Path) -> tuple[str, str, str]:
    """By what a scenario can be chosen: in full, by its own name and by its suite's.

    >>> names_of(Path("configs/suites/attacks/far-clone.yaml"))
    ('attacks/far-clone', 'far-clone', 'attacks')
    """
    return f"{path.parent.name}/{path.stem}", path.stem, path.parent.name


def names_in(text: str) -> list[str]:
    """Names as a person writes them, with commas between; none for an empty text."""
    return [name.strip() for name in text.split(",") if name.strip()]


def seeds_in(text: str) -> list[int]:
    """Seeds as a person writes them. Raises `ValueError`.

    >>> seeds_in("1-3,7")
    [1, 2, 3, 7]
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise ValueError(f"seeds are numbers and spans such as 1-3,7: {part.strip()!r} is none")
        seeds += range(int(first), int(last if dash else first) + 1)
    if not seeds:
        raise ValueError(f"{text!r} names no seed")
    return list(dict.fromkeys(seeds))


def cases(files: Iterable[Path], seeds: Iterable[int]) -> list[Case]:
    """Every scenario with every seed."""
    seeds = list(seeds)
    return [Case(path, seed) for path in files for seed in seeds]


def trace_of(case: Case, work: Path) -> Path:
    """The folder of a case's trace, simulated unless it is kept in ``work`` already."""
    digest = hashlib.blake2b(case.scenario.read_bytes() + _simulator(), digest_size=6).hexdigest()
    folder = work / "traces" / f"{case.scenario.stem}-{case.seed}-{digest}"
    if folder.is_dir():
        return folder
    scenario = load_scenario(case.scenario)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    effects = effects_of(scenario, case.seed)
    world = draw_world(scenario, case.seed, effects)
    write_world(world, effects, unfinished)
    (unfinished / _VICTIMS).write_bytes(msgspec.json.encode(_victims(world)))
    try:
        unfinished.rename(folder)
    except OSError:  # Another process was quicker; its trace is the same.
        shutil.rmtree(unfinished)
    return folder


def victims_of(trace: Path) -> dict[str, int]:
    """Distinct phones that each transmitter took and let go before the trace's end, by its id.

    Only a phone that is back can report, so these are the devices that a transmitter left evidence
    on, whatever detectors make of it.
    """
    return msgspec.json.decode((trace / _VICTIMS).read_bytes(), type=dict[str, int])


def scenario_of(case: Case) -> Scenario:
    """The scenario itself. Raises `ScenarioError`."""
    return load_scenario(case.scenario)


def _victims(world: World) -> dict[str, int]:
    captures = world.captures
    back = captures.back_s <= world.scenario.duration_s
    return {
        each.spec.id: len(np.unique(captures.phone[back & (captures.transmitter == index)]))
        for index, each in enumerate(world.transmitters)
    }


@cache
def _simulator() -> bytes:
    """The source of the simulator."""
    folder = Path(simulate.__code__.co_filename).parent
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))
