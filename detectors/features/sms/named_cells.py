"""On how many cells a text was received: one transmitter shows an identity at a time, or two.

Texts that an operator sends to all phones of an area come in on whichever listed cell serves each.
A transmitter's come in on the identity that it announces, which is seldom a listed one, and if so
the same for all. What phones state may be wrong: none, or the cell of before or after. So texts
that name a listed cell as hardly any other phone does speak against a transmitter as far as victims
seldom state a wrong one, those of a few phones that may be hostile aside; texts that name a cell
which the register lacks speak for one, as far as it has few holes. Counted by network and two
minutes, since identities of a transmitter may change, but don't take turns.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.model.finding import Observation
from detectors.register.identity_keys import cell_key

#: Event time (ms) within which a transmitter is taken to keep its identities, and how many those
#: are of one network: one, and the next where it changes.
_SPAN_MS: Final = 120_000
_IDENTITIES: Final = 2
#: What each phone on a listed cell of its own says (nats): one victim in five, say, states a cell
#: that isn't the transmitter's.
_NATS: Final = 1.6
#: What each phone on a cell that isn't listed says for a transmitter: one honest cell in ten, say,
#: is in no register.
_UNLISTED_NATS: Final = 2.1
#: So many phones may be hostile.
_HOSTILE: Final = 3
#: What is said is bounded (nats).
_MOST_NATS: Final = 8.0


class Naming(msgspec.Struct, array_like=True, frozen=True):
    """A text was received (event time, ms) on a cell, by its register key, ``listed`` or not; the
    key is empty where the phone states none."""

    ts: int
    cell: str
    listed: bool


def cell_named(observation: Observation) -> str | None:
    """The key of the cell on which a message was received, listed or not."""
    if observation.claimed is not None:
        return cell_key(observation.claimed)
    seen_on = observation.values.get("seen_on")
    return None if seen_on is None else str(seen_on)


def naming_of(observation: Observation) -> Naming:
    """What a phone states of the cell on which it received a message."""
    cell = cell_named(observation)
    return Naming(observation.ts, cell or "", cell is not None and observation.claimed is None)


def against_one_transmitter(namings: Iterable[Naming]) -> float:
    """What the cells of like texts, one of each phone, say against one transmitter: nats, 0 at
    most.

    >>> spread = [Naming(n, f"lte-460-0-1-{n}", True) for n in range(6)]
    >>> against_one_transmitter(spread), against_one_transmitter(spread[:3])
    (-4.8, 0.0)
    >>> against_one_transmitter([Naming(0, "gsm-460-0-9-9", False)] * 3 + spread)
    0.0
    """
    spans: dict[tuple[int, str], Counter[str]] = {}
    unlisted = 0
    for one in namings:
        if one.listed:
            network = "-".join(one.cell.split("-")[1:3])
            spans.setdefault((one.ts // _SPAN_MS, network), Counter())[one.cell] += 1
        elif one.cell:
            unlisted += 1
    others = sum(_others(cells) for cells in spans.values())
    nats = _NATS * max(0, others - _HOSTILE) - _UNLISTED_NATS * unlisted
    return -round(max(0.0, min(_MOST_NATS, nats)), 6) + 0.0


def may_be_of_many(namings: Iterable[Naming]) -> bool:
    """Whether texts seem to come in on many listed cells, so that it is worth waiting for more.

    >>> both = [Naming(0, "lte-460-0-1-1", True), Naming(9, "lte-460-0-1-2", True)]
    >>> may_be_of_many(both), may_be_of_many(both[:1]), may_be_of_many([*both, *both[1:] * 2])
    (True, False, False)
    """
    every = list(namings)
    cells = Counter(one.cell for one in every if one.listed)
    unlisted = sum(not one.listed for one in every if one.cell)
    if len(cells) < 2 or _UNLISTED_NATS * unlisted > _NATS * cells.total():
        return False
    if 2 * cells.total() < len(every):
        return False
    # Of three, two may be on one cell.
    return 2 * cells.most_common(1)[0][1] <= cells.total() + 1


def _others(cells: Counter[str]) -> int:
    """Phones on other cells than the few that several name most."""
    shared = (count for _, count in cells.most_common(_IDENTITIES) if count > 1)
    return cells.total() - sum(shared)
