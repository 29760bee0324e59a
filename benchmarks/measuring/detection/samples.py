"""Which stated probabilities count when log-odds are fitted."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from msgspec import structs

from replay.scoring.calibration import Sample

_MINUTE_MS = 60_000


def without_doubles(samples: Sequence[Sample]) -> list[Sample]:
    """One run's samples without those of candidates beside a surer incident of one transmitter.

    Where alerts open early, a part of that incident may have an alert of its own, whose probability
    follows from the neighbouring alert rather than from its own evidence. Alerts that ever reached
    one half stay.
    """
    highest: dict[str, float] = {}
    surest: dict[int | None, float] = {}
    for sample in samples:
        highest[sample.alert_id] = max(highest.get(sample.alert_id, 0.0), sample.probability)
        surest[sample.transmitter] = max(surest.get(sample.transmitter, 0.0), sample.probability)
    return [
        sample
        for sample in samples
        if sample.transmitter is None
        or highest[sample.alert_id] >= min(0.5, surest[sample.transmitter])
    ]


def one_a_minute(samples: Sequence[Sample]) -> list[Sample]:
    """Of each alert the last sample of each minute, its weights adding up to one an alert.

    So an incident that was updated for an hour weighs no more than one with a single revision.
    """
    order = attrgetter("alert_id")
    thinned: list[Sample] = []
    for _, group in groupby(sorted(samples, key=lambda each: (each.alert_id, each.ts)), order):
        kept = list({sample.ts // _MINUTE_MS: sample for sample in group}.values())
        thinned += [structs.replace(sample, weight=1.0 / len(kept)) for sample in kept]
    return thinned
