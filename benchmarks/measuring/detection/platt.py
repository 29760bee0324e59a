"""Platt's calibration (1999): probability = sigmoid(slope * log-odds + offset).

The targets are smoothed as he proposes, by one imagined sample of each class, so that a perfect
separation doesn't ask for an infinite slope.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from replay.scoring.calibration import Sample

Floats = NDArray[np.float64]

_TOLERANCE = 1e-10


class Platt(msgspec.Struct, frozen=True):
    """The two parameters; slope 1 and offset 0 change nothing."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, log_odds: Floats) -> Floats:
        """Calibrated probabilities of log-odds."""
        return np.asarray(expit(self.slope * log_odds + self.offset))


def log_odds_of(probability: Floats) -> Floats:
    """Log-odds that were stated as probabilities, which alerts round to four digits.

    0 and 1 are taken as half of the last digit away.
    """
    return np.asarray(logit(np.clip(probability, 0.00005, 0.99995)))


def fit(samples: Sequence[Sample]) -> Platt:
    """Platt's parameters for weighted samples. Raises `ValueError` unless both classes are there.

    For the smoothing, weights count as numbers of samples.
    """
    true = np.array([sample.true for sample in samples], dtype=np.bool_)
    weight = np.array([sample.weight for sample in samples], dtype=np.float64)
    odds = log_odds_of(np.array([sample.probability for sample in samples], dtype=np.float64))
    positive, negative = float(weight[true].sum()), float(weight[~true].sum())
    if positive == 0.0 or negative == 0.0:
        raise ValueError("a fit needs true and false samples; there are only of one kind")
    target = np.where(true, (positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0))
    # A target between 0 and 1 is a true and a false sample with its parts of the weight.
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=_TOLERANCE)
    parts = np.concatenate([weight * target, weight * (1.0 - target)])
    model.fit(np.tile(odds, 2)[:, None], np.repeat([1, 0], len(odds)), sample_weight=parts)
    return Platt(float(model.coef_[0, 0]), float(model.intercept_[0]))


def calibrated(samples: Sequence[Sample], by: Platt) -> list[Sample]:
    """The same samples, stating what the calibration makes of them."""
    odds = log_odds_of(np.array([sample.probability for sample in samples], dtype=np.float64))
    stated = by.probability(odds).tolist()
    return [
        msgspec.structs.replace(sample, probability=probability)
        for sample, probability in zip(samples, stated, strict=True)
    ]
