"""Which honest cell each phone camps on at every step, and at which level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replay.simulate.network.network import SECTORS
from replay.simulate.network.radio import Radio
from replay.simulate.people.people import HOME, Phones

HYSTERESIS_DB = 6.0


@dataclass(frozen=True, slots=True)
class Camping:
    """``cell`` is a row of the network, ``level_dbm`` its mean level; shape (steps + 1, phones)."""

    cell: NDArray[np.int64]
    level_dbm: NDArray[np.float64]


def camp(phones: Phones, radio: Radio) -> Camping:
    """Reselection with hysteresis, step by step.

    Phones that stay where they are, at home or for a step, are looked at again only when the
    network changes. A phone that receives no cell has -1.
    """
    cell = np.empty(phones.x.shape, dtype=np.int64)
    level = np.empty(phones.x.shape)
    everyone = np.arange(len(phones))
    cell[0], level[0] = _strongest(phones, radio, everyone, 0)
    cell[1:], level[1:] = cell[0], level[0]
    changes_s = radio.network.changes_s()
    for step in range(1, len(phones.x)):
        now_s, before_s = step * phones.step_s, (step - 1) * phones.step_s
        changed = bool(((changes_s > before_s) & (changes_s <= now_s)).any())
        moved = (phones.x[step] != phones.x[step - 1]) | (phones.y[step] != phones.y[step - 1])
        movers = everyone if changed else np.flatnonzero((phones.kind != HOME) & moved)
        cell[step], level[step] = cell[step - 1], level[step - 1]
        if len(movers) == 0:
            continue
        best, best_level = _strongest(phones, radio, movers, step)
        kept = cell[step - 1, movers]
        x, y = phones.x[step, movers], phones.y[step, movers]
        kept_level = radio.levels(kept[:, None], x, y)[:, 0] + phones.gain_db[movers]
        kept_level[radio.network.as_of(kept, now_s) < 0] = -np.inf
        better = best_level > kept_level + HYSTERESIS_DB
        cell[step, movers] = np.where(better, best, kept)
        level[step, movers] = np.where(better, best_level, kept_level)
    if len(changes_s):
        at_s = np.arange(len(phones.x), dtype=np.float64) * phones.step_s
        cell = radio.network.as_of(cell, np.asarray(at_s[:, None], dtype=np.float64))
    return Camping(cell, level)


def _strongest(
    phones: Phones, radio: Radio, which: NDArray[np.int64], step: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The strongest cell of some phones at one step, and its level in dBm."""
    x, y = phones.x[step, which], phones.y[step, which]
    cells = radio.candidates(phones.operator[which], phones.rat[which], x, y)
    levels = radio.levels(cells, x, y, SECTORS)
    levels[radio.network.as_of(cells, step * phones.step_s) < 0] = -np.inf
    best = np.argmax(levels, axis=1)
    rows = np.arange(len(which))
    return cells[rows, best], levels[rows, best] + phones.gain_db[which]
