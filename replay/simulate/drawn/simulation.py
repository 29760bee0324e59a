"""Simulates a drawn world: its trace with the truth, and `world.json` with the values.

`world.json` also holds which rows of the register are wrong, and how, for whoever audits registers.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import structs

from replay.simulate.drawn.world_draw import (
    DEFAULT_SEED,
    DrawnFile,
    DrawnWorld,
    drawn_of,
    parameters_of,
    read_drawn,
)
from replay.simulate.drawn.world_scenario import scenario_of
from replay.simulate.happenings import effects_of
from replay.simulate.run import Summary, draw_world, simulate, write_world
from replay.simulate.scenario.scenario import Scenario, load_scenario
from replay.simulate.scenario.scenario_types import ScenarioError


def simulate_drawn(
    drawn: DrawnWorld, out: Path, callbacks: Mapping[str, str] | None = None
) -> Summary:
    """Writes the trace of a drawn world to the folder ``out``. The same values, the same bytes.

    ``callbacks`` are numbers that the texts of transmitters ask to ring, by the transmitter's id.
    Raises `ScenarioError` where a clone finds no cell to copy.
    """
    scenario = _with_callbacks(scenario_of(drawn), callbacks or {})
    effects = effects_of(scenario, drawn.seed)
    world = draw_world(scenario, drawn.seed, effects)
    summary = write_world(world, effects, out)
    described = {
        **msgspec.to_builtins(drawn),
        "duration_s": scenario.duration_s,
        "cells_on_air": int(world.network.site_in_city[world.network.site].sum()),
        "witnesses": summary.witnesses,
        "register_flaws": [
            {"key": flaw.key, "problem": flaw.problem}
            | ({} if flaw.offset_m is None else {"offset_m": flaw.offset_m})
            | ({} if flaw.registered is None else {"registered": flaw.registered})
            for flaw in world.register.flaws
        ],
    }
    (out / "world.json").write_bytes(msgspec.json.format(msgspec.json.encode(described)) + b"\n")
    return summary


def _with_callbacks(scenario: Scenario, callbacks: Mapping[str, str]) -> Scenario:
    rogues = tuple(
        rogue
        if rogue.sms is None
        else structs.replace(
            rogue, sms=structs.replace(rogue.sms, callback=callbacks.get(rogue.id))
        )
        for rogue in scenario.rogues
    )
    return structs.replace(scenario, rogues=rogues)


def simulate_before(drawn: DrawnWorld, out: Path, hours: float, day: int) -> None:
    """Writes the trace of an hour of a drawn world's city that begins so many ``hours`` before it,
    without any transmitter: what an installation has seen when the world begins. Its people are
    there, and go other ways on each ``day``."""
    now = scenario_of(structs.replace(drawn, honest=True, transmitters=[]))
    start_ms = now.start_ms - round(hours * 3_600_000)
    scenario = structs.replace(now, start_ms=start_ms, duration_s=3600.0)
    effects = effects_of(scenario, drawn.seed)
    write_world(draw_world(scenario, drawn.seed, effects, now, day), effects, out)


def simulate_asked(
    path: Path | None,
    out: Path,
    *,
    seed: int | None = None,
    drawn: bool = False,
    honest: bool = False,
    given: Sequence[str] = (),
) -> Summary:
    """Simulates what a person asks for: a scenario's file, or a drawn world with or without one.

    Without ``seed`` that of the file holds, else `DEFAULT_SEED`. ``given`` are ``NAME=VALUE`` of
    drawn parameters. Raises `ScenarioError`.
    """
    asked = None if path is None else read_drawn(path)
    if asked is None and path is not None:
        if drawn or honest or given:
            raise ScenarioError(f"{path}: a scenario that isn't drawn; nothing of it can be drawn")
        return simulate(load_scenario(path), DEFAULT_SEED if seed is None else seed, out)
    if asked is None:
        if not drawn:
            raise ScenarioError("what to simulate? name a scenario, or draw a world with --drawn")
        asked = DrawnFile(drawn=True)
    more = {**asked.parameters, **parameters_of(given)}
    asked = structs.replace(asked, parameters=more, honest=asked.honest or honest)
    return simulate_drawn(drawn_of(asked, seed), out)
