"""Platt's calibration (1999): probability = sigmoid(slope * log-odds + offset).

The targets are smoothed as he proposes, by one imagined sample of each class, so that a perfect
separation doesn't ask for an infinite slope. The minimum of the cross entropy is found by Newton's
method with halved steps (Lin, Lin and Weng 2007).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from replay.scoring.calibration import Sample

Floats = NDArray[np.float64]

_RIDGE = 1e-9
_MOST_STEPS = 100
_CLOSE_ENOUGH = 1e-9


class Platt(msgspec.Struct, frozen=True):
    """The two parameters; slope 1 and offset 0 change nothing."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, log_odds: Floats) -> Floats:
        """Calibrated probabilities of log-odds."""
        return _sigmoid(self.slope * log_odds + self.offset)


def log_odds_of(probability: Floats) -> Floats:
    """Log-odds that were stated as probabilities, which alerts round to four digits.

    0 and 1 are taken as half of the last digit away.
    """
    clear = np.clip(probability, 0.00005, 0.99995)
    return np.asarray(np.log(clear / (1.0 - clear)))


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
    return _minimum(odds, target, weight)


def calibrated(samples: Sequence[Sample], by: Platt) -> list[Sample]:
    """The same samples, stating what the calibration makes of them."""
    odds = log_odds_of(np.array([sample.probability for sample in samples], dtype=np.float64))
    stated = by.probability(odds).tolist()
    return [
        msgspec.structs.replace(sample, probability=probability)
        for sample, probability in zip(samples, stated, strict=True)
    ]


def _minimum(odds: Floats, target: Floats, weight: Floats) -> Platt:
    """Newton's method from the base rate on."""
    design = np.stack([odds, np.ones(len(odds))], axis=1)
    share = float(weight @ target / weight.sum())
    here = np.array([0.0, np.log(share / (1.0 - share))])
    loss = _loss(design @ here, target, weight)
    for _ in range(_MOST_STEPS):
        chance = _sigmoid(design @ here)
        gradient = design.T @ (weight * (chance - target))
        curvature = (design.T * (weight * chance * (1.0 - chance))) @ design
        step = np.linalg.solve(curvature + _RIDGE * np.eye(2), gradient)
        scale = 1.0
        while scale > _CLOSE_ENOUGH:
            there = here - scale * step
            if (new := _loss(design @ there, target, weight)) < loss:
                break
            scale /= 2.0
        else:
            break
        gain, here, loss = loss - new, there, new
        if gain < _CLOSE_ENOUGH * max(1.0, loss):
            break
    return Platt(float(here[0]), float(here[1]))


def _loss(score: Floats, target: Floats, weight: Floats) -> float:
    """Weighted cross entropy of targets against scores, in nats."""
    return float(weight @ (np.logaddexp(0.0, score) - target * score))


def _sigmoid(score: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * score)))
