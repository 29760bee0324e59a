"""Moments as ISO 8601 beside numbers, for programs and people that read none.

Beside each field that holds a moment stands one with ``_iso`` behind its name, without the unit:
``ts`` and ``ts_iso``, ``received_ms`` and ``received_iso``. It is UTC with milliseconds and Z, and
null where the number is missing or 0 (never). Fields themselves stay as they are.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from field.formats.words.moments import iso, moment

#: Fields that hold ms since the epoch.
_IN_MS: Final = frozenset(
    (
        *("ts", "rx_ts", "sent_ts", "first_ts", "last_ts", "alert_ts", "mute_until_ts", "done_ts"),
        *("opened_ts", "dispatched_ts", "answered_ts", "closed_ts", "decided_ts"),
        *("first_seen", "last_seen", "muted_until", "as_of", "now", "since", "until", "expires"),
        *("valid_from", "valid_to", "valid_until", "key_from"),
        *("received_ms", "arrival_ms", "heard_ms", "last_arrival_ms", "last_ok_ms", "at_ms"),
        *("first_ms", "last_ms", "since_ms"),
    )
)
#: .. and those that hold seconds.
_IN_S: Final = frozenset(("made_s", "begun_s", "until_s", "used_s", "created", "updated"))
_MOMENTS: Final = _IN_MS | _IN_S
#: What holds no more fields; lists of thousands of features go through here.
_PLAIN: Final = frozenset((str, int, float, bool, type(None), bytes))
#: What a rule measured, and a search as it was asked for: whoever sends them back sends the same.
_AS_THEY_ARE: Final = frozenset(("values", "search"))


def iso_name(name: str) -> str:
    """The name of the field beside one.

    >>> iso_name("ts"), iso_name("received_ms"), iso_name("until_s")
    ('ts_iso', 'received_iso', 'until_iso')
    """
    return f"{name.removesuffix('_ms').removesuffix('_s')}_iso"


def is_moment(name: str) -> bool:
    """Whether a field of that name holds a moment."""
    return name in _MOMENTS


def iso_of(name: str, value: Any) -> str | None:
    """A field's moment as text; ``None`` for none.

    >>> iso_of("ts", 1748916150915), iso_of("until_s", 0.0)
    ('2025-06-03T02:02:30.915Z', None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return iso(moment(int(value * 1000) if name in _IN_S else int(value)))


def with_iso(content: Any) -> Any:
    """``content`` with these fields, wherever in it; what is encoded already stays.

    >>> with_iso({"a": [{"ts": 1}], "last_ok_ms": None})["a"]
    [{'ts': 1, 'ts_iso': '1970-01-01T00:00:00.001Z'}]
    """
    if isinstance(content, msgspec.Struct):
        content = msgspec.to_builtins(content)
    if isinstance(content, Mapping):
        made: dict[Any, Any] = {}
        for name, value in content.items():
            is_plain = type(value) in _PLAIN or name in _AS_THEY_ARE
            made[name] = value if is_plain else with_iso(value)
            if name in _MOMENTS and (value is None or isinstance(value, int | float)):
                made[iso_name(name)] = iso_of(name, value)
        return made
    # Lists of numbers are places and tracks, and there may be thousands.
    if isinstance(content, list | tuple) and content and not isinstance(content[0], int | float):
        return [with_iso(one) for one in content]
    return content
