"""`geo.fix.locate` with more and fewer inputs, and how good its answer is for a town."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import process_time
from types import MappingProxyType
from typing import Final

import numpy as np

from geo.earth.sphere import Floats
from geo.fix.locate import Posterior, locate
from geo.posterior.posterior import area_m2
from geo.radio.pathloss import PathlossPrior

from .towns import Episode, without

Estimator = Callable[[Episode], Posterior | None]

#: Shadowing so short that no two phones share any.
ALL_APART = PathlossPrior(decorrelation_m=1e-3)


@dataclass(frozen=True, slots=True)
class Fit:
    """One answer against the truth.

    `mass_needed` is the level of the smallest region that holds the truth, `log_score` the log
    density there (per square metre), `r_eq90_m` the radius of a circle as large as the 90 %
    region; `took_ms` is time of the processor, which others on the machine don't lengthen much.
    """

    error_m: float
    mass_needed: float
    log_score: float
    r_eq90_m: float
    took_ms: float
    ta_conflict: bool


def levels(town: Episode) -> Posterior | None:
    """From levels alone."""
    return locate(without(town.reports, "timing_advance"))


def levels_silent(town: Episode) -> Posterior | None:
    """From levels and silent phones."""
    return locate(without(town.reports, "timing_advance"), silent=town.silent)


def levels_advances(town: Episode) -> Posterior | None:
    """From levels and advances."""
    return locate(town.reports)


def everything(town: Episode) -> Posterior | None:
    """From levels, advances and silent phones."""
    return locate(town.reports, silent=town.silent)


def independent(town: Episode) -> Posterior | None:
    """From everything, but as if shadowing were each phone's own, and taken at its word."""
    return locate(town.reports, silent=town.silent, prior=ALL_APART, alpha=1.0)


ESTIMATORS: Final[Mapping[str, Estimator]] = MappingProxyType(
    {
        "levels": levels,
        "levels+silent": levels_silent,
        "levels+TA": levels_advances,
        "levels+TA+silent": everything,
    }
)


def fits_of(estimate: Estimator, towns: Iterable[Episode]) -> list[Fit]:
    """The answers for some towns, one after the other."""
    return [_fit_of(estimate, town) for town in towns]


def column(fits: Iterable[Fit], name: str) -> Floats:
    """One field of all answers."""
    return np.array([getattr(fit, name) for fit in fits], float)


def _fit_of(estimate: Estimator, town: Episode) -> Fit:
    start = process_time()
    posterior = estimate(town)
    took_ms = 1e3 * (process_time() - start)
    assert posterior is not None
    area90_m2 = area_m2(posterior.p, posterior.cell_area_m2, 0.9)
    return Fit(
        error_m=town.error_m(posterior),
        mass_needed=town.mass_needed(posterior),
        log_score=town.log_score(posterior),
        r_eq90_m=float(np.sqrt(area90_m2 / np.pi)),
        took_ms=took_ms,
        ta_conflict=posterior.ta_conflict,
    )
