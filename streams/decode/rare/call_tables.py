"""The fields of the rare messages about numbers and subscribers, one line a field.

Of these some are required: without one, or with a wrong value of it, the message is a dead letter.
"""

from collections.abc import Mapping
from typing import Any, Final

from detectors.model.codes import (
    REPORT_SOURCES,
    REPORTED,
    SUBSCRIBER_CHANGES,
)
from detectors.numbers.classes import NUMBER_CLASSES
from streams.decode.rare import values
from streams.decode.rare.tables import RareField, arrival, listed
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.decode.schema import RX_TS
from streams.decode.schema.fields import EXACT
from streams.limits import NAME_CHARACTERS
from streams.privacy.identifiers import is_content_hash

_NAME: Final = {"type": "string", "maxLength": NAME_CHARACTERS}
_SOME_NAME: Final = _NAME | {"minLength": 1}
_TIME: Final = {"minimum": YEAR_2000_MS, "maximum": int(RX_TS.high) + DAY_MS}


def _ts() -> RareField:
    return RareField("ts", values.integer, {"type": "integer", **_TIME}, required=True)


def _some(name: str, required: bool = False) -> RareField:
    """A text that isn't empty."""
    return RareField(name, lambda value: values.name(value) or None, _SOME_NAME, required=required)


def _text(name: str, many: bool = False) -> RareField:
    return RareField(name, values.name, _NAME, many=many)


def _truth(name: str) -> RareField:
    def read(value: Any) -> bool | None:
        return value if isinstance(value, bool) else None

    return RareField(name, read, {"type": "boolean"})


def _whole(name: str, low: int, high: int) -> RareField:
    def read(value: Any) -> int | None:
        number = values.integer(value)
        return number if number is not None and low <= number <= high else None

    return RareField(name, read, {"type": "integer", "minimum": low, "maximum": high})


def _form(name: str) -> RareField:
    """A similarity hash, as those of texts are."""

    def read(value: Any) -> str | None:
        text = values.name(value)
        return text.lower() if text is not None and is_content_hash(text) else None

    return RareField(name, read, {"type": "string", "pattern": "^[0-9A-Fa-f]{16}$"})


def _beside(name: str) -> tuple[RareField, RareField]:
    """What may stand beside a number that was hashed before."""
    prefix = {"type": "string", "pattern": "^[0-9]+$", "maxLength": NAME_CHARACTERS}
    return (
        RareField(f"{name}_prefix", values.digits, prefix),
        _whole(f"{name}_length", 0, 99),
    )


REGISTER_FIELDS: Final = (
    *(arrival("rx_ts"), _ts(), _some("prefix", required=True), _whole("length", 1, 99)),
    listed("class", NUMBER_CLASSES),
    *(_text("carrier"), _text("region"), _text("rights", many=True)),
    *(_truth("protected"), _truth("trusted"), _truth("do_not_originate")),
    *(arrival("valid_from"), arrival("valid_to")),
)
CHANGE_FIELDS: Final = (
    *(arrival("rx_ts"), _ts(), _some("subscriber", required=True)),
    listed("kind", SUBSCRIBER_CHANGES, required=True),
    *(_text("region"), _text("outlet")),
)
REPORT_FIELDS: Final = (
    *(arrival("rx_ts"), _ts()),
    *(listed("source", REPORT_SOURCES, required=True), listed("about", REPORTED, required=True)),
    *(_some("number"), *_beside("number"), _some("url_domain"), _form("content_hash")),
    *(_text("category"), _text("reporter"), _text("case_ref")),
)
REPUTATION_FIELDS: Final = (
    *(arrival("rx_ts"), _ts(), _some("number", required=True), *_beside("number")),
    *(_some("mark", required=True), _text("source"), _whole("count", 0, int(EXACT))),
    *(arrival("valid_until"), _truth("appealed")),
)
#: The fields of each topic.
CALL_FIELDS: Final[Mapping[str, tuple[RareField, ...]]] = {
    "number.register": REGISTER_FIELDS,
    "subscriber.changes": CHANGE_FIELDS,
    "public.reports": REPORT_FIELDS,
    "number.reputation": REPUTATION_FIELDS,
}
#: Fields of which a message of a topic has at least one.
ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "public.reports": ("number", "url_domain", "content_hash")
}
