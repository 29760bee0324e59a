"""A sample of reports that shows where phones listen: what rules of new things measure by."""

from typing import NamedTuple

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.rows.report_numbers import are_drawn, are_timely
from detectors.features.rule import iterate, place_of
from detectors.model.finding import Place, Source


class Sampled(NamedTuple):
    """One report of the sample, which has a place."""

    row: int
    source: Source
    place: Place | None


@shared
def ground(facts: AnyFacts, one_in: int) -> list[Sampled]:
    """Of a sample of all places (`detectors.features.rows.report_numbers.are_drawn`) the reports
    that were measured when they say."""
    rows = np.flatnonzero(are_drawn(facts, one_in) & are_timely(facts))
    return [
        Sampled(row, source, place_of(facts.batch, row))
        for row, source in iterate(facts.batch, rows, facts.origin)
    ]
