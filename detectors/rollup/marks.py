"""Marks of numbers: those of provinces put together, and what comes of them in each province.

What a province marks itself never comes back to it as somebody else's word, and an appeal in one
province holds in all.
"""

from collections.abc import Iterable
from typing import Final

from detectors.rollup.records import Given, Mark, NationalMark

#: Whose marks those are in a province that come from the others.
NATIONAL: Final = "national"
#: A number is marked by no more sources of all provinces.
_MOST_GIVEN: Final = 64


class Marks:
    """The newest mark of each province and source of each number."""

    def __init__(self) -> None:
        self._by_number: dict[str, dict[tuple[str, str], Mark]] = {}
        self._written: dict[str, NationalMark] = {}
        self._changed: set[str] = set()

    def take(self, mark: Mark) -> None:
        """One mark; a count of 0 takes the source's away. Of one source the newest counts."""
        given = self._by_number.setdefault(mark.number, {})
        key = (mark.province, mark.by)
        known = given.get(key)
        if known is not None and known.ts > mark.ts:
            return
        given[key] = mark
        while len(given) > _MOST_GIVEN:
            del given[min(given, key=lambda one: given[one].ts)]
        self._changed.add(mark.number)

    def gone(self, province: str, number: str, by: str) -> None:
        """A province's source says nothing of a number any more."""
        if self._by_number.get(number, {}).pop((province, by), None) is not None:
            self._changed.add(number)
            if not self._by_number[number]:
                del self._by_number[number]

    def expire(self, now_ms: int) -> None:
        """Drops marks whose time is over."""
        over = [
            one
            for given in self._by_number.values()
            for one in given.values()
            if one.valid_until is not None and one.valid_until <= now_ms
        ]
        for one in over:
            self.gone(one.province, one.number, one.by)

    def written(self, mark: NationalMark) -> None:
        """What was written before, which a process that begins reads back."""
        self._written[mark.number] = mark
        self._changed.add(mark.number)

    def all_written(self) -> dict[str, NationalMark]:
        """What lies on the topic."""
        return dict(self._written)

    def news(self) -> dict[str, NationalMark | None]:
        """Numbers whose marks have changed since it was asked last."""
        news: dict[str, NationalMark | None] = {}
        for number in sorted(self._changed):
            now = _together(number, self._by_number.get(number, {}).values())
            before = self._written.get(number)
            if now == before:
                continue
            news[number] = now
            if now is None:
                self._written.pop(number, None)
            else:
                self._written[number] = now
        self._changed.clear()
        return news


def _together(number: str, marks: Iterable[Mark]) -> NationalMark | None:
    alive = sorted((one for one in marks if one.count > 0), key=lambda one: (one.province, one.by))
    if not alive:
        return None
    newest = max(alive, key=lambda one: (one.prefix is not None, one.length is not None, one.ts))
    return NationalMark(
        number=number,
        given=[
            Given(
                one.province,
                one.by,
                one.mark,
                one.count,
                one.ts,
                one.valid_until,
                one.appealed,
            )
            for one in alive
        ],
        appealed=any(one.appealed for one in alive),
        prefix=newest.prefix,
        length=newest.length,
    )


def for_province(mark: NationalMark, province: str, now_ms: int) -> Mark | None:
    """What a province is to hold of a number by the word of the others; ``None`` where they say
    nothing, or nothing any more. How it is marked is the word with most marks behind it."""
    others = [
        one
        for one in mark.given
        if one.province != province and (one.valid_until is None or one.valid_until > now_ms)
    ]
    if not others:
        return None
    counts: dict[str, int] = {}
    for one in others:
        counts[one.mark] = counts.get(one.mark, 0) + one.count
    word = max(sorted(counts), key=lambda each: counts[each])
    ends = [one.valid_until for one in others if one.mark == word]
    known = [one for one in ends if one is not None]
    return Mark(
        province=province,
        number=mark.number,
        by=NATIONAL,
        mark=word,
        ts=max(one.ts for one in others),
        count=counts[word],
        valid_until=max(known) if len(known) == len(ends) else None,
        appealed=mark.appealed,
        prefix=mark.prefix,
        length=mark.length,
    )


def is_own(by: str | None) -> bool:
    """Whether a mark in a province is its own.

    >>> is_own("app"), is_own("national")
    (True, False)
    """
    return by != NATIONAL
