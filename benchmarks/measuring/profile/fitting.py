"""Additive shapes fitted to features: piecewise linear, each value in nats."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks.measuring.profile.subscribers import Column
from detectors.rules.fraud_profile.shapes import Shape, Shapes

#: On the squares of all nats at knots: never tuned.
PENALTY = 1.0
FOLDS = 5


#: Of a shape of months: as many knots, at quantiles.
_KNOTS = 5


def knots_of(features: Mapping[str, Column]) -> dict[str, Column]:
    """Knots at quantiles of each feature, rounded; fewer where values are few."""
    at = np.linspace(0.01, 0.99, _KNOTS)
    return {name: np.unique(np.quantile(column, at).round(2)) for name, column in features.items()}


def fitted(features: Mapping[str, Column], fraud: Column, knots: Mapping[str, Column]) -> Shapes:
    """Shapes whose sum is the log-likelihood ratio of fraud against honest (nats): the share of
    frauds in the sample is taken off. Each is nought on the mean of both kinds."""
    tents = np.hstack([_tents(features[name], knots[name]) for name in knots])
    model = LogisticRegression(C=1.0 / PENALTY, max_iter=5000).fit(tents, fraud)
    base = float(model.intercept_[0]) - float(np.log(fraud.mean() / (1.0 - fraud.mean())))
    shapes, at = {}, 0
    for name, where in knots.items():
        nats = model.coef_[0][at : at + len(where)]
        at += len(where)
        value = np.interp(features[name], where, nats)
        middle = (value[fraud == 1].mean() + value[fraud == 0].mean()) / 2.0
        shapes[name] = Shape(tuple(where.tolist()), tuple((nats - middle).round(2).tolist()))
        base += middle
    return Shapes(round(float(base), 2), shapes)


def _tents(column: Column, knots: Column) -> Column:
    """By how much each value is at each knot: between two of them, in parts of one."""
    return np.stack([np.interp(column, knots, one) for one in np.eye(len(knots))], axis=1)


def left_out(
    features: Mapping[str, Column],
    fraud: Column,
    of: Column,
    knots: Callable[[Mapping[str, Column]], Mapping[str, Column]],
    seed: int,
) -> Column:
    """The log-likelihood ratio of each row (nats) by shapes that were fitted without its fold; all
    rows of one subscriber (``of``) lie in one fold."""
    nats = np.zeros(len(fraud))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(fraud, fraud, of):
        some = {name: column[train] for name, column in features.items()}
        shapes = fitted(some, fraud[train], knots(some))
        nats[test] = shapes.nats({name: column[test] for name, column in features.items()})
    return nats


def auc(fraud: Column, nats: Column) -> float:
    return float(roc_auc_score(fraud, nats))


def found_at(fraud: Column, nats: Column, false: float) -> float:
    """The share of frauds above the limit that so few honest ones are above."""
    wrong, right, _ = roc_curve(fraud, nats)
    return float(right[wrong <= false].max())


def reliability(
    fraud: Column, nats: Column, edges: Sequence[float]
) -> list[tuple[float, float, float, int]]:
    """By bins of the ratio (nats): its mean, the ratio that was counted with its standard error,
    and how many rows; half a row is added to either kind."""
    found = []
    for low, high in pairwise(edges):
        inside = (nats >= low) & (nats < high)
        bad, good = fraud[inside].sum() + 0.5, (1.0 - fraud[inside]).sum() + 0.5
        counted = np.log(bad / good) - np.log(fraud.sum() / (1.0 - fraud).sum())
        if inside.any():
            error = float(np.sqrt(1.0 / bad + 1.0 / good))
            found.append((float(nats[inside].mean()), float(counted), error, int(inside.sum())))
    return found
