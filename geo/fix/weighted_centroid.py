"""Where a transmitter is by no model at all: the centroid of phones, by what they received.

It knows nothing of how levels fall off, so that no street, wall or antenna unlike the model can
mislead it; and of phones on one side it knows no better than to say: among them. As a member of a
pool (`geo.posterior.pooling`) it keeps the whole from being worse than it where models fail.
"""

import numpy as np

from geo.posterior.posterior import Posterior, normalised
from geo.reports.device_weights import weighted_reports
from geo.reports.reports import Reports, gated

FEWEST = 4  # levels, with fewer of which there is no centroid
#: By this its standard error is too small, since one or two strong levels may hold all weight.
WIDENED = 1.3
#: Over which a report's weight falls to 1/e (s), as what the filters have learned: what was
#: reported long ago is of where it may no longer be, and a centroid knows of no motion.
FORGET_S = 600.0
LEAST_M = 60.0  # standard deviation along one axis: no centroid is better in streets
CELLS = 41  # a side; odd
REACH = 3.5  # standard deviations to the border of the grid


def weighted_centroid(reports: Reports, at_s: float | None = None) -> Posterior | None:
    """A Gaussian about the centroid by received amplitude; None with fewer than `FEWEST` levels.

    Rows later than `at_s` (seconds) are ignored, older ones count less than newer ones, by
    `FORGET_S`; without it all count alike. A phone's reports of one spot count once. The width is
    the standard error of a weighted mean (Cochran 1977), widened.
    """
    found = weighted_reports(gated(reports, at_s))
    if found is None:
        return None
    frame, rows = found
    rows = rows.take(np.isfinite(rows.level_dbm))
    if rows.x.size < FEWEST:
        return None
    weight = rows.weight * 10.0 ** ((rows.level_dbm - rows.level_dbm.max()) / 20.0)
    if at_s is not None:
        weight *= np.exp((rows.ts_s - rows.ts_s.max()) / FORGET_S)
    weight /= weight.sum()
    at_x, at_y = float(weight @ rows.x), float(weight @ rows.y)
    squared_m2 = (rows.x - at_x) ** 2 + (rows.y - at_y) ** 2
    sigma_m = max(WIDENED * float(np.sqrt(0.5 * (weight**2 @ squared_m2))), LEAST_M)
    offset = np.linspace(-REACH * sigma_m, REACH * sigma_m, CELLS)
    p = normalised(-0.5 * (offset**2 + offset[:, None] ** 2) / sigma_m**2)
    devices = int(np.unique(rows.device).size)
    return Posterior(frame, at_x + offset, at_y + offset, p, (at_x, at_y), devices)
