"""How many observations those stand for that worker and screening let through."""

from detectors.features.levels import level_rows
from detectors.features.samples import sample_rows
from detectors.model.finding import Observation


def count_of(observation: Observation) -> int:
    """How many an observation stands for."""
    if observation.kind == sample_rows.MANY:
        return sample_rows.count_of(sample_rows.rows_of(observation).numbers["takers"])
    return level_rows.count_of(observation)
