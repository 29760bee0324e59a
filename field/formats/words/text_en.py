"""Alerts in English; the sentences about findings stand in the rooms of the rules."""

from dataclasses import fields
from functools import partial
from typing import Final

from detectors.model.headline_words import ENGLISH as HEADLINES
from field.formats.words.wording import Wording, rule_sentence


def _phones(count: int) -> str:
    return "1 phone" if count == 1 else f"{count} phones"


ENGLISH: Final = Wording(
    language="en",
    **{one.name: getattr(HEADLINES, one.name) for one in fields(HEADLINES)},
    severities={
        "info": "information",
        "low": "low",
        "medium": "medium",
        "high": "high",
        "critical": "critical",
    },
    phones=_phones,
    no_identity="no known identity",
    explained=partial(rule_sentence, "en"),
    unexplained="{who}: {detector}, {claimed}",
    without_values="{rule} ({count} findings)",
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
