"""The traces that two states of the code are compared on."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from replay.traces.trace_files import TraceError, open_trace

from .code import Code

#: Folders of scenarios under ``configs``.
SUITES = ("scenarios", "suites/attacks", "suites/benign")


class Case(Struct, frozen=True):
    """A trace by its name: one to be simulated, or a folder that is there (``scenario`` None)."""

    name: str
    trace: Path
    scenario: Path | None = None
    seed: int = 0


def simulated(base: Code, seeds: Iterable[int], folder: Path) -> list[Case]:
    """Every scenario of the base's code with every seed; the traces go into ``folder``."""
    seeds = list(seeds)
    return [
        Case(name, folder / name, path, seed)
        for suite in SUITES
        for path in sorted((base.folder / "configs" / suite).glob("*.yaml"))
        for seed in seeds
        for name in (f"{path.parent.name}-{path.stem}-{seed}",)
    ]


def recorded(data: Path) -> list[Case]:
    """Every trace in a folder, or in a folder of it, named by its path from there."""
    folders = [*sorted(data.glob("*/")), *sorted(data.glob("*/*/"))]
    return [
        Case("-".join(folder.relative_to(data).parts), folder)
        for folder in folders
        if _is_trace(folder)
    ]


def chosen(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    """The cases with any of the texts in their names, all without any. Raises `ValueError`."""
    for text in only:
        if not any(text in case.name for case in cases):
            raise ValueError(f"no trace has {text!r} in its name; there are {_names(cases)}")
    return [case for case in cases if not only or any(text in case.name for text in only)]


def made(case: Case, base: Code) -> None:
    """Simulates a case's trace with the base's code unless it is there. Raises `CodeError`."""
    if case.scenario is None or case.trace.is_dir():
        return
    unfinished = case.trace.with_name(f"{case.trace.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    base.run("simulate", case.scenario, "--seed", str(case.seed), "--out", unfinished)
    unfinished.rename(case.trace)


def _is_trace(folder: Path) -> bool:
    try:
        open_trace(folder)
    except TraceError:
        return False
    return True


def _names(cases: Sequence[Case]) -> str:
    return ", ".join(case.name for case in cases)
