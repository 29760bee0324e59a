"""An observation whose values no worker writes is left out, and ends nothing."""

import importlib
from typing import Any

import msgspec
import pytest

from detectors.correlate.correlator import STREAMS, Correlator, Decided
from detectors.correlate.settings import IncidentSettings
from detectors.features.facts import Origin
from detectors.model.finding import Observation
from detectors.rules import RULES
from detectors.rules.sample_town import TOWN
from detectors.screen.screening import Screening

SOURCE = ("cell.measurements", 0)
ALL_RULES = tuple(rule() for rule in RULES)


def observed() -> list[Observation]:
    """Observations of all kinds, from the rules' own samples."""
    found: list[Observation] = []
    for rule in ALL_RULES:
        samples = importlib.import_module(f"detectors.rules.{rule.name}.samples")
        register = getattr(samples, "register", type(TOWN).register)(TOWN)
        screening = Screening((rule,), Origin(*SOURCE))
        for batch in samples.fires(TOWN):
            found += screening.step(batch, register).sent()
        found += screening.counted(1 << 60)
    return [
        msgspec.structs.replace(one, source=msgspec.structs.replace(one.source, offset=at))
        for at, one in enumerate(found)
    ]


def decided(observations: list[Observation]) -> Decided:
    correlator = Correlator(ALL_RULES, IncidentSettings(), frozenset({SOURCE}))
    for observation in observations:
        correlator.take(observation)
    for stream in STREAMS:
        correlator.promise(stream, *SOURCE, 1 << 60, True)
    return correlator.advance()


@pytest.mark.parametrize("values", [{}, None, "a text", 1e308], ids=["none", "null", "text", "big"])
def test_values_that_no_worker_writes_end_nothing(values: Any) -> None:
    sound = observed()
    assert decided(sound).unusable == []
    spoilt = [
        msgspec.structs.replace(
            one, values={} if values == {} else dict.fromkeys(one.values, values)
        )
        for one in sound
    ]
    left_out = decided(spoilt).unusable
    assert left_out
    assert len(left_out) < len(spoilt)
    assert all(error for _, error in left_out)
