"""The area to search: from one that must hold the transmitter to the part that does.

A coarse grid is laid over the phones and widened while probability lies at its border. Its result
corrects the weights of the levels, and the grid closes in on the area that is still likely.
"""

from dataclasses import dataclass

import numpy as np

from geo.earth.sphere import Floats
from geo.likelihood.evidence_terms import Evidence, EvidenceTerms
from geo.posterior.posterior import normalised
from geo.radio import timing_advance
from geo.reports.crowd_centre import core
from geo.reports.device_weights import WeightedReports

COARSE = 33  # cells a side; odd, so that every second line reaches both edges
MARGIN_M = 600.0  # around the phones: the transmitter may stand outside
MARGIN_MAX_M = 6_000.0
EDGE_MASS = 0.02  # probability at the border that widens the grid
LEFT_OUT = 2e-4  # probability that a finer grid may leave out
ZOOMS = 3


@dataclass(frozen=True, slots=True)
class Box:
    """An area of the frame, metres."""

    west: float
    east: float
    south: float
    north: float

    def axes(self, cells: int) -> tuple[Floats, Floats]:
        """Evenly spaced x and y from border to border."""
        return np.linspace(self.west, self.east, cells), np.linspace(self.south, self.north, cells)

    def widened(self, margin_m: float) -> "Box":
        """Larger by the margin on every side."""
        return Box(
            self.west - margin_m, self.east + margin_m, self.south - margin_m, self.north + margin_m
        )

    def around(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            min(self.west, other.west),
            max(self.east, other.east),
            min(self.south, other.south),
            max(self.north, other.north),
        )


def first_box(weighted: WeightedReports, middle: tuple[float, float]) -> Box:
    """Around the core of the rows, as far as the transmitter may stand from them."""
    reach = np.isfinite(weighted.place_sigma_m)
    if (~reach).sum() >= 3:
        weighted, reach = weighted.take(~reach), reach[~reach]
    near = core(weighted.x, weighted.y, middle)
    x, y = weighted.x[near], weighted.y[near]
    margin = MARGIN_M
    if reach[near].any():
        margin = max(margin, 2.5 * float(np.median(weighted.place_sigma_m[near & reach])))
    timed = np.isfinite(weighted.timing_advance)
    if timed.any():
        _, outer = timing_advance.ring_m(weighted.timing_advance[timed], weighted.ta_step_m[timed])
        margin = max(margin, float(np.median(outer)) + 2.0 * timing_advance.OFFSET_SD_M)
    bounds = Box(float(x.min()), float(x.max()), float(y.min()), float(y.max()))
    return bounds.widened(min(margin, MARGIN_MAX_M))


def spread(terms: EvidenceTerms, box: Box, alpha: float) -> tuple[Box, Evidence]:
    """The box widened until it holds the probability, and the evidence over its coarse grid."""
    margin = MARGIN_M
    while True:
        evidence = over(terms, box)
        edge = normalised(evidence.tempered(alpha)).reshape(COARSE, COARSE)
        edge[1:-1, 1:-1] = 0.0
        if edge.sum() <= EDGE_MASS or margin >= MARGIN_MAX_M:
            return box, evidence
        box = box.widened(margin)
        margin *= 2.0


def over(terms: EvidenceTerms, box: Box) -> Evidence:
    """The evidence over the coarse grid of a box, every level with full weight."""
    return terms.evidence(*box.axes(COARSE), np.ones(terms.level.x.size))


@dataclass(frozen=True, slots=True)
class Found:
    """The area that holds the probability, with the terms and the weights of levels for it.

    `trust` is the weight of each level. `mass` is the probability over the last coarse grid, whose
    axes are `x` and `y`.
    """

    box: Box
    terms: EvidenceTerms
    trust: Floats
    x: Floats
    y: Floats
    mass: Floats


def narrowed(terms: EvidenceTerms, box: Box, evidence: Evidence, alpha: float) -> Found:
    """Closes in on the likely area, from a box and the evidence over its coarse grid."""
    x, y = box.axes(COARSE)
    mass = normalised(evidence.tempered(alpha))
    plain = terms
    terms, trust = plain.refined(evidence, mass)
    known: Evidence | None = evidence
    for zoom in range(ZOOMS):
        evidence = terms.evidence(x, y, trust, known)
        mass, known = normalised(evidence.tempered(alpha)), None
        if zoom <= 1:  # again on a finer grid, whose position no longer matters
            terms, trust = plain.refined(evidence, mass)
        last = x, y, mass.reshape(COARSE, COARSE)
        inner = _holding(last[2], x, y)
        shrunk = max(
            (inner.east - inner.west) / (box.east - box.west),
            (inner.north - inner.south) / (box.north - box.south),
        )
        box = inner
        if shrunk > 0.5:
            break
        x, y = box.axes(COARSE)
    return Found(box, terms, trust, *last)


def _holding(mass: Floats, x: Floats, y: Floats) -> Box:
    """Bounds of the likeliest cells that hold all but `LEFT_OUT`, widened by one cell."""
    flat = mass.ravel()
    order = np.argsort(-flat, kind="stable")
    held = int(np.searchsorted(np.cumsum(flat[order]), 1.0 - LEFT_OUT)) + 1
    row, column = np.unravel_index(order[:held], mass.shape)
    step_x, step_y = x[1] - x[0], y[1] - y[0]
    return Box(
        float(x[column.min()] - step_x),
        float(x[column.max()] + step_x),
        float(y[row.min()] - step_y),
        float(y[row.max()] + step_y),
    )
