"""Shape functions of an additive model: what each feature of a caller adds, in nats.

They are piecewise linear between knots, level outside of them, and lie in ``shapes.csv`` beside
this file, by how many calls they were trained on. The table is written by
``python -m benchmarks.fraud_profile --write``; nothing of the sample is in it but the shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from detectors.model.columns import F8
from detectors.model.tables import fault, read_text

_PACKAGE: Final = "detectors.rules.fraud_profile"
_FILE: Final = "shapes.csv"
HEADER: Final = "calls_from,feature,knot,nats"
#: The row of what all callers of a band have.
BASE: Final = "base"


@dataclass(frozen=True, slots=True)
class Shape:
    """What one feature adds (nats) at each of its knots, which rise."""

    knots: tuple[float, ...]
    nats: tuple[float, ...]

    def at(self, values: F8) -> F8:
        """What it adds at some values; nought where a value isn't known (NaN).

        >>> Shape((0.0, 1.0), (2.0, -2.0)).at(np.array([-1.0, 0.25, np.nan])).tolist()
        [2.0, 1.0, 0.0]
        """
        added: F8 = np.interp(values, self.knots, self.nats)
        return np.where(np.isnan(values), 0.0, added)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The model of one band: what all have, and the shape of each feature."""

    base: float
    of: Mapping[str, Shape]

    def parts(self, features: Mapping[str, F8]) -> dict[str, F8]:
        """What each feature adds (nats)."""
        return {name: shape.at(features[name]) for name, shape in self.of.items()}

    def nats(self, features: Mapping[str, F8]) -> F8:
        """The log-likelihood ratio of fraud against honest (nats)."""
        total: F8 = self.base + np.sum(list(self.parts(features).values()), axis=0)
        return total


def growth(calls: F8, contacts: F8) -> F8:
    """How seldom a caller repeats: 0 where each call goes to another number, 1 where all go to one.

    It is the logarithm of calls per contact as a share of that of calls. As contacts grow by a
    power of calls, this stays about the same however long one looks. At least two calls are needed.

    >>> growth(np.array([10.0, 10.0, 100.0]), np.array([10.0, 1.0, 10.0])).tolist()
    [0.0, 1.0, 0.5]
    """
    share: F8 = np.log(calls / np.minimum(contacts, calls)) / np.log(calls)
    return share


@lru_cache(maxsize=1)
def shipped() -> dict[int, Shapes]:
    """The bands that ship, by the fewest calls of each, rising.

    Raises `ImportError` that names the line of the file that is wrong.
    """
    return parsed(read_text(_PACKAGE, _FILE))


def parsed(text: str) -> dict[int, Shapes]:
    """The bands of a table's text. Raises `ImportError` that names what is wrong."""
    lines = text.splitlines()
    if not lines or lines[0] != HEADER:
        raise fault(_PACKAGE, _FILE, f"the first line must be {HEADER!r}")
    bases: dict[int, float] = {}
    points: dict[int, dict[str, list[tuple[float, float]]]] = {}
    for number, line in enumerate(lines[1:], 2):
        try:
            band, feature, knot, nats = line.split(",")
            if feature == BASE:
                bases[int(band)] = float(nats)
            else:
                of = points.setdefault(int(band), {}).setdefault(feature, [])
                of.append((float(knot), float(nats)))
        except ValueError:
            raise fault(_PACKAGE, _FILE, f"line {number} is wrong: {line[:80]!r}") from None
    lacking = sorted(points.keys() - bases.keys())
    if lacking:
        raise fault(_PACKAGE, _FILE, f"the band from {lacking[0]} has no base")
    return {
        band: Shapes(bases[band], {name: _shape(at) for name, at in points[band].items()})
        for band in sorted(points)
    }


def _shape(points: list[tuple[float, float]]) -> Shape:
    knots, nats = zip(*sorted(points), strict=True)
    return Shape(knots, nats)


def written(bands: Mapping[int, Shapes]) -> str:
    """The text of a table, as `parsed` reads it."""
    lines = [HEADER]
    for band, shapes in bands.items():
        lines.append(f"{band},{BASE},,{shapes.base:g}")
        for name, shape in shapes.of.items():
            at = zip(shape.knots, shape.nats, strict=True)
            lines += [f"{band},{name},{knot:g},{nats:g}" for knot, nats in at]
    return "\n".join(lines) + "\n"
