"""Alerts about calls and texts in words: they have numbers, and no place.

Of a number nothing is shown but its first seven digits at most, its class and its role.
"""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from detectors.alert.headline import is_ruled_out
from detectors.alert.record import Alert, AlertNumber
from detectors.calls.words import ENGLISH_CALLS, CallWords
from detectors.model.finding import CALL_ALERTS
from detectors.model.words import Language
from field.formats.words.moments import local
from field.formats.words.wording import WORDINGS, headlines_of_calls, tables_of

_WORDS: Final = tables_of("calls")
_HEADLINES: Final[dict[Language, CallWords]] = {
    "en": ENGLISH_CALLS,
    "zh": CallWords(general=WORDINGS["zh"], **headlines_of_calls("zh")),
}
_MOST_NUMBERS: Final = 8


def is_about_calls(alert: Alert) -> bool:
    """Whether an alert is about calls, numbers or texts, and not about a transmitter."""
    return alert.kind in CALL_ALERTS or bool(alert.numbers or alert.calls)


def span_of(alert: Alert) -> tuple[int, int]:
    """From the oldest to the newest of all that is shown of it (event time, ms): weak findings may
    lie before those that count."""
    firsts = [one.first_ts for one in alert.evidence] + [alert.first_seen]
    lasts = [one.last_ts for one in alert.evidence] + [alert.last_seen]
    return min(firsts), max(lasts)


def what_of_calls(alert: Alert, language: Language) -> str:
    """What it is: possible, probable, over, or ruled out by who looked."""
    words = _HEADLINES[language]
    return words.what_text(alert.kind, alert.status, alert.probability, is_ruled_out(alert))


def headline_of_calls(alert: Alert, language: Language) -> str:
    """One sentence on what it is, how large, and how sure, without a full stop.

    The sizes are how many numbers take part, how many calls there were, and to how many people.
    """
    return _HEADLINES[language].headline_text(
        alert.status,
        alert.kind,
        alert.probability,
        len(alert.numbers),
        alert.reports,
        alert.devices,
        is_ruled_out(alert),
    )


def size_text(alert: Alert, language: Language) -> str:
    """How many numbers take part, how many calls there were, and to how many people."""
    return _HEADLINES[language].size_text(len(alert.numbers), alert.reports, alert.devices)


def whose_text(alert: Alert, language: Language) -> str:
    """The number of an alert about one, else how many there are; empty where none is known."""
    if not alert.numbers:
        return ""
    if len(alert.numbers) == 1:
        return number_text(alert.numbers[0], language)
    return _HEADLINES[language].numbers_text(len(alert.numbers))


def number_text(one: AlertNumber, language: Language) -> str:
    """A number as far as it is shown: first digits, class, and what it is besides a caller.

    >>> number_text(AlertNumber("h-1", "8610555", "fixed", "impersonated"), "en")
    '8610555… (fixed line, impersonated: its owner is a victim too)'
    >>> number_text(AlertNumber("h-1", "8613800", None), "en")
    '8613800…'
    """
    words = _WORDS[language]
    what = [words["classes"].get(one.kind, one.kind)] if one.kind else []
    what += [words["roles"][one.role]] if one.role in words["roles"] else []
    if one.prefix and not what:
        return f"{one.prefix}…"
    named = words["number"] if one.prefix else words["unknown_number"]
    apart = _HEADLINES[language].apart
    return str(named).format(prefix=one.prefix, what=apart.join(what) or "–")


def numbers_behind(count: int, language: Language) -> str:
    """So many numbers as the subject of a detector's sentence."""
    return _HEADLINES[language].numbers_text(count)


def first_lines(alert: Alert, language: Language) -> Iterator[str]:
    """What stands before the evidence: which numbers, how many calls, how sure, which campaign."""
    words, known = _WORDS[language], WORDINGS[language]
    line = words["lines"]
    if alert.numbers:
        # The newest are those that are in use.
        shown = [number_text(one, language) for one in alert.numbers[::-1][:_MOST_NUMBERS]]
        left = len(alert.numbers) - len(shown)
        shown += [words["and_more"].format(left)] if left else []
        yield line["numbers"].format(known.and_so_on.join(dict.fromkeys(shown)))
    yield line["size"].format(size_text(alert, language))
    yield line["ruled_out" if is_ruled_out(alert) else "sure"].format(
        sure=known.sure_text(alert.probability),
        severity=known.severities.get(alert.severity, alert.severity),
    )
    if alert.campaign:
        yield line["campaign"].format(alert.campaign)


def last_lines(alert: Alert, language: Language, zone: tzinfo) -> Iterator[str]:
    """When its first and last calls were, and whether it is over."""
    line = _WORDS[language]["lines"]
    first_ms, last_ms = span_of(alert)
    yield line["first"].format(local(first_ms, zone))
    yield line["last"].format(local(last_ms, zone))
    if alert.status == "closed":
        yield _WORDS[language]["endings"].get(alert.closed_because, line["over"])
