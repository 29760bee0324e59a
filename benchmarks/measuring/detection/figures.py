"""Figures from many runs: recall with its interval, false alerts a city-day, delays, places."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from scipy.stats import chi2

from field.alerts.share_interval import wilson

from .runs import Found, Run

#: A transmitter on the air no longer than this has hardly let its first victims go.
LEAST_ACTIVE_S = 120.0
#: A transmitter that left evidence on so many devices ought to be found.
ENOUGH_VICTIMS = 8


class Share(msgspec.Struct, frozen=True):
    """A share with Wilson's 95 % interval; ``share`` is ``None`` where nothing was tried."""

    hits: int
    trials: int
    share: float | None
    interval: tuple[float, float]


class Spread(msgspec.Struct, frozen=True):
    """Median and 95th percentile of so many values; ``None`` without any."""

    count: int
    median: float | None
    p95: float | None


class Rate(msgspec.Struct, frozen=True):
    """Events a city-day, with the exact 95 % interval of a Poisson mean (Garwood 1936)."""

    events: int
    city_days: float
    a_day: float | None
    interval: tuple[float, float]


class Figures(msgspec.Struct, frozen=True):
    """What a suite of runs comes to.

    ``recall`` is over transmitters on the air for more than two minutes, ``recall_evident`` over
    those of them that left evidence on eight devices or more. Delays run from the first victim's
    return.
    """

    transmitters: int
    recall: Share
    recall_evident: Share
    false_alerts: Rate
    delay_evident_s: Spread
    delay_others_s: Spread
    error_m: Spread
    coverage: Share
    alert_ids: float | None


def figures(runs: Sequence[Run]) -> Figures:
    """All figures of some runs."""
    every = [found for run in runs for found in run.found]
    counted = [found for found in every if found.active_s > LEAST_ACTIVE_S]
    evident = [found for found in counted if found.victims >= ENOUGH_VICTIMS]
    others = [found for found in every if found not in evident]
    covered = [inside for found in every for inside in found.covered]
    ids = [found.alert_ids for found in every if found.detected]
    return Figures(
        transmitters=len(every),
        recall=_recall(counted),
        recall_evident=_recall(evident),
        false_alerts=rate(sum(run.false_alerts for run in runs), sum(run.hours for run in runs)),
        delay_evident_s=_delay(evident),
        delay_others_s=_delay(others),
        error_m=spread(error for found in every for error in found.errors_m),
        coverage=share(sum(covered), len(covered)),
        alert_ids=sum(ids) / len(ids) if ids else None,
    )


def share(hits: int, trials: int) -> Share:
    """A share and its interval."""
    return Share(hits, trials, hits / trials if trials else None, wilson(hits, trials))


def spread(values: Iterable[float]) -> Spread:
    """Median and 95th percentile."""
    every = list(values)
    if not every:
        return Spread(0, None, None)
    median, p95 = np.percentile(every, [50, 95]).tolist()
    return Spread(len(every), median, p95)


def rate(events: int, hours: float) -> Rate:
    """Events of so many simulated hours as a rate a day.

    >>> none = rate(0, 48.0)
    >>> none.a_day, [round(bound, 2) for bound in none.interval]
    (0.0, [0.0, 1.84])
    """
    days = hours / 24.0
    if days <= 0.0:
        return Rate(events, 0.0, None, (0.0, float("inf")))
    low = float(chi2.ppf(0.025, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(0.975, 2 * events + 2)) / 2
    return Rate(events, days, events / days, (low / days, high / days))


def _recall(transmitters: Sequence[Found]) -> Share:
    return share(sum(found.detected for found in transmitters), len(transmitters))


def _delay(transmitters: Sequence[Found]) -> Spread:
    delays = (found.from_first_return_s for found in transmitters)
    return spread(delay for delay in delays if delay is not None)
