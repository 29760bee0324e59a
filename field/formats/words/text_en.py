"""Alerts in English; the sentences about findings stand in the rooms of the rules."""

from functools import partial
from typing import Final

from detectors.model.words import KINDS, POINTS, metres_text
from field.formats.words.wording import Words, rule_sentence


def _phones(count: int) -> str:
    return "1 phone" if count == 1 else f"{count} phones"


ENGLISH: Final = Words(
    language="en",
    kinds=KINDS,
    severities={
        "info": "information",
        "low": "low",
        "medium": "medium",
        "high": "high",
        "critical": "critical",
    },
    points=POINTS,
    identity={
        "lac": "LAC {}",
        "tac": "TAC {}",
        "cell": "cell {}",
        "arfcn": "channel {}",
        "pci": "code {}",
    },
    phones=_phones,
    no_identity="no known identity",
    distance=metres_text,
    explained=partial(rule_sentence, "en"),
    unexplained="{who}: {detector}, {claimed}",
    without_values="{rule} ({count} findings)",
    certainties=(
        "Possible {kind}",
        "Probable {kind}",
        "No longer heard: {kind}",
        "Ruled out by a field team: {kind}",
    ),
    sure="{} %",
    very_sure="over 99 %",
    headline="{what} {where}{as_whom}; {who} affected ({sure} sure)",
    nowhere="at an unknown place",
    where="within {radius} of {place}",
    where_alone="at {place}",
    moving=", moving {point} at {speed} km/h",
    as_whom=", posing as {}",
    title="{what}, {identity} ({severity})",
    title_alone="{what} ({severity})",
    lines={
        "what": "What: {}",
        "where": "Where: {}",
        "unknown_place": "Where: not known",
        "within": "Within {radius} of it with {level} %",
        "moves": "Moving {point} at {speed} km/h",
        "stands": "Not seen to move",
        "forecast": "Forecast for {time}: {place}",
        "sure": "How sure: {sure}, severity {severity}; {who}, {reports} reports",
        "conflict": "Timing advances contradict each other and were left out",
        "why": "Why: {}",
        "considered": "Innocent explanations that hold for a part: {}",
        "first": "First heard: {}",
        "last": "Last heard: {}",
        "over": "Not heard any more",
    },
    and_so_on="; ",
)
