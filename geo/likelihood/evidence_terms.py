"""All evidence about one transmitter: its log-likelihood at each place of a grid, term by term.

The terms add up: levels, receivers at their top, timing advances, bearings, places within reach,
silent phones.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.likelihood import censored_levels, release_places
from geo.likelihood.grids import SecondLines, Singles, squared_m2
from geo.radio import bearings, pathloss, timing_advance
from geo.radio.camping_bias import as_if_unselected, camping_from
from geo.radio.pathloss import Fit, PathlossPrior, log_distance
from geo.reports.device_weights import WeightedReports

INSTRUMENT_REACH_M = 2_000.0  # reach to a team or scanner, whose receivers are better than phones
REACH_DOF = 4.0  # degrees of freedom of "within reach": heavy tails
# Correlation between the places of phones that camped on it: they stand where people are. N such
# rows never weigh more than its inverse.
CAMPED_LIKENESS = 0.4
UNLIKELY = 1e-3  # probability that averages over places leave out, to save work


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-likelihoods at each place, shape (places,); `u` is (level rows, places).

    `log_rest` is everything but `log_timing` and `log_bearings`; it includes `log_reach`.
    """

    log_timing: Floats
    log_reach: Floats
    log_rest: Floats
    log_bearings: Floats
    fit: Fit
    u: Singles

    @property
    def log_all(self) -> Floats:
        """Everything together."""
        return self.log_timing + self.log_rest + self.log_bearings

    def tempered(self, alpha: float) -> Floats:
        """Everything together, times `alpha`, but bearings: shadowing does not correlate them."""
        return alpha * (self.log_timing + self.log_rest) + self.log_bearings


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """The reports sorted by what they carry; a row with level and advance is in both.

    `camped` are the rows at a phone's own place: whatever its level, that phone received the
    transmitter, so the place lies within the reach that the prior gives it. Of the rows in
    `returned` only a place within reach is known. `devices` is the number of distinct devices.
    """

    level: WeightedReports
    level_precision: Floats
    saturated: WeightedReports
    timed: WeightedReports
    pointed: WeightedReports
    camped: WeightedReports
    returned: WeightedReports
    squares: censored_levels.SilentSquares
    prior: PathlossPrior
    devices: int

    @classmethod
    def of(
        cls, weighted: WeightedReports, squares: censored_levels.SilentSquares, prior: PathlossPrior
    ) -> "EvidenceTerms":
        """Sorts the reports by what they carry."""
        saturated = weighted.level_dbm >= censored_levels.SATURATED_DBM
        level = weighted.take(np.isfinite(weighted.level_dbm) & ~saturated)
        only_place = np.isfinite(weighted.place_sigma_m)
        return cls(
            level=level,
            level_precision=pathloss.precision(
                level.x, level.y, prior.decorrelation_m, instrument=_instruments(level)
            ),
            saturated=weighted.take(saturated),
            timed=weighted.take(np.isfinite(weighted.timing_advance)),
            pointed=weighted.take(np.isfinite(weighted.bearing_deg)),
            camped=weighted.take(~only_place),
            returned=weighted.take(only_place),
            squares=squares,
            prior=camping_from(prior, level.level_dbm),
            devices=np.unique(weighted.device).size,
        )

    def without_timing(self) -> "EvidenceTerms":
        """The same without timing advances."""
        return replace(self, timed=self.timed.take(np.empty(0, np.intp)))

    def refined(self, evidence: Evidence, mass: Floats) -> tuple["EvidenceTerms", Floats]:
        """The same corrected by a first result over a grid, and a weight for each level.

        These corrections need a rough place of the transmitter: weights of rows that don't fit
        (Huber), selection of phones that camped, and noise from uncertain places near by. `mass`
        is the probability of each place.
        """
        likely = _likeliest(mass, 1.0 - UNLIKELY)
        rows, u, fit = self.level, evidence.u[:, likely], evidence.fit.at(likely)
        mass = mass[likely] / mass[likely].sum()
        trust = pathloss.huber_weight(u, rows.level_dbm, fit, mass)
        trust[rows.trusted] = 1.0
        # Instruments report all that they receive: no selection.
        share = np.where(rows.trusted, 0.0, self.prior.selection)
        if self.squares.x.size:
            share *= 1.0 - self.prior.silence_temper
        level_dbm, weight = as_if_unselected(u, rows.level_dbm, fit, mass, self.prior, share)
        extra = pathloss.misplacement(u, rows.sigma_m, fit, mass)
        noise = pathloss.precision(
            rows.x, rows.y, self.prior.decorrelation_m, extra, _instruments(rows)
        )
        # As precision, not as weight: rows with less information still count in full for the
        # estimate of the noise, and trusted ones don't make it look smaller than it is.
        noise *= np.sqrt(np.outer(weight, weight)) / pathloss.HUBER_SPREAD
        refined = replace(self, level=replace(rows, level_dbm=level_dbm), level_precision=noise)
        return refined, trust * pathloss.HUBER_SPREAD

    def evidence(
        self, x: Floats, y: Floats, trust: Floats, same_grid: Evidence | None = None
    ) -> Evidence:
        """All terms over the grid of axes x and y, places row by row.

        `trust` is the weight of each level, as of `refined`. `same_grid` is the evidence over the
        same grid with another trust: what does not depend on it is taken from there.
        """
        if same_grid is None:
            u = squared_m2(self.level.x, self.level.y, x, y)
            log_distance(u, self.level.sigma_m.astype(np.float32), out=u)
            log_timing, log_reach = self._log_timing(x, y), self._log_reach(x, y)
            log_bearings = self._log_bearings(x, y)
        else:
            u, log_timing, log_reach = same_grid.u, same_grid.log_timing, same_grid.log_reach
            log_bearings = same_grid.log_bearings
        fit = pathloss.marginal(
            u, self.level.level_dbm, self.level_precision, self.level.weight * trust, self.prior
        )
        top = squared_m2(self.saturated.x, self.saturated.y, x, y).astype(float)
        top_u = log_distance(top, self.saturated.sigma_m, out=top)
        log_rest = fit.log_marginal + censored_levels.log_saturation(
            top_u, self.saturated.weight, fit
        )
        log_rest = log_rest + log_reach + self._log_silence(x, y, fit)
        return Evidence(log_timing, log_reach, log_rest, log_bearings, fit, u)

    def _log_timing(self, x: Floats, y: Floats) -> Floats:
        rows = self.timed
        if rows.x.size == 0:
            return np.zeros(x.size * y.size)
        distance = np.sqrt(squared_m2(rows.x, rows.y, x, y).astype(float))
        return timing_advance.log_likelihood(
            distance, rows.timing_advance, rows.ta_step_m, rows.sigma_m, rows.weight
        )

    def _log_bearings(self, x: Floats, y: Floats) -> Floats:
        rows = self.pointed
        if rows.x.size == 0:
            return np.zeros(x.size * y.size)
        # At least as wide as a cell, so that a coarse grid does not step over a narrow beam.
        cell_m = 0.5 * max(x[1] - x[0], y[1] - y[0])
        east, north = offsets_m(rows, x, y)
        sigma_m = np.hypot(rows.sigma_m, cell_m)
        each = bearings.log_each(east, north, rows.bearing_deg, rows.bearing_sigma_deg, sigma_m)
        return np.asarray(rows.weight @ each)

    def _log_reach(self, x: Floats, y: Floats) -> Floats:
        camped_sigma = np.where(self.camped.trusted, INSTRUMENT_REACH_M, self.prior.reach_m)
        camped = _log_within(self.camped, camped_sigma, CAMPED_LIKENESS, x, y)
        return camped + self.log_returned(x, y)

    def log_returned(self, x: Floats, y: Floats) -> Floats:
        """The term of places of return alone, shape (places,)."""
        rows, camped = self.returned, float(self.camped.weight.sum())
        if 2.0 * max(x[1] - x[0], y[1] - y[0]) > release_places.SMOOTH_M:
            return release_places.log_returned(rows, x, y, self.prior, camped)
        lines = SecondLines.of(x, y)
        return lines.filled(release_places.log_returned(rows, lines.x, lines.y, self.prior, camped))

    def _log_silence(self, x: Floats, y: Floats, fit: Fit) -> Floats:
        lines = SecondLines.of(x, y)
        return lines.filled(
            censored_levels.log_silence(
                self.squares, lines.x, lines.y, fit.at(lines.places), self.prior
            )
        )


def _likeliest(mass: Floats, held: float) -> NDArray[np.intp]:
    """Indices of the fewest places that together hold so much of the probability, ascending."""
    order = np.argsort(-mass, kind="stable")
    count = int(np.searchsorted(np.cumsum(mass[order]), held)) + 1
    return np.sort(order[:count])


def offsets_m(rows: WeightedReports, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Metres east and north from each row to each place, both of shape (rows, places)."""
    shape = rows.x.size, y.size, x.size
    east = np.broadcast_to((x - rows.x[:, None])[:, None, :], shape)
    north = np.broadcast_to((y - rows.y[:, None])[:, :, None], shape)
    return east.reshape(rows.x.size, -1), north.reshape(rows.x.size, -1)


def _log_within(
    rows: WeightedReports, sigma_m: Floats, likeness: float, x: Floats, y: Floats
) -> Floats:
    """Student's t about each row's place; `likeness` is the correlation between the rows."""
    tails = squared_m2(rows.x, rows.y, x, y)
    tails *= (1.0 / (REACH_DOF * sigma_m**2)).astype(np.float32)[:, None]
    np.log1p(tails, out=tails)
    shared = 1.0 + max(float(rows.weight.sum()) - 1.0, 0.0) * likeness
    weight = -0.5 * (REACH_DOF + 2.0) * rows.weight / shared
    return np.asarray(weight.astype(np.float32) @ tails, float)


def _instruments(rows: WeightedReports) -> NDArray[np.int64]:
    """The code of each row's instrument, -1 for phones."""
    return np.where(rows.trusted, _codes(rows.device), -1)


def _codes(device: NDArray[np.int64]) -> NDArray[np.int64]:
    """The devices numbered from 0 on, whatever their codes."""
    return np.unique(device, return_inverse=True)[1].astype(np.int64)
