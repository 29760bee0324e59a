"""Likelihood of the places of those who received a transmitter, when its reach isn't known.

Phones that received it, and those that came back from it, lie within its reach. That depends on its
power, which is known to some 10 dB only, and so to a factor of two. A filter that presumed the
likeliest would press each strong transmitter into the middle of its crowd, and be the surer of that
the more phones there are. So the reach is carried as a few hypotheses that are the same for all
phones, and the crowd's own width says which is right.
"""

from typing import Final

import numpy as np

from geo.earth.sphere import Floats
from geo.likelihood.evidence_terms import INSTRUMENT_REACH_M, REACH_DOF
from geo.likelihood.release_places import REACH_DECADES, SPREAD, served_m
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports

#: In standard deviations of the logarithm of the reach (`REACH_DECADES`).
NODES: Final = np.linspace(-2.0, 2.0, 5)
_DENSITY: Final = np.exp(-0.5 * NODES**2)
#: Probability of each beforehand.
CHANCE: Final = _DENSITY / _DENSITY.sum()


def sigmas_m(rows: WeightedReports, prior: PathlossPrior) -> Floats:
    """How far along an axis each row's place is from the transmitter, shape (nodes, rows).

    Receivers of teams are better than phones, whatever the transmitter.
    """
    reach = SPREAD * prior.reach_m * 10.0 ** (REACH_DECADES * NODES)[:, None]
    own = np.isnan(rows.place_sigma_m)
    served = np.where(own, 0.0, 0.5 * served_m(np.where(own, 0.0, rows.place_sigma_m)))
    return np.where(own & rows.trusted, INSTRUMENT_REACH_M, np.hypot(served, reach))


def log_by_reach(squared_m2: Floats, sigma_m: Floats, weight: Floats) -> Floats:
    """Log-likelihood of all rows together by reach and place, shape (nodes, places).

    `squared_m2` is of shape (rows, places), `sigma_m` as of `sigmas_m`, `weight` (rows,) what each
    row counts for. A Student's t in two dimensions.
    """
    scale = 1.0 / (REACH_DOF * sigma_m**2)
    tails = np.log1p(squared_m2 * scale[:, :, None])
    by_place = (-0.5 * (REACH_DOF + 2.0) * weight) @ tails
    return np.asarray(by_place - 2.0 * (np.log(sigma_m) @ weight)[:, None])
