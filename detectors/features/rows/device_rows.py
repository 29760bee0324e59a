"""Whose rows a batch's are, laid out once for all rules that look at a device's rows in turn."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.model.columns import I8, Text


class Numbers(dict[str, int]):
    """Numbers names in order of appearance; a look-up of a new one numbers it."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number

    def of(self, names: Text | list[str]) -> I8:
        """The number of each name.

        >>> Numbers().of(["a", "b", "a"]).tolist()
        [0, 1, 0]
        """
        return np.fromiter(map(self.__getitem__, names), np.int64, len(names))


@dataclass(frozen=True, slots=True, eq=False)
class Speakers:
    """The devices of some rows: their ``names`` in order of appearance, ``speaker`` of each row by
    place in them, the row ``before`` each row of the same device (-1 for none), and the ``last``
    row of each."""

    names: list[str]
    speaker: I8
    before: I8
    last: I8


def speakers_of(who: Text) -> Speakers:
    """The layout of a column of names; the newest column's is kept for the next rule that asks."""
    for known, speakers in _NEWEST:
        if known is who:
            return speakers
    speakers = _laid_out(who)
    _NEWEST[:] = [(who, speakers)]
    return speakers


#: At most one entry: what was asked for last.
_NEWEST: Final[list[tuple[Text, Speakers]]] = []


def _laid_out(who: Text) -> Speakers:
    numbers = Numbers()
    speaker = numbers.of(who)
    order = np.argsort(speaker, kind="stable")
    of = speaker[order]
    again = np.flatnonzero(of[1:] == of[:-1]) + 1
    before = np.full(len(who), -1, dtype=np.int64)
    before[order[again]] = order[again - 1]
    ends = np.append(of[1:] != of[:-1], True)[: len(of)]
    return Speakers(list(numbers), speaker, before, order[ends])
