"""The rare messages about numbers and subscribers, read one by one into plain records.

Numbers come out as hashes, with their first digits and their length where these are known.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow, PublicReport, Reputation, SubscriberChange
from streams.decode.domains import registrable
from streams.decode.json.fallback import shown
from streams.decode.rare.call_tables import CALL_FIELDS, ONE_OF
from streams.decode.rare.reading import arrival_of
from streams.decode.rare.tables import RareField
from streams.decode.raw_rows import Fault
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.limits import NAME_CHARACTERS
from streams.privacy.hasher import Hasher
from streams.privacy.telephones.number import PREFIX_DIGITS, Number, beside
from streams.signed.trust import Trust

#: Pseudonyms, and texts that hold a telephone number.
_PSEUDONYMS: Final = frozenset(("subscriber", "reporter"))
_NUMBER: Final = "number"

About: TypeAlias = NumberRow | SubscriberChange | PublicReport | Reputation


def read_about_numbers(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
    _trust: Trust,
) -> About | Fault:
    """A message of one of these topics, by its source, or why it can't be read."""
    values = _read(content, stand_in_ms, source, hasher, dropped)
    if isinstance(values, Fault):
        return values
    match source.topic:
        case "number.register":
            values["number_class"] = values.pop("class")
            return NumberRow(source=source, **_range(values.pop("prefix"), hasher), **values)
        case "subscriber.changes":
            known = hasher.number(str(content["subscriber"]))
            return SubscriberChange(source=source, number=known and known.name, **values)
        case "public.reports":
            return PublicReport(source=source, by=values.pop("source"), **values)
    return Reputation(source=source, by=values.pop("source"), **values)


def deleted(
    key: bytes, stand_in_ms: int, source: Source, hasher: Hasher
) -> NumberRow | Reputation | Fault:
    """What a record without a value takes back, by its key."""
    hasher = hasher.at(stand_in_ms)
    name = key.decode("utf-8", "replace")
    if not name or len(name) > NAME_CHARACTERS or "\ufffd" in name:
        return Fault("tombstone", "the record has no value, and its key is no number")
    if source.topic == "number.register":
        return NumberRow(rx_ts=stand_in_ms, source=source, deleted=True, **_range(name, hasher))
    # A source may have a key of its own beside the number's.
    name, apart, by = name.partition("|")
    number = _number(name, hasher)
    return Reputation(
        rx_ts=stand_in_ms, source=source, number=number.name, by=by if apart else None, deleted=True
    )


def _read(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
) -> dict[str, Any] | Fault:
    """The fields of a message, cleaned; wrong ones are ``None`` and counted."""
    values: dict[str, Any] = {}
    noted: Counter[str] = Counter()
    for field in CALL_FIELDS[source.topic]:
        value = content.get(field.name)
        values[field.name] = field.taken(value, noted)
        if field.required and values[field.name] is None:
            return _fault(field, value)
    values["rx_ts"] = rx_ts = arrival_of(values, stand_in_ms)
    if not YEAR_2000_MS <= values["ts"] <= rx_ts + DAY_MS:
        return Fault("time_out_of_range", f"'ts' is {values['ts']}, its arrival is {rx_ts}")
    one_of = ONE_OF.get(source.topic, ())
    if one_of and all(values[name] is None for name in one_of):
        return Fault("missing_field", f"one of {', '.join(map(repr, one_of))} is due")
    _clean(values, hasher, noted)
    dropped.update(noted)
    return values


def _fault(field: RareField, value: Any) -> Fault:
    if value is None:
        return Fault("missing_field", f"{field.name!r} is missing")
    if "enum" in field.shape and isinstance(value, str):
        due = f"one of {', '.join(field.shape['enum'])} is due"
        return Fault("unknown_value", f"{field.name!r} is not listed, {due}")
    # What stands in the place of a number isn't shown: it may be one.
    what = shown(value) if field.name == "ts" else "of another type, empty or too long"
    due = "an integer" if field.name == "ts" else "a text"
    return Fault("wrong_type", f"{field.name!r} is {what}, {due} is due")


def _clean(values: dict[str, Any], hasher: Hasher, noted: Counter[str]) -> None:
    """Hashes what names people, and puts numbers apart."""
    for name, value in values.items():
        if name in _PSEUDONYMS and value is not None:
            values[name] = hasher.pseudonym(value)
        elif name == "url_domain" and value is not None:
            values[name] = hasher.scrub_text(registrable(value))
        elif isinstance(value, tuple):
            values[name] = tuple(hasher.scrub_text(item) for item in value)
        elif isinstance(value, str) and name not in (_NUMBER, "prefix", "content_hash"):
            values[name] = hasher.scrub_text(value)
    if _NUMBER not in values:
        return
    prefix, length = (values.pop(name) for name in beside(_NUMBER))
    number = None if values[_NUMBER] is None else _number(values[_NUMBER], hasher)
    if number is not None and number.length:
        prefix, length = number.prefix, number.length
    elif length is not None and length < len(prefix or ""):
        noted[beside(_NUMBER)[1]] += 1
        length = None
    values |= {_NUMBER: number and number.name, "prefix": prefix, "length": length}


def _number(text: str, hasher: Hasher) -> Number:
    """A number or its hash; a text without a digit is a name."""
    return hasher.number(text) or Number(hasher.pseudonym(text))


def _range(text: str, hasher: Hasher) -> dict[str, Any]:
    """A range by its first digits, or one number: what is longer than a prefix is one."""
    digits = text.removeprefix("+")
    if digits.isascii() and digits.isdigit() and len(digits) <= PREFIX_DIGITS:
        return {"prefix": digits}
    return {_NUMBER: _number(text, hasher).name}
