"""All cells in the messages of a batch: the serving ones, and those in neighbour lists.

Several rules look at every cell of every message, so the lists are laid out, all identities looked
up, and what is listed compared with its rows, once a batch.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import AnyFacts, shared
from detectors.features.rule import advance_of, optional, place_of
from detectors.model.codes import DEVICE, NETWORK_POSITION, RATS, SMS_DEVICE, text_of
from detectors.model.columns import F8, I8, U1, Bool, Measurements, Signalling, Sms, any_given
from detectors.model.finding import Identity, Place
from detectors.register.register import Register


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """One entry for each cell. Numbers of an identity are -1 where they aren't given.

    ``row`` is the entry's row in the batch, ``neighbour`` whether it stood in a neighbour list,
    ``is_full`` whether its identity is given in full, ``found`` the register's row valid at that
    time: -1 where there is none, or the identity isn't given in full.
    """

    row: I8
    neighbour: Bool
    rat: U1
    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    arfcn: F8
    pci: F8
    signal_dbm: F8
    is_full: Bool
    found: I8

    def __len__(self) -> int:
        return len(self.row)

    @property
    def is_bare(self) -> bool:
        """Whether it is known without a look at each that none names a country."""
        return not len(self) or self.mcc.strides == (0,)

    def take(self, entries: I8) -> Self:
        """Some entries, in the given order; all in theirs as they are."""
        if len(entries) == len(self) and np.array_equal(entries, np.arange(len(self))):
            return self
        if not len(entries):
            # Mostly none is odd; to take none of each column costs more than to cut all off.
            return type(self)(*(getattr(self, name)[:0] for name in self.__slots__))
        return type(self)(*(getattr(self, name)[entries] for name in self.__slots__))

    def where(self, kept: Bool) -> Self:
        """Those for which something is so; all as they are where it is so of all."""
        return self if kept.all() else self.take(np.flatnonzero(kept))

    def in_order(self) -> Self:
        """Those of each message together, in the order of messages. So what a device reports first
        is the same however messages are cut into batches."""
        return self.take(np.argsort(self.row, kind="stable"))

    def identity(self, entry: int) -> Identity:
        """The identity of one entry, as far as given."""
        mcc, mnc, area, cell = (
            int(column[entry]) for column in (self.mcc, self.mnc, self.area, self.cell)
        )
        arfcn, pci = float(self.arfcn[entry]), float(self.pci[entry])
        return Identity(
            text_of(int(self.rat[entry]), RATS),
            None if mcc < 0 else mcc,
            None if mnc < 0 else mnc,
            None if area < 0 else area,
            None if cell < 0 else cell,
            None if arfcn != arfcn else int(arfcn),
            None if pci != pci else int(pci),
        )

    def about(self, entry: int, batch: Any) -> dict[str, Any]:
        """Of an entry what observations and findings name: its identity, place, level, and timing
        advance, which a phone only has on the cell that serves it."""
        row, level_dbm = int(self.row[entry]), optional(self.signal_dbm[entry])
        own = isinstance(batch, Measurements) and not self.neighbour[entry] and batch.serving[row]
        return {
            "claimed": self.identity(entry),
            "place": seen_place(batch, row),
            "signal_dbm": level_dbm,
            **(advance_of(batch, row) if own else {}),
        }


@shared
def sightings_of(facts: AnyFacts) -> Sightings:
    """The cells of a batch of measurements, of text messages, or of signalling: first those that
    served, one a message, then neighbours.

    Of text messages only phones' own, of signalling only what a diagnostic port saw, and of both
    only identities in full.
    """
    return joined(serving_of(facts), neighbours_of(facts))


@shared
def serving_of(facts: AnyFacts) -> Sightings:
    """Those that served."""
    batch, register = facts.batch, facts.register
    if isinstance(batch, Measurements):
        return _serving(batch, register)
    if isinstance(batch, Sms):
        rows = np.flatnonzero((batch.source == SMS_DEVICE) & (batch.rat > 0))
    else:
        assert isinstance(batch, Signalling)
        rows = np.flatnonzero(batch.source == DEVICE)
    mcc, mnc, area, cell = (_whole(getattr(batch, name)[rows]) for name in _NUMBERS)
    nothing = np.full(len(rows), np.nan)
    level = batch.signal_dbm[rows] if isinstance(batch, Sms) else nothing
    rat, own = batch.rat[rows], np.zeros(len(rows), dtype=np.bool_)
    full = _are_full(rat, mcc, mnc, area, cell)
    found = register.find(rat, mcc, mnc, area, cell, batch.ts_ms[rows])
    codes = nothing, nothing, level
    sightings = Sightings(rows, own, rat, mcc, mnc, area, cell, *codes, full, found)
    return sightings.take(np.flatnonzero(full))


@shared
def neighbours_of(facts: AnyFacts) -> Sightings:
    """Those that stood in neighbour lists."""
    if isinstance(facts.batch, Measurements):
        return _neighbours(facts.batch, facts.register)
    return serving_of(facts).take(np.zeros(0, dtype=np.int64))


@shared
def listed_of(facts: AnyFacts) -> Sightings:
    """Those of cells that the register has, in the order of their messages."""
    serving, neighbours = serving_of(facts), neighbours_of(facts)
    listed = serving.where(serving.found >= 0)
    named = np.flatnonzero(neighbours.found >= 0)
    return by_message(listed, neighbours.take(named)) if len(named) else listed


@shared
def unlisted_of(facts: AnyFacts) -> Sightings:
    """Those that name in full a cell which the register doesn't have, in the order of their
    messages."""
    serving, neighbours = serving_of(facts), neighbours_of(facts)
    unlisted = serving.where((serving.found < 0) & serving.is_full)
    named = np.flatnonzero((neighbours.found < 0) & neighbours.is_full)
    return by_message(unlisted, neighbours.take(named)) if len(named) else unlisted


def by_message(serving: Sightings, neighbours: Sightings) -> Sightings:
    """Both in the order of their messages, of each first what served."""
    return joined(serving, neighbours).in_order()


def joined(one: Sightings, other: Sightings) -> Sightings:
    """The ones, then the others."""
    if not len(one) or not len(other):
        return one if len(one) else other
    pairs = ((getattr(one, name), getattr(other, name)) for name in Sightings.__slots__)
    return Sightings(*map(np.concatenate, pairs))


#: As many as there may ever be, all in one place: nobody writes into what a message says.
_NOT_GIVEN: Final = np.broadcast_to(np.int64(-1), 1 << 40)
_NUMBERS: Final = ("mcc", "mnc", "area", "cell")


def seen_place(batch: Any, row: int) -> Place | None:
    """The phone's own place; one from the network only says about where it was."""
    place = place_of(batch, row)
    if place and isinstance(batch, Measurements) and batch.position_source[row] == NETWORK_POSITION:
        return about_place(place)
    return place


def about_place(place: Place) -> Place:
    """A place that the network gave, as what it is: about where the phone was."""
    return Place(place.lat, place.lon, reach_m=place.accuracy_m or 2000.0)


def _serving(batch: Measurements, register: Register) -> Sightings:
    own = batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell
    return Sightings(
        np.arange(len(batch), dtype=np.int64),
        np.zeros(len(batch), dtype=np.bool_),
        *own,
        batch.arfcn,
        batch.pci,
        batch.signal_dbm,
        _are_full(*own),
        register.find(*own, batch.ts_ms),
    )


def _neighbours(batch: Measurements, register: Register) -> Sightings:
    near = batch.neighbours
    mcc, mnc, area, cell = (_whole(getattr(near, name)) for name in _NUMBERS)
    found = np.full(len(near), -1, dtype=np.int64)
    if not any_given(near.cell):
        is_full = np.zeros(len(near), dtype=np.bool_)
    elif len(full := np.flatnonzero(is_full := _are_full(near.rat, mcc, mnc, area, cell))):
        named = mcc[full], mnc[full], area[full], cell[full], batch.ts_ms[near.row[full]]
        found[full] = register.find(near.rat[full], *named)
    return Sightings(
        near.row,
        np.ones(len(near), dtype=np.bool_),
        near.rat,
        mcc,
        mnc,
        area,
        cell,
        near.arfcn,
        near.pci,
        near.signal_dbm,
        is_full,
        found,
    )


def _are_full(rat: U1, mcc: I8, mnc: I8, area: I8, cell: I8) -> Bool:
    given: Bool = (rat > 0) & (mcc >= 0) & (mnc >= 0)
    return given & (area >= 0) & (cell >= 0)


def _whole(column: NDArray[Any]) -> I8:
    """As integers, -1 for NaN."""
    if column.dtype.kind != "f":
        return column.astype(np.int64, copy=False)
    if not any_given(column):
        # Nobody writes into what a message says. (`Sightings.is_bare` knows it by this.)
        return _NOT_GIVEN[: len(column)]
    return np.where(column >= 0, column, -1.0).astype(np.int64)
