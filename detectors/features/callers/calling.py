"""What is known of the callers of a batch of calls: asked for by rules, and taken in once."""

from detectors.features.callers.callers import Calling
from detectors.features.calls.origin import of_absent_lines
from detectors.features.facts import AnyFacts, shared
from detectors.model.columns import Calls


@shared
def calling(facts: AnyFacts) -> Calling:
    """What is known of each row's caller, up to and including it; takes the batch in.

    A line of home that comes in from abroad is another caller than its owner, who is at home.
    """
    return facts.callers.take(facts.batch, of_absent_lines(facts))


def remember(facts: AnyFacts) -> None:
    """Takes a batch in, if it is one of calls and no rule has asked about it."""
    if isinstance(facts.batch, Calls) and len(facts.batch):
        calling(facts)
