"""What stated probabilities are worth: of the alerts at 0.8, are eight in ten real?

Revisions are put into bins by the probability that they state; in each bin the mean of what was
stated is set beside the share that was true (a reliability diagram as numbers; Murphy and Winkler
1977). Two figures sum it up: Brier's score (1950), the mean square of stated minus true, and the
expected calibration error, the mean distance between stated and true over the bins.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs

from field.alerts.share_interval import wilson

#: Edges between bins: tenths, the last bin with its upper end.
EDGES = tuple(tenth / 10 for tenth in range(1, 10))


class Sample(Struct, frozen=True):
    """One stated probability and whether it was true.

    ``alert_id`` is the alert that stated it, ``ts`` when (ms), ``weight`` what it counts, and
    ``transmitter`` the one that the alert counts for, by its place in the run's truth, if any.
    """

    probability: float
    true: bool
    alert_id: str
    ts: int
    weight: float = 1.0
    transmitter: int | None = None


class Bin(Struct, frozen=True):
    """Samples that state a probability from ``low`` to below ``high``.

    ``interval`` is Wilson's at 95 %, of as many trials as there are alerts: revisions of one alert
    are true or false together, so that they don't count as independent.
    """

    low: float
    high: float
    stated: float
    true: float
    revisions: int
    alerts: int
    interval: tuple[float, float]


class Reliability(Struct, frozen=True):
    """The table of bins that hold anything, and both sums; ``None`` without any sample."""

    bins: list[Bin]
    revisions: int
    alerts: int
    brier_score: float | None
    expected_calibration_error: float | None


def reliability(samples: Sequence[Sample]) -> Reliability:
    """The reliability table of stated probabilities; figures are means by the samples' weights.

    >>> samples = [Sample(0.75, true, str(n), 0) for n, true in enumerate([True] * 3 + [False])]
    >>> table = reliability(samples)
    >>> table.bins[0].true, table.expected_calibration_error, table.brier_score
    (0.75, 0.0, 0.1875)
    """
    stated = np.array([sample.probability for sample in samples], dtype=np.float64)
    true = np.array([sample.true for sample in samples], dtype=np.float64)
    weight = np.array([sample.weight for sample in samples], dtype=np.float64)
    at = np.searchsorted(np.array(EDGES), stated, side="right")
    bins: list[Bin] = []
    error = 0.0
    for number, (low, high) in enumerate(zip((0.0, *EDGES), (*EDGES, 1.0), strict=True)):
        rows = np.flatnonzero(at == number)
        if len(rows) == 0:
            continue
        alerts = len({samples[row].alert_id for row in rows.tolist()})
        mean_stated = float(np.average(stated[rows], weights=weight[rows]))
        mean_true = float(np.average(true[rows], weights=weight[rows]))
        error += abs(mean_stated - mean_true) * float(weight[rows].sum())
        interval = wilson(mean_true * alerts, alerts)
        bins.append(Bin(low, high, mean_stated, mean_true, len(rows), alerts, interval))
    total = float(weight.sum())
    return Reliability(
        bins=bins,
        revisions=len(samples),
        alerts=len({sample.alert_id for sample in samples}),
        brier_score=float(weight @ (stated - true) ** 2) / total if samples else None,
        expected_calibration_error=error / total if samples else None,
    )


def pooled_samples(runs: Sequence[Sequence[Sample]]) -> list[Sample]:
    """Samples of several runs; alert ids get the run's number in front, since runs may share them.

    >>> one = Sample(0.7, True, "a", 0)
    >>> [sample.alert_id for sample in pooled_samples([[one], [one]])]
    ['1:a', '2:a']
    """
    return [
        structs.replace(sample, alert_id=f"{number}:{sample.alert_id}")
        for number, run in enumerate(runs, 1)
        for sample in run
    ]


def format_reliability(table: Reliability) -> str:
    """The table as lines, for people."""
    lines = ["stated      mean   true   95 % interval   revisions  alerts"]
    lines += [
        f"{each.low:.1f} - {each.high:.1f}  {each.stated:.3f}  {each.true:.3f}  "
        f"{each.interval[0]:.3f} - {each.interval[1]:.3f}  {each.revisions:>10}  {each.alerts:>6}"
        for each in table.bins
    ]
    lines += [
        f"Brier score                 {_shown(table.brier_score)}",
        f"expected calibration error  {_shown(table.expected_calibration_error)}",
    ]
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
