"""What all memories that rules share take in once all rules are done with a batch."""

from detectors.features.callers import calling
from detectors.features.facts import AnyFacts
from detectors.features.phones import last_reports


def remember(facts: AnyFacts) -> None:
    """Takes in a batch of which no rule will ask any more."""
    last_reports.remember(facts)
    calling.remember(facts)
