"""Draws the values of a world from its seed, and keeps them as a small file.

Each value comes from a generator of its own, named after it, so that one which is given, or a
parameter that is new, shifts no other.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import msgspec
import numpy as np
from msgspec import Struct

from replay.simulate.drawn.parameters import TRANSMITTER, WORLD, Parameter, Value, named
from replay.simulate.scenario.scenario_types import ScenarioError, Strict
from streams.config.strict_yaml import convert, listed, read_yaml

Asked = TypeVar("Asked", bound=Strict)

DURATION_S = 2100.0
DEFAULT_SEED = 1
#: So many reports a world has at most, unless both parameters that decide it are given.
MOST_REPORTS = 60_000
REPORTS_EVERY = 1.5  # times the shortest interval, on the mean


class DrawnWorld(Struct, frozen=True):
    """All values of one world; what they do not name (where things stand) comes from the seed."""

    seed: int
    honest: bool
    parameters: dict[str, Value]
    transmitters: list[dict[str, Value]]


class Known(Strict, frozen=True):
    """What detection made of a world when its file was written."""

    false_alerts: int = 0
    missed: int = 0


class DrawnFile(Strict, frozen=True):
    """A YAML file that asks for a drawn world: ``parameters`` are given, the others drawn.

    A parameter of transmitters holds for all; ``transmitters`` gives those of each in turn.
    """

    drawn: bool
    seed: int | None = None
    honest: bool = False
    parameters: dict[str, Value] = {}  # noqa: RUF012 (msgspec copies it)
    transmitters: list[dict[str, Value]] | None = None
    known: Known | None = None


def draw(
    seed: int,
    *,
    honest: bool = False,
    given: Mapping[str, Value] | None = None,
    transmitters: list[dict[str, Value]] | None = None,
) -> DrawnWorld:
    """The values of a world. Raises `ScenarioError` for a value that no parameter may have."""
    given = {name: named(name).checked(value) for name, value in (given or {}).items()}
    values = {
        each.name: given.get(each.name, each.draw(generator(seed, each.name))) for each in WORLD
    }
    values = _affordable(values, given)
    if transmitters is not None:
        values["transmitters"] = len(transmitters)
    count = 0 if honest else int(values["transmitters"])
    known = transmitters or [{}] * count
    drawn = [
        {
            each.name: given.get(each.name, each.draw(generator(seed, f"{each.name} {number}")))
            for each in TRANSMITTER
        }
        | {name: named(name).checked(value) for name, value in known[number].items()}
        for number in range(count)
    ]
    return DrawnWorld(seed, honest, values, drawn)


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one value."""
    return np.random.default_rng([seed, crc32(f"drawn {name}".encode())])


def read_drawn(path: Path) -> DrawnFile | None:
    """The file as one that asks for a drawn world; None where it says nothing of ``drawn``.

    Raises `ScenarioError`.
    """
    return read_asked(path, "drawn", DrawnFile)


def read_asked(path: Path, word: str, kind: type[Asked]) -> Asked | None:
    """A YAML file that asks for what a word stands for; None where it says nothing of it.

    Raises `ScenarioError`.
    """
    tree = read_yaml(path, ScenarioError)
    if not (isinstance(tree, dict) and tree.get(word)):
        return None
    problems: list[str] = []
    asked = convert(tree, kind, "", problems)
    if problems:
        raise ScenarioError(listed(str(path), problems))
    assert isinstance(asked, kind)
    return asked


def drawn_of(asked: DrawnFile, seed: int | None = None) -> DrawnWorld:
    """The world that a file asks for, with its own seed unless another is named."""
    own = DEFAULT_SEED if asked.seed is None else asked.seed
    return draw(
        own if seed is None else seed,
        honest=asked.honest,
        given=asked.parameters,
        transmitters=asked.transmitters,
    )


def parameters_of(
    texts: Sequence[str], parameter: Callable[[str], Parameter] = named
) -> dict[str, Value]:
    """Values as a person writes them, each ``NAME=VALUE``; ``parameter`` finds one by its name.

    Raises `ScenarioError`.
    """
    pairs = [text.partition("=") for text in texts]
    return {
        name.strip(): parameter(name.strip()).checked(value.strip()) for name, _, value in pairs
    }


def as_file(world: DrawnWorld, known: Known | None = None) -> bytes:
    """A YAML file of all values, from which the same world is made again.

    The format of JSON values is that of YAML too.
    """
    lines = ["drawn: true", f"seed: {world.seed}", f"honest: {_text(world.honest)}"]
    if known is not None:
        lines.append(f"known: {{false_alerts: {known.false_alerts}, missed: {known.missed}}}")
    lines += ["parameters:", *(f"  {name}: {_text(v)}" for name, v in world.parameters.items())]
    if world.transmitters:
        lines.append("transmitters:")
        for each in world.transmitters:
            first, *rest = (f"{name}: {_text(value)}" for name, value in each.items())
            lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return "".join(line + "\n" for line in lines).encode()


def _text(value: Value | bool) -> str:
    return msgspec.json.encode(value).decode()


def _affordable(values: dict[str, Value], given: Mapping[str, Value]) -> dict[str, Value]:
    """The values with fewer phones that report, or else less often, where reports are too many."""
    phones, share = float(values["phones"]), float(values["reporting_share"])
    interval_s = float(values["report_interval_s"])
    reports = phones * share * DURATION_S / (REPORTS_EVERY * interval_s)
    if reports <= MOST_REPORTS:
        return values
    part = MOST_REPORTS / reports
    for name, wanted in (
        ("reporting_share", share * part),
        ("report_interval_s", interval_s / part),
    ):
        if name not in given:
            parameter = named(name)
            rounded = float(f"{wanted:.3g}")
            return values | {name: min(max(rounded, parameter.low), parameter.high)}
    return values
