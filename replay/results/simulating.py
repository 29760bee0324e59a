"""Simulation as a function that a program or a notebook calls."""

import atexit
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import msgspec

from replay.simulate import Scenario, ScenarioError, simulate_any
from replay.simulate import simulate as simulate_scenario
from replay.simulate.drawn.world_draw import DEFAULT_SEED
from streams.config.shipped import no_such_scenario, scenario_file
from streams.progress import shown

_DRAWN: Final = "drawn"
_DRAWN_CALLS: Final = "drawn-calls"


def simulate(
    scenario: str | Path | Mapping[str, Any] = _DRAWN,
    out: str | Path | None = None,
    *,
    seed: int | None = None,
    honest: bool = False,
    parameters: Mapping[str, str | int | float | bool] | None = None,
    progress: bool = False,
) -> Path:
    """Makes a trace with its truth, and returns its folder.

    ``scenario`` is the name of one that ships (``moving-blaster``; `cellhound simulate --list`), a
    YAML file, its content as a mapping, or ``drawn`` or ``drawn-calls`` for a world of which
    everything uncertain is drawn: ``parameters`` of it are given instead, ``honest`` leaves
    transmitters and frauds out (docs/drawn.md). Without ``out`` it is a temporary folder that goes
    when Python ends. The same scenario and ``seed`` make the same trace. Raises
    `replay.simulate.ScenarioError`.
    """
    folder = _temporary(scenario, seed) if out is None else Path(out)
    given = [f"{name}={value}" for name, value in (parameters or {}).items()]
    with shown(everywhere=progress):
        if isinstance(scenario, Mapping):
            if honest or given:
                raise ScenarioError("the scenario isn't drawn; nothing of it can be drawn")
            plan = _converted(scenario)
            simulate_scenario(plan, DEFAULT_SEED if seed is None else seed, folder)
        else:
            drawn, drawn_calls = str(scenario) == _DRAWN, str(scenario) == _DRAWN_CALLS
            path = None if drawn or drawn_calls else _file(scenario)
            more: dict[str, Any] = {"seed": seed, "honest": honest, "given": given}
            simulate_any(path, folder, drawn=drawn, drawn_calls=drawn_calls, **more)
    return folder


def _file(scenario: str | Path) -> Path:
    if found := scenario_file(scenario):
        return found
    raise ScenarioError(no_such_scenario(str(scenario)))


def _converted(scenario: Mapping[str, Any]) -> Scenario:
    try:
        return msgspec.convert(dict(scenario), Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"the scenario: {error}") from error


def _temporary(scenario: str | Path | Mapping[str, Any], seed: int | None) -> Path:
    """A folder of its own, named after the scenario, that goes when Python ends."""
    above = Path(mkdtemp(prefix="cellhound-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    named = str(scenario.get("name")) if isinstance(scenario, Mapping) else Path(scenario).stem
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", named).strip("-") or "trace"
    return above / (plain if seed is None else f"{plain}-{seed}")
