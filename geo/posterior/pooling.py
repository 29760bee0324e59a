"""One posterior of several estimators that share their data but not their assumptions.

Each estimator is surer of itself than it should be where its own assumptions fail: a filter of
particles where the way is unlike its motions, a fix where the transmitter did move. A linear pool
(Stone 1961) holds all of their places, each with its share: it is as narrow as they are where they
agree, and wide where they don't. Its region never misses what the region of a member at a level
somewhat higher holds.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior, hill_top

CELLS = 97  # a side; odd
LEFT_OUT = 1e-3  # probability that the grid may leave out on each side


def pooled(members: Sequence[tuple[float, Posterior]]) -> Posterior:
    """The mixture of posteriors by their shares (their sum does not matter).

    All but the place is the first one's. Raises ValueError where there is no member.
    """
    if not members:
        raise ValueError("a pool needs a member")
    first = members[0][1]
    if len(members) == 1:
        return first
    placed = [(share, each, *_axes_in(first, each)) for share, each in members]
    x = _axis([(share, columns, each.p.sum(axis=0)) for share, each, columns, _ in placed])
    y = _axis([(share, lines, each.p.sum(axis=1)) for share, each, _, lines in placed])
    p = np.zeros((y.size, x.size))
    for share, each, columns, lines in placed:
        part = _between(lines, y) @ each.p @ _between(columns, x).T
        held = part.sum()
        if held > 0.0:  # else its share is so small that the grid leaves all of it out
            p += share * part / held
    p /= p.sum()
    return replace(first, x=x, y=y, p=p, mode_xy=hill_top(x, y, p))


def _axes_in(first: Posterior, other: Posterior) -> tuple[Floats, Floats]:
    """The axes of another posterior in the frame of the first; frames of one set of reports are
    near each other, so that one is the other moved."""
    if other.frame == first.frame:
        return other.x, other.y
    middle_x, middle_y = float(np.mean(other.x)), float(np.mean(other.y))
    at_x, at_y = first.frame.to_xy(*other.frame.to_latlon(middle_x, middle_y))
    return other.x + (float(at_x) - middle_x), other.y + (float(at_y) - middle_y)


def _axis(members: Sequence[tuple[float, Floats, Floats]]) -> Floats:
    """An axis as long as what is probable along it, of shares, lines and masses along these."""
    at = np.concatenate([lines for _, lines, _ in members])
    mass = np.concatenate([share * along / along.sum() for share, _, along in members])
    order = np.argsort(at, kind="stable")
    upto = np.cumsum(mass[order])
    low, high = np.searchsorted(upto, np.array([LEFT_OUT, 1.0 - LEFT_OUT]) * upto[-1])
    step = max(float(lines[1] - lines[0]) for _, lines, _ in members)
    first, last = at[order[low]], at[order[min(high, at.size - 1)]]
    return np.linspace(first - step, last + step, CELLS)


def _between(axis: Floats, at: Floats) -> Floats:
    """Weights of the lines of an evenly spaced axis for places between them, shape (at, axis).

    Where the places are farther apart than the lines, each takes all lines that are nearest to it,
    so that no narrow hill falls between.
    """
    step = max(float(axis[1] - axis[0]), float(at[1] - at[0]))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(at[:, None] - axis) / step))
