"""Selection bias: phones report only a station that they camp on.

Far from the transmitter a phone reports only where shadowing happens to lift the level above its
camping threshold. Taken at face value such levels make the path loss look flatter than it is, and
the transmitter's place less certain or wrong. The likelihood of a level given that the phone camped
(truncated regression: Heckman 1979; Amemiya 1984) has the score and information of an ordinary
fit, less the part that the selection explains. Both are turned into levels and weights of an
ordinary weighted fit (iteratively reweighted least squares), so that the closed form of
`geo.radio.pathloss` still applies.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx

from geo.earth.sphere import Floats
from geo.radio.pathloss import Fit, PathlossPrior, Real

LOW_SHARE = 0.05  # of all levels; so many may lie a spread below the mean threshold


def camping_from(prior: PathlossPrior, level_dbm: Floats) -> PathlossPrior:
    """The prior with a camping threshold that agrees with the levels reported (dBm).

    Where more than `LOW_SHARE` of the levels lie further below the threshold than its spread,
    phones camp at weaker levels here than the prior has it, and the threshold is lowered.
    """
    if level_dbm.size == 0:
        return prior
    lowest = float(np.quantile(level_dbm, LOW_SHARE))
    return replace(prior, camping_dbm=min(prior.camping_dbm, lowest + prior.camping_sd_db))


def as_if_unselected(
    u: NDArray[Real],
    level_dbm: Floats,
    fit: Fit,
    mass: Floats,
    prior: PathlossPrior,
    share: Floats | float,
) -> tuple[Floats, Floats]:
    """Levels (dBm) and weights, shape (rows,), whose ordinary fit allows for the selection.

    `u` has shape (rows, places), `fit` and `mass` (places,); the answer is an average over places
    by their probability `mass`. `share` in [0, 1], one number or one a row, is the exponent of the
    selection's likelihood: 1 where nothing is known of phones that did not camp. Where silent
    phones have a likelihood of their own, raised to s, it is 1 - s, so that the product is a
    weighted mean of the two complete likelihoods.
    """
    expected = fit.power_dbm - fit.exponent * u
    variance = fit.variance_db2 + prior.camping_sd_db**2
    shares = np.broadcast_to(np.asarray(share, float), level_dbm.shape)
    explained = shares[:, None] * fit.variance_db2 / variance
    score = (expected - prior.camping_dbm) / np.sqrt(variance)
    mills = np.sqrt(2.0 / np.pi) / erfcx(-np.sqrt(0.5) * score)
    information = 1.0 - explained * mills * (mills + score)
    excess = explained * mills * np.sqrt(variance)
    working = expected + (level_dbm[:, None] - expected - excess) / information
    return np.asarray(working @ mass, float), np.asarray(information @ mass, float)
