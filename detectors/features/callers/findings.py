"""Findings about what callers do, at rows that a rule has weighed."""

from collections.abc import Callable, Mapping
from typing import Any

from detectors.features.calls.about import about_caller
from detectors.features.facts import AnyFacts
from detectors.features.rule import AnyRule, Screened, iterate
from detectors.model.columns import F8, I8
from detectors.model.finding import OfCalls


def findings_at(
    rule: AnyRule,
    facts: AnyFacts,
    rows: I8,
    weights: F8,
    values: Callable[[AnyFacts, int], Mapping[str, Any]],
    of_calls: Callable[[AnyFacts, int], OfCalls] = about_caller,
) -> Screened:
    """One finding of a rule about the caller of each of some rows, with that row's weight (nats);
    ``values`` and ``of_calls`` make of a row what it was and what it is about."""
    batch = facts.batch
    return Screened(
        [
            rule.finding_in_row(
                *(batch, row, source, round(weight, 3)),
                values=values(facts, row),
                of_calls=of_calls(facts, row),
            )
            for (row, source), weight in zip(
                iterate(batch, rows, facts.origin), weights.tolist(), strict=True
            )
        ]
    )
