"""What the core network attests: cells and areas on which it has served subscribers.

A rogue station has no core behind it. Core signalling that ran on a cell or area which the register
doesn't have therefore shows a hole in the register: several subscribers served there make the
identity honest, however new it is, and findings that claim it are set aside from then on. That a
message is the core's is but a field of it, so how many are served is weighed against how many are
harmed (`detectors.benign.acquitted`).

Screening lets through the first distinct subscribers of each such identity and source partition;
since a subscriber stays in one partition, the first of all are among them whatever the
partitioning.

Both tables are bounded. A full one forgets a quarter of itself, first of all identities that too
few were served on: a flood of made-up cells takes no attested cell away.
"""

from itertools import islice
from typing import Final

import msgspec
import numpy as np

from detectors.features.facts import Origin
from detectors.features.rule import identity_of, iterate
from detectors.model.codes import CORE, GSM, OUTCOMES, UMTS, code_of, is_reserved_area
from detectors.model.columns import Batch, Bool, Signalling
from detectors.model.finding import Identity, Observation
from detectors.register.identity_keys import area_key, cell_key
from detectors.register.register import Register

NAME: Final = "core_service"
#: Distinct subscribers that make an identity honest. One or two may be a slip of the feed.
ENOUGH: Final = 3
#: Subscribers remembered of an identity. They outweigh hundreds of phones, though not any number.
MOST_SERVED: Final = 64
#: Identities kept, in each table.
MOST_IDENTITIES: Final = 10_000

_REJECT = code_of("reject", OUTCOMES)


class Served(msgspec.Struct):
    """Screening state of one partition: the first subscribers served, by identity."""

    by_identity: dict[str, list[str]] = {}


def screen(state: Served, batch: Batch, register: Register, origin: Origin) -> list[Observation]:
    """Observations of core signalling, other than rejects, on cells that the register doesn't
    have."""
    if not isinstance(batch, Signalling):
        return []
    ours = (batch.source == CORE) & (batch.outcome != _REJECT)
    ours &= ~is_reserved_area(batch.rat, batch.area)
    ours &= register.find(batch.rat, batch.mcc, batch.mnc, batch.area, batch.cell, batch.ts_ms) < 0
    observations = []
    new_area = ~_knows_area(register, batch)
    for row, source in iterate(batch, np.flatnonzero(ours), origin):
        full = identity_of(batch, row)
        claimed = Identity(full.rat, full.mcc, full.mnc, full.area, full.cell)
        known = _subscribers(state.by_identity, cell_key(claimed))
        who = batch.subscriber[row]
        if len(known) >= MOST_SERVED or who in known:
            continue
        known.append(who)
        observations.append(
            Observation(
                detector=NAME,
                kind="served",
                ts=int(batch.ts_ms[row]),
                rx_ts=int(batch.rx_ms[row]),
                space="subscriber",
                who=who,
                claimed=claimed,
                values={"new_area": int(new_area[row])},
                source=source,
            )
        )
    return observations


class Attested(msgspec.Struct):
    """Who was served where, as far as known in order of arrival; at most `MOST_SERVED` by key."""

    by_key: dict[str, list[str]] = {}

    def observe(self, observation: Observation) -> bool:
        """Takes an observation in; whether an identity is honest, or more surely so, by it."""
        assert observation.claimed is not None
        turned = False
        keys = [cell_key(observation.claimed)]
        # A missing cell of a registered area proves nothing about other cells that claim the area.
        if observation.values.get("new_area"):
            keys.append(area_key(observation.claimed))
        for key in keys:
            known = _subscribers(self.by_key, key)
            if len(known) < MOST_SERVED and observation.who not in known:
                known.append(observation.who)
                turned |= len(known) >= ENOUGH
        return turned

    def attests(self, claimed: Identity | None) -> bool:
        """Whether the core has served enough subscribers on that cell, or in that area."""
        return bool(self.served(claimed))

    def served(self, claimed: Identity | None) -> list[str]:
        """Subscribers served on that cell, or in that area, whichever are more; none where they
        aren't enough."""
        if claimed is None:
            return []
        keys = [area_key(claimed)] if claimed.cell is None else [cell_key(claimed)]
        if claimed.rat is None:
            keys = [area_key(claimed, rat) for rat in ("gsm", "umts", "lte", "nr")]
        elif claimed.cell is not None:
            keys.append(area_key(claimed))
        most = max((self.by_key.get(key, []) for key in keys), key=len)
        return most if len(most) >= ENOUGH else []

    def seen(self, claimed: Identity | None) -> list[str]:
        """Subscribers served on that very cell, or in an area without a cell, be they ever so
        few."""
        if claimed is None:
            return []
        key = area_key(claimed) if claimed.cell is None else cell_key(claimed)
        return self.by_key.get(key, [])


def _subscribers(table: dict[str, list[str]], key: str) -> list[str]:
    """The subscribers known of an identity, in a table that has room for it."""
    known = table.get(key)
    if known is None:
        if len(table) >= MOST_IDENTITIES:
            _make_room(table)
        known = table[key] = []
    return known


def _make_room(table: dict[str, list[str]]) -> None:
    thin = [key for key, known in table.items() if len(known) < ENOUGH]
    for key in list(islice(thin or table, -(-MOST_IDENTITIES // 4))):
        del table[key]


def _knows_area(register: Register, batch: Signalling) -> Bool:
    """Whether the register has the area, under GSM or UMTS where either would do."""
    sibling = np.where(batch.rat == GSM, UMTS, np.where(batch.rat == UMTS, GSM, batch.rat))
    known = register.knows_area(batch.rat, batch.mcc, batch.mnc, batch.area, batch.ts_ms)
    return known | register.knows_area(
        sibling.astype(np.uint8), batch.mcc, batch.mnc, batch.area, batch.ts_ms
    )
