"""Input messages with people's identifiers hashed, and everything else as it is.

Whatever leaves or enters the topics as a message passes through here: what a replay publishes, what
is recorded, what goes into an evidence bundle and into a dead letter must not carry a bare
identifier, whoever sent it. What a number is, its field decides: that of a cell stays, whatever it
looks like.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NoReturn

import msgspec
import msgspec.inspect

from detectors.model.finding import Finding
from streams.decode.schema import BROADCAST, NEIGHBOUR, SCHEMAS
from streams.privacy.hasher import Hasher
from streams.privacy.identifiers import is_alert_id, is_content_hash
from streams.privacy.telephones.in_messages import (
    NATURES,
    PREFIXES,
    TELEPHONES,
    clean_fields,
    clean_number,
    clean_prefix,
    scrubbed,
)
from streams.privacy.telephones.number import PREFIX_DIGITS

#: Pseudonyms are due in these fields, of whatever topic.
NAMES: Final = frozenset(("device", "subscriber", "reporter", "sim", "terminal"))
#: Addresses: a person's number, or a service's.
SENDERS: Final = frozenset(("sender", "smsc"))
CONTENT_HASH: Final = "content_hash"
ALERT_ID: Final = "alert_id"
#: The fields of rare messages, and what is in them.
RARE: Final = {
    "network.changes": frozenset(
        ("rx_ts", "from_ts", "to_ts", "kind", "cells", "areas", "polygon", "old_to_new", "note")
    ),
    "field.feedback": frozenset(
        ("rx_ts", "ts", "alert_id", "verdict", "lat", "lon", "note", "by", "mute_until_ts")
    )
    | {"mute_radius_m", "withdrawn", "action_id", "role", "seal"},
    "number.register": frozenset(
        ("rx_ts", "ts", "prefix", "length", "class", "carrier", "region", "rights", "protected")
    )
    | {"trusted", "do_not_originate", "valid_from", "valid_to"},
    "subscriber.changes": frozenset(("rx_ts", "ts", "subscriber", "kind", "region", "outlet")),
    "public.reports": frozenset(
        ("rx_ts", "ts", "source", "about", "number", "number_prefix", "number_length", "url_domain")
    )
    | {"category", "reporter", "case_ref", "content_hash"},
    "number.reputation": frozenset(
        ("rx_ts", "ts", "number", "number_prefix", "number_length", "mark", "source", "count")
    )
    | {"valid_until", "appealed"},
}
_NUMBERS_IN_RARE: Final = frozenset(
    ("from_ts", "to_ts", "mute_until_ts", "mute_radius_m", "coordinates", "mcc", "mnc", "area")
) | {"count", "valid_from", "valid_to", "valid_until", "number_length"}
_ALL: Final = tuple(
    spec
    for specs in (*((*s.fields, *s.carried) for s in SCHEMAS.values()), NEIGHBOUR, BROADCAST)
    for spec in specs
)
#: Fields whose numbers are no identifiers.
NUMBERS: Final = frozenset(s.name for s in _ALL if s.kind in ("int", "float")) | _NUMBERS_IN_RARE
_KNOWN: Final = {
    topic: frozenset(spec.name for spec in (*schema.fields, *schema.carried))
    | {"neighbours", "broadcast"}
    | {f"broadcast.{spec.name}" for spec in BROADCAST}
    for topic, schema in SCHEMAS.items()
} | RARE
_EVERY: Final = frozenset().union(*_KNOWN.values(), {spec.name for spec in _ALL})
#: No field holds an integer of 14 digits: times have 13 until the year 2286, cells 11.
_LEAST_NAME: Final = 10**13
#: The whole part of a coordinate or level is less.
_LEAST_ODD: Final = 1000
#: So is what else is measured: lengths on Earth, times in seconds.
_LEAST_ODD_MEASURED: Final = 10**8
_MOST_MEASURED_DIGITS: Final = 13
_EXACT: Final = 10**22
#: What a message holds in more text than any has is hashed whole, unread.
_MOST_CHARACTERS: Final = 32_768
_KEY: Final = re.compile(rb'"\s*:')


def numeric_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The fields of a struct, and of those in it, whose values are numbers.

    >>> class Count(msgspec.Struct):
    ...     who: str
    ...     of: dict[str, int]
    >>> sorted(numeric_fields(Count))
    ['of']
    """
    found: set[str] = set()
    _numeric(msgspec.inspect.type_info(kind), "", found)
    return frozenset(found)


def hashed_finding(value: bytes, hasher: Hasher) -> bytes:
    """As `hashed_line`, of a finding: how far its observer may be from a mast is a number of as
    many digits as a person's.

    >>> hashed_finding(b'{"place":{"reach_m":3270.7782500321623}}', Hasher(b"key"))
    b'{"place":{"reach_m":3270.7782500321623}}'
    """
    return hashed_line(value, hasher, _finding_numbers())


@cache
def _finding_numbers() -> frozenset[str]:
    return NUMBERS | numeric_fields(Finding)


def hashed_line(value: bytes, hasher: Hasher, numbers: frozenset[str] = NUMBERS) -> bytes:
    """A message with all identifiers in it hashed; the very bytes where it has none. ``numbers``
    are the fields whose numbers are none.

    Where the line can't be read, all that looks like an identifier is hashed.

    >>> hashed_line(b'{"device": "d-1", "ts": 1748916000500}', Hasher(b"key"))
    b'{"device": "d-1", "ts": 1748916000500}'
    >>> b"460001234567890" in hashed_line(b'{"device": "460001234567890"', Hasher(b"key"))
    False
    """
    try:
        content = _parsed(value)
    except (ValueError, RecursionError):
        return scrubbed(value, hasher)
    try:
        clean, keys = _Cleaner(hasher, numbers).cleaned(content)
        # Of two fields of one name only the last was seen.
        is_whole = len(_KEY.findall(value)) == keys or _is_clean_twice(value, hasher, numbers)
        if clean == content and is_whole:
            return value
        return msgspec.json.encode(clean)
    except (ValueError, RecursionError, OverflowError):
        return scrubbed(value, hasher)


def clean_message(value: bytes, hasher: Hasher, topic: str) -> bytes | None:
    """As `hashed_line`, without the fields that a topic's readers don't know.

    For messages that leave the house. ``None`` where the value is no JSON object.

    >>> clean_message(b'{"device": "d-1", "imsi": 460001234567890}', Hasher(b"k"), "sms.metadata")
    b'{"device":"d-1"}'
    """
    try:
        content = _parsed(value)
        if not isinstance(content, dict):
            return None
        known = {name: one for name, one in content.items() if name in _KNOWN[topic]}
        clean, keys = _Cleaner(hasher).cleaned(known)
        if clean == content and len(_KEY.findall(value)) == keys:
            return value
        return msgspec.json.encode(clean)
    except (ValueError, RecursionError, OverflowError):
        return None


def _is_clean_twice(value: bytes, hasher: Hasher, numbers: frozenset[str]) -> bool:
    """Whether no field has an identifier, those that are given twice included."""
    content = json.loads(
        value.decode(),
        parse_constant=_refused,
        object_pairs_hook=lambda pairs: [{name: one} for name, one in pairs],
    )
    return bool(_Cleaner(hasher, numbers).cleaned(content)[0] == content)


class _Cleaner:
    def __init__(self, hasher: Hasher, numbers: frozenset[str] = NUMBERS) -> None:
        self._hasher, self._numbers = hasher, numbers
        self._keys, self._left = 0, _MOST_CHARACTERS

    def cleaned(self, content: Any) -> tuple[Any, int]:
        """The content without identifiers, and how many fields there were in all."""
        return self._value("", content), self._keys

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case str():
                return self._text(name, value)
            case bool() | None:
                return value
            case int() | float():
                return self._number(name, value)
            case list():
                return [self._value(name, one) for one in value]
            case dict() if name in TELEPHONES or name in PREFIXES:
                # None is due there, so all in it is looked at as what is.
                self._keys += len(value)
                return {self._text(name, key): self._value(name, one) for key, one in value.items()}
            case dict():
                return self._fields(value)
        return value

    def _fields(self, content: Mapping[str, Any]) -> dict[str, Any]:
        self._keys += len(content)
        clean = {
            name if name in _EVERY else self._hasher.scrub_text(name): self._value(name, value)
            for name, value in content.items()
        }
        for name in TELEPHONES & content.keys():
            if isinstance(text := content[name], str) and text and self._left >= 0:
                nature = content.get(NATURES.get(name, ""))
                clean |= clean_fields(name, text, nature, self._hasher)
        return clean

    def _text(self, name: str, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            return self._hasher.renamed(text)
        if name in NAMES:
            return self._hasher.pseudonym(text)
        if name in SENDERS:
            return self._hasher.sender(text)
        if name in TELEPHONES:
            return clean_number(text, self._hasher)
        if name in PREFIXES:
            return clean_prefix(text, name, self._hasher)
        if name == CONTENT_HASH and is_content_hash(text):
            return text
        if name == ALERT_ID and is_alert_id(text):
            return text
        return self._hasher.scrub_text(text)

    def _number(self, name: str, number: int | float) -> Any:
        if isinstance(number, float) and not number.is_integer():
            digits = re.sub(r"[^0-9]", "", repr(number).partition("e")[0])
            least = _LEAST_ODD_MEASURED if name in self._numbers else _LEAST_ODD
            is_odd = abs(number) >= least and len(digits) > _MOST_MEASURED_DIGITS
            return self._hasher.pseudonym(digits) if is_odd else number
        if name in self._numbers and abs(number) < _LEAST_NAME:
            return number
        if abs(number) >= _EXACT:
            return number if isinstance(number, float) else self._hasher.pseudonym(str(number))
        digits = str(abs(int(number)))
        if name in NAMES:
            clean = self._hasher.pseudonym(digits)
        elif name in SENDERS:
            clean = self._hasher.sender(digits)
        elif name in TELEPHONES or name in PREFIXES:
            is_short = len(digits) <= PREFIX_DIGITS
            clean = digits if is_short else self._hasher.renamed(digits)
        else:
            clean = self._hasher.scrub_text(digits)
        return number if clean == digits else clean


def _numeric(kind: Any, name: str, found: set[str]) -> None:
    match kind:
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            found.add(name)
        case msgspec.inspect.Metadata():
            _numeric(kind.type, name, found)
        case msgspec.inspect.StructType():
            for field in kind.fields:
                _numeric(field.type, field.encode_name, found)
        case msgspec.inspect.UnionType():
            for one in kind.types:
                _numeric(one, name, found)
        case msgspec.inspect.DictType():
            _numeric(kind.value_type, name, found)
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType():
            _numeric(kind.item_type, name, found)
        case _:
            pass


def _parsed(value: bytes) -> Any:
    try:
        return msgspec.json.decode(value)
    except msgspec.ValidationError:
        # A number of more than 64 bits: the standard library has room for it.
        return json.loads(value.decode(), parse_constant=_refused)


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
