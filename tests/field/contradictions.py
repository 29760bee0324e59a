"""What no text about an alert may hold: keys of the program, and what contradicts itself."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from detectors.alert.headline import is_by_mute, is_ruled_out
from detectors.alert.record import Alert
from detectors.model.words import Language
from field.formats.words.calls import is_about_calls

#: Words with lines between them: names of fields, kinds and rules, but no part of an address.
KEY = re.compile(r"(?<![\w./=&?-])[a-z]+(?:_[a-z0-9]+)+(?![\w./=-])")
_UNFILLED = re.compile(r"\{\w*\}|\bNone\b(?! of)|\bnull\b|\bundefined\b|\bNaN\b")
#: A part of a phone.
_PART = re.compile(r"\b0\.\d+ (?:phones|people|calls|numbers|部手机|人|次|个号码)")


class Contradiction(NamedTuple):
    """What must not be in a text in a language, of alerts that ``holds`` is true of."""

    name: str
    holds: Callable[[Alert], bool]
    english: str
    chinese: str


def _is_over(alert: Alert) -> bool:
    return alert.status == "closed"


def _moves(alert: Alert) -> bool:
    return alert.speed_mps is not None and alert.position is not None


CONTRADICTIONS = (
    Contradiction(
        "over, but moving now",
        _is_over,
        r"(?<!seen )\bmoving\b|\bMoving\b|Forecast for|Measure here|\bongoing\b",
        r"正以|移动：以|预计 \d|建议在此测量|持续中",
    ),
    Contradiction(
        "ruled out, but somebody is sure, or it is pressing",
        is_ruled_out,
        r"\d+ % sure|over 99 %|>99 %|How sure: \d|[Ss]everity|\((?:high|critical|medium|low)\)"
        r"|What may be behind it|Probable|Possible",
        r"可信度 \d|99 % 以上|>99 %|可信度：\d|等级|（(?:高|紧急|中|低)）|可能的原因|很可能|疑似",
    ),
    Contradiction(
        "a mute closed it, but somebody looked at it",
        lambda alert: is_by_mute(alert) and not is_about_calls(alert),
        r"who looked|field team",
        r"核查认定|现场核查已排除",
    ),
    Contradiction(
        "over, but possible or probable",
        _is_over,
        r"\bPossible\b|\bProbable\b",
        r"疑似|很可能是",
    ),
    Contradiction(
        "an honest cell, or calls, off the air",
        lambda alert: is_ruled_out(alert) or is_about_calls(alert),
        r"off the air|No longer heard|Not heard any more",
        r"已消失|信号已消失",
    ),
    Contradiction("moves, but stands", _moves, r"Not seen to move|stands still", r"未见移动|静止"),
    Contradiction(
        "no place, but a size or a movement",
        lambda alert: alert.position is None and not is_about_calls(alert),
        r"there with|stands still|Not seen to move|± \d",
        r"概率在此范围内|静止|未见移动|± \d",
    ),
    Contradiction(
        "nobody affected, but found by somebody",
        lambda alert: any(one.devices for one in alert.evidence),
        r"\b0 (?:phones|people)\b",
        r"(?<!\d)0 (?:部手机|人)",
    ),
)


def wrong_in(alert: Alert, text: str, language: Language) -> Iterator[str]:
    """What is wrong in a text about an alert, each with where it stands."""
    for pattern, what in ((KEY, "key"), (_UNFILLED, "unfilled"), (_PART, "part of a phone")):
        yield from (f"{what}: {_around(text, found)}" for found in pattern.finditer(text))
    for each in CONTRADICTIONS:
        pattern = re.compile(each.english if language == "en" else each.chinese)
        if each.holds(alert) and (found := pattern.search(text)):
            yield f"{each.name}: {_around(text, found)}"


def figures_wrong_in(alert: Alert) -> Iterator[str]:
    """Fields of an alert that contradict each other, whatever is written of them."""
    most = max((one.devices for one in alert.evidence if one.weight), default=0)
    if not is_about_calls(alert) and most > alert.devices:
        yield f"{most} phones found something, {alert.devices} all in all"
    if alert.reports < alert.devices and not is_about_calls(alert):
        yield f"{alert.reports} reports of {alert.devices} phones"
    if alert.first_seen > alert.last_seen:
        yield "first seen after it was last seen"
    if alert.status == "closed" and (alert.forecast or alert.measure_next):
        yield "closed with a forecast"


def _around(text: str, found: re.Match[Any]) -> str:
    return text[max(0, found.start() - 40) : found.end() + 40].replace("\n", " | ")
