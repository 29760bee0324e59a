"""The English prose of alerts about calls, made last and only from fields."""

from collections.abc import Mapping
from typing import Final

from detectors.alert.record import Status
from detectors.model.finding import CallKind
from detectors.model.words import KINDS
from detectors.rules import ROOMS

_LIKELY: Final = 0.8


def headline(
    status: Status, kind: CallKind, chance: float, numbers: int, calls: int, people: int
) -> str:
    """One sentence that says what it is, how large, and how sure.

    >>> headline("open", "scam_campaign", 0.97, 12, 80, 75)
    'Campaign of fraudulent calls: 12 numbers, 80 calls to 75 people (97 %)'
    """
    what = KINDS[kind]
    if status == "closed":
        what = f"{what}, over"
    elif chance < _LIKELY:
        what = f"possible {what}"
    parts = [_count(numbers, "number")] if numbers else []
    parts += [f"{_count(calls, 'call')} to {_count(people, 'person')}"] if calls else []
    parts = parts or ([_count(people, "person")] if people else [])
    size = f": {', '.join(parts)}" if parts else ""
    return f"{what[0].upper()}{what[1:]}{size} ({chance:.0%})".replace("%)", " %)")


def explain(detector: str, numbers: int, values: Mapping[str, str | int | float | None]) -> str:
    """What a detector's findings say, in one sentence: the words of its room."""
    who = _count(numbers, "number") if numbers else "a group of numbers"
    room = ROOMS.get(detector)
    if room is None:  # a rule of another version, met in stored state
        return f"{who}: {detector}"
    return room.words["en"].sentence(who, "", dict(values))


def _count(count: int, what: str) -> str:
    if count == 1:
        return f"1 {what}"
    return f"{count} {'people' if what == 'person' else f'{what}s'}"
