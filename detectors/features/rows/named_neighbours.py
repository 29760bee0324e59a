"""Neighbours that a message names in full, and how an observation carries them to where they are
judged."""

from typing import Final

import numpy as np

from detectors.model.codes import RATS, code_of, text_of
from detectors.model.columns import F8, I8, Measurements, any_given
from detectors.model.finding import Identity

#: Neighbours of one message that are carried on.
_MOST: Final = 4


def loudest_dbm(batch: Measurements) -> F8 | None:
    """Level of each message's loudest named neighbour of its own RAT; minus infinity for none.
    ``None`` where no message names any."""
    near = batch.neighbours
    if not any_given(near.cell):
        return None
    loudest = np.full(len(batch), -np.inf)
    named = near.rat == batch.rat[near.row]
    named &= ~np.isnan(near.cell + near.area + near.signal_dbm)
    np.maximum.at(loudest, near.row[named], near.signal_dbm[named])
    return loudest


def written(batch: Measurements, rows: I8) -> dict[int, str]:
    """The named neighbours of some messages, by row, as text that `read` understands."""
    near = batch.neighbours
    if not any_given(near.cell):
        return {}
    asked = np.zeros(len(batch), dtype=np.bool_)
    asked[rows] = True
    named = asked[near.row] & (near.rat > 0)
    numbers = near.mcc + near.mnc + near.area + near.cell + near.signal_dbm
    neighbours: dict[int, list[str]] = {}
    for entry in np.flatnonzero(named & ~np.isnan(numbers)).tolist():
        listed = neighbours.setdefault(int(near.row[entry]), [])
        if len(listed) < _MOST:
            listed.append(
                f"{text_of(int(near.rat[entry]), RATS)} {int(near.mcc[entry])} "
                f"{int(near.mnc[entry])} {int(near.area[entry])} {int(near.cell[entry])} "
                f"{float(near.signal_dbm[entry])}"
            )
    return {row: ";".join(listed) for row, listed in neighbours.items()}


def read(text: str) -> list[tuple[Identity, float]]:
    """Identities and levels (dBm) of the neighbours in a text.

    >>> read("lte 460 0 4100 7 -95.0")[0][1], read("")
    (-95.0, [])
    """
    named = []
    for each in text.split(";") if text else ():
        rat, *numbers, level = each.split(" ")
        if code_of(rat, RATS):
            named.append((Identity(rat, *map(int, numbers)), float(level)))
    return named
