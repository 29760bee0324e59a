"""Where a transmitter is, from what phones report of it: reports in, posterior out.

At every cell of a grid the evidence is added up in logarithms: levels (path loss with power,
slope and noise integrated out), receivers at their top, timing advances (common offset integrated
out), places that were merely within reach, and phones that heard nothing. A coarse grid finds
where the probability is, the rows that don't fit lose weight (Huber), and a fine grid over what is
left gives the posterior. The sum is tempered (raised to `alpha` < 1), because real shadowing is
more alike than any model of it: 0.85 makes the regions hold what they promise in simulation.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from geo import timing, tobit
from geo.frame import Frame
from geo.pathloss import PathlossPrior, huber_weight
from geo.posterior import Posterior, hill_top, normalised
from geo.reports import Reports, Silent, gated
from geo.scene import Evidence, Scene
from geo.sphere import Floats
from geo.votes import Votes, geometric_median, votes_of

__all__ = ["PathlossPrior", "Posterior", "Reports", "Silent", "locate"]

ALPHA = 0.85
COARSE, FINE = 41, 57  # cells a side; odd, so that every second line reaches both edges
MARGIN_M = 600.0  # around the phones: the transmitter may stand outside
MARGIN_MAX_M = 6_000.0
EDGE_MASS = 0.02  # probability at the border that widens the grid
LEFT_OUT = 2e-4  # probability that a finer grid may leave out
ZOOMS = 3
CONFLICT_CHANCE = 1e-3  # of so many misfitting advances, were they honest
CONFLICT_NATS = 8.0  # by which the levels resist where the advances point
CORE_M = 1_500.0  # rows nearer than this, or thrice the median distance, span the grid


def locate(
    reports: Reports,
    *,
    at_s: float | None = None,
    prior: PathlossPrior | None = None,
    silent: Silent | None = None,
    alpha: float = ALPHA,
) -> Posterior | None:
    """Posterior of the place of one transmitter; None where no row has a usable place.

    Rows later than `at_s` (seconds) are ignored. `prior` is that of the technology
    (`geo.pathloss.PRIORS`), GSM's by default. `silent` holds phones that could have been taken
    and were not. Independent of the order of rows and of the values of device codes. Raises
    ValueError where `alpha` lies outside (0, 1].
    """
    if not 0.0 < alpha <= 1.0:
        raise ValueError(f"alpha must lie in (0, 1], not {alpha}")
    found = votes_of(gated(reports, at_s))
    if found is None:
        return None
    frame, votes = found
    middle = geometric_median(votes.x, votes.y, votes.weight)
    quiet = tobit.quiet_squares(silent, frame, middle)
    scene = Scene.of(votes, quiet, prior or PathlossPrior())
    box = _first_box(votes, middle)
    posterior = _solved(scene, box, frame, alpha)
    if posterior.ta_conflict:
        posterior = _solved(scene.without_timing(), box, frame, alpha, ta_conflict=True)
    return posterior


@dataclass(frozen=True, slots=True)
class _Box:
    west: float
    east: float
    south: float
    north: float

    def axes(self, cells: int) -> tuple[Floats, Floats]:
        return np.linspace(self.west, self.east, cells), np.linspace(self.south, self.north, cells)

    def widened(self, margin_m: float) -> "_Box":
        return _Box(
            self.west - margin_m, self.east + margin_m, self.south - margin_m, self.north + margin_m
        )


def _solved(
    scene: Scene, box: _Box, frame: Frame, alpha: float, ta_conflict: bool = False
) -> Posterior:
    box, trust = _coarse(scene, box, alpha)
    x, y = box.axes(FINE)
    evidence = scene.evidence(x, y, trust)
    flat = normalised(alpha * evidence.log_all)
    p = flat.reshape(y.size, x.size)
    heard = scene.level.x.size > 0
    if scene.devices < 3:  # a ring or a pair of lobes: its middle, not a point on its rim
        mode = float(p.sum(axis=0) @ x), float(p.sum(axis=1) @ y)
    else:
        mode = hill_top(x, y, p)
    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=mode,
        devices=scene.devices,
        power_dbm_100m=float(flat @ evidence.fit.power_dbm) if heard else None,
        exponent=float(flat @ evidence.fit.exponent) if heard else None,
        sigma_db=float(flat @ np.sqrt(evidence.fit.variance_db2)) if heard else None,
        ta_conflict=ta_conflict or _timing_conflicts(scene, evidence, x, y),
    )


def _coarse(scene: Scene, box: _Box, alpha: float) -> tuple[_Box, Floats]:
    """The part of the box that holds the probability, and how far each level is trusted."""
    trust = np.ones(scene.level.x.size)
    margin = MARGIN_M
    while True:
        x, y = box.axes(COARSE)
        evidence = scene.evidence(x, y, trust)
        mass = normalised(alpha * evidence.log_all)
        edge = mass.reshape(COARSE, COARSE).copy()
        edge[1:-1, 1:-1] = 0.0
        if edge.sum() <= EDGE_MASS or margin >= MARGIN_MAX_M:
            break
        box = box.widened(margin)
        margin *= 2.0
    trust = huber_weight(evidence.u, scene.level.level_dbm, evidence.fit, mass)
    known: Evidence | None = evidence
    for _ in range(ZOOMS):
        log_all = scene.evidence(x, y, trust, known).log_all
        mass, known = normalised(alpha * log_all).reshape(COARSE, COARSE), None
        inner = _holding(mass, x, y)
        shrunk = max(
            (inner.east - inner.west) / (box.east - box.west),
            (inner.north - inner.south) / (box.north - box.south),
        )
        box = inner
        if shrunk > 0.5:
            break
        x, y = box.axes(COARSE)
    return box, trust


def _holding(mass: Floats, x: Floats, y: Floats) -> _Box:
    """Bounds of the likeliest cells that hold all but `LEFT_OUT`, and one cell around them."""
    flat = mass.ravel()
    order = np.argsort(-flat, kind="stable")
    held = int(np.searchsorted(np.cumsum(flat[order]), 1.0 - LEFT_OUT)) + 1
    row, column = np.unravel_index(order[:held], mass.shape)
    step_x, step_y = x[1] - x[0], y[1] - y[0]
    return _Box(
        float(x[column.min()] - step_x),
        float(x[column.max()] + step_x),
        float(y[row.min()] - step_y),
        float(y[row.max()] + step_y),
    )


def _first_box(votes: Votes, middle: tuple[float, float]) -> _Box:
    """Around the rows that hang together, as far as the transmitter may stand from them."""
    reach = np.isfinite(votes.place_sigma_m)
    if (~reach).sum() >= 3:
        votes, reach = votes.take(~reach), reach[~reach]
    apart = np.hypot(votes.x - middle[0], votes.y - middle[1])
    core = apart <= max(CORE_M, 3.0 * float(np.median(apart)))
    if not core.any():
        core[:] = True
    x, y = votes.x[core], votes.y[core]
    margin = MARGIN_M
    if reach[core].any():
        margin = max(margin, 2.5 * float(np.median(votes.place_sigma_m[core & reach])))
    timed = np.isfinite(votes.timing_advance)
    if timed.any():
        _, outer = timing.ring_m(votes.timing_advance[timed], votes.ta_step_m[timed])
        margin = max(margin, float(np.median(outer)) + 2.0 * timing.OFFSET_SD_M)
    bounds = _Box(float(x.min()), float(x.max()), float(y.min()), float(y.max()))
    return bounds.widened(min(margin, MARGIN_MAX_M))


def _timing_conflicts(scene: Scene, evidence: Evidence, x: Floats, y: Floats) -> bool:
    """Whether more advances misfit than chance allows, or they point where no level does."""
    rows = scene.timed
    if rows.x.size == 0:
        return False
    best = int(np.argmax(evidence.log_all))
    resisted = evidence.log_rest.max() - evidence.log_rest[best]
    row, column = divmod(best, x.size)
    distance = np.hypot(rows.x - x[column], rows.y - y[row])
    share = timing.outlier_share(
        distance, rows.timing_advance, rows.ta_step_m, rows.sigma_m, rows.weight
    )
    misfits = round(share * rows.x.size)
    chance = bdtrc(misfits - 1, rows.x.size, timing.OUTLIERS) if misfits else 1.0
    return bool(chance < CONFLICT_CHANCE or resisted > CONFLICT_NATS)
