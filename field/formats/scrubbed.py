"""The last look before an alert leaves: nothing in it may name a person or break a format.

Numbers of people are hashed where they first touch the platform (`streams.privacy.hasher`). This is
the second fence, for what some other producer wrote to the alerts' topic: what looks like an IMSI,
IMEI or phone number is masked, not hashed, since no key is at hand here. Characters that XML
forbids, control characters and those that turn the direction of writing go too: the sender of a
short message is free text that an attacker writes.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert, AlertNumber, Evidence
from detectors.model.finding import Identity
from detectors.model.headline_words import Near, PlaceName
from detectors.model.rare_messages import RuledOut
from streams.privacy.flat import cut, flat
from streams.privacy.hasher import Hasher
from streams.privacy.identifiers import Identifiers
from streams.privacy.numbering import Numbering, SenderRules

MASK: Final = "***"
#: What XML 1.0 can't carry, C1 controls, and marks that change the direction of writing.
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_GAPS: Final = re.compile(r"[\t\n\r]+")
_DIGEST: Final = re.compile(r"[0-9a-f]{32}")
#: What stands for a number or names a call, and holds no digits of either.
_HASHED: Final = re.compile(
    r"h-[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_PREFIX: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
#: A name of a number with more digits than a prefix has could be the number.
_NAMING_DIGITS: Final = 8
_LONGEST: Final = 2000
_WHOLE_DIGITS: Final = 14
#: Recognises by the default numbering plan who is a person; the key doesn't matter, no hash is
#: kept.
_SENDERS: Final = Hasher(b"masked")
_IDENTIFIERS: Final = Identifiers(Numbering(SenderRules()))

Value = str | int | float | None


def clean(text: str) -> str:
    """One printable line, with all that looks like a person's number masked.

    >>> clean("to 460001234567890\\x07 from +86 138-1234-5678")
    'to *** from ***'
    """
    line = _GAPS.sub(" ", _UNPRINTABLE.sub("", cut(text, _LONGEST)))
    shown = flat(line)
    masked = _IDENTIFIERS.replaced(shown, lambda name: MASK)
    return line if masked == shown else masked


def clean_value(value: Value) -> Value:
    """A finding's value, masked where it names a person or is too long for a name; long fractions
    are rounded.

    >>> clean_value("13812345678"), clean_value("95588"), clean_value(460001234567890)
    ('***', '95588', '***')
    """
    if isinstance(value, str):
        return MASK if _SENDERS.sender(value) != value else clean(value)
    if value is None or not _is_long(value):
        return value
    rounded = round(value, 6)
    return MASK if _is_long(rounded) else rounded


def scrubbed(alert: Alert) -> Alert:
    """The alert with all its texts and values clean. Its id stays, where it is a digest."""
    return msgspec.structs.replace(
        alert,
        alert_id=_name(alert.alert_id),
        kind=clean(alert.kind),
        severity=clean(alert.severity),
        verdict=clean(alert.verdict) if alert.verdict is not None else None,
        identities=[_identity(one) for one in alert.identities],
        evidence=[scrubbed_evidence(one) for one in alert.evidence],
        headline=clean(alert.headline),
        near=_near(alert.near) if alert.near else alert.near,
        ruled_out_before=_ruled_out(alert.ruled_out_before),
        numbers=[_number(one) for one in alert.numbers],
        calls=[ref if _HASHED.fullmatch(ref) else clean(ref) for ref in alert.calls],
        campaign=None if alert.campaign is None else _name(alert.campaign),
        considered=[
            msgspec.structs.replace(
                one,
                code=clean(one.code),
                explanation=clean(one.explanation),
                detectors=[clean(name) for name in one.detectors],
            )
            for one in alert.considered
        ],
        hypotheses=[
            msgspec.structs.replace(one, name=clean(one.name), explanation=clean(one.explanation))
            for one in alert.hypotheses
        ],
    )


def _ruled_out(one: RuledOut | None) -> RuledOut | None:
    if one is None:
        return None
    return msgspec.structs.replace(one, alert_id=_name(one.alert_id), verdict=clean(one.verdict))


def _near(near: Near) -> Near:
    names = [
        PlaceName(
            clean(one.name),
            None if one.zh is None else clean(one.zh),
            None if one.en is None else clean(one.en),
        )
        for one in near.names
    ]
    return msgspec.structs.replace(near, names=names)


def scrubbed_evidence(evidence: Evidence) -> Evidence:
    """One detector's share with its texts and values clean."""
    values = {str(clean_value(name)): clean_value(value) for name, value in evidence.values.items()}
    explanation = evidence.explanation
    for value in evidence.values.values():
        if isinstance(value, str) and value and clean_value(value) == MASK:
            explanation = explanation.replace(value, MASK)
    return msgspec.structs.replace(
        evidence,
        detector=clean(evidence.detector),
        explanation=clean(explanation),
        claimed=_identity(evidence.claimed) if evidence.claimed else None,
        values=values,
    )


def short(tree: Any) -> Any:
    """Plain data whose numbers have no run of digits that could name a person.

    Fractions are rounded to 7 decimals where they are longer, whole numbers become ``None``.

    >>> short({"a": [0.1234567890123456789, 460001234567890, 1748916150915]})
    {'a': [0.1234568, None, 1748916150915]}
    """
    if isinstance(tree, dict):
        return {name: short(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(short(value) for value in tree)
    if isinstance(tree, int | float) and _is_long(tree):
        rounded = round(tree, 7)
        return None if _is_long(rounded) else rounded
    return tree


def _name(name: str) -> str:
    return name if _DIGEST.fullmatch(name) else clean(name)


def _number(one: AlertNumber) -> AlertNumber:
    """A number by its hash and seven digits at most, whatever its writer gave."""
    name = one.number
    if not _HASHED.fullmatch(name):
        digits = sum(map(str.isdigit, name))
        name = MASK if digits >= _NAMING_DIGITS else clean(name)
    prefix = one.prefix if one.prefix and _PREFIX.fullmatch(one.prefix) else None
    kind = None if one.kind is None else _clean_word(one.kind)
    return AlertNumber(name, prefix, kind, _clean_word(one.role))


#: An alert has hundreds of numbers, of few classes and roles.
_clean_word: Final = lru_cache(1024)(clean)


def _identity(identity: Identity) -> Identity:
    fields: dict[str, Any] = msgspec.structs.asdict(identity)
    known: dict[str, Any] = {
        name: clean(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if isinstance(value, str) or (value is not None and not _is_long(value))
    }
    return Identity(**known)


def _is_long(number: int | float) -> bool:
    return re.search(rf"\d{{{_WHOLE_DIGITS},}}", repr(number)) is not None
