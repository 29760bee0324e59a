"""One thing that was looked at: how it stands, what was seen, and what to do."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

State = Literal["ok", "warn", "fail", "skipped"]
STATES: Final[tuple[State, ...]] = ("ok", "warn", "fail", "skipped")


_CASES: Final = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))


class Check(msgspec.Struct, frozen=True):
    """``todo`` is empty where there is nothing to do; with ``skipped``, ``seen`` is the reason."""

    name: str
    state: State
    seen: str
    todo: str = ""


def found(kind: str, case: str, name: str = "", **fields: object) -> Check:
    """A check in one of the cases of ``cases.toml``, whose words name their fields in braces.

    Called by its kind, unless it has a ``name`` of its own.
    """
    words = _CASES[kind][case]
    seen, todo = (words.get(key, "").format(**fields) for key in ("seen", "todo"))
    return Check(name or kind, msgspec.convert(words["state"], State), seen, todo)


def first_of(names: Sequence[str], most: int = 6) -> str:
    """Some names for a sentence, and how many more there are.

    >>> first_of(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def lasting(seconds: float) -> str:
    """A span of time in words.

    >>> lasting(3.4), lasting(600), lasting(7300), lasting(259200)
    ('3 s', '10 min', '2.0 h', '3.0 days')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
