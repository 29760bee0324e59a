"""One call over the points of the network that recorded it: where it came in, and from whom.

Points are put in order of the time that each set the call up. Clocks of exchanges differ: of those
that had it from outside within `CLOCKS_MS` of the first, the nearest to the border is the entry.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.model.codes import CALL_POINTS, INGRESSES, text_of
from detectors.model.columns import Calls

#: How far clocks of exchanges may differ (ms); chosen.
CLOCKS_MS: Final = 5_000
#: Points as a call from outside passes them, the border first.
_INWARDS: Final = ("igw", "ibcf", "mgcf", "gmsc", "tas", "msc")
_OUTSIDE: Final = frozenset({"international", "interconnect"})
_UNKNOWN: Final = len(_INWARDS)


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """A call as one point recorded it. Times in ms; ``caller`` is a pseudonym, ``caller_prefix`` at
    most seven digits; what the record doesn't have is ``None``."""

    ts: int
    rx_ts: int
    point: str | None
    ingress: str | None
    trunk: str | None
    carrier: str | None
    caller: str | None
    caller_prefix: str | None


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """A call's points in order. ``entry`` is the earliest at which it came from outside: its
    carrier and trunk handed the call over; ``None`` where it began in this network, or no point of
    the border has recorded it."""

    call_ref: str
    legs: tuple[Leg, ...]
    entry: Leg | None

    @property
    def handed_over_by(self) -> str | None:
        """The carrier that handed the call over, else the trunk on which it came."""
        return None if self.entry is None else self.entry.carrier or self.entry.trunk


def legs_of(batch: Calls, names: frozenset[str]) -> list[Leg]:
    """The records of a call, by any of the names that its reference has."""
    return [_leg(batch, row) for row, ref in enumerate(batch.call_ref.tolist()) if ref in names]


def traced(call_ref: str, legs: Iterable[Leg]) -> Traced:
    """The way of a call from all of its records, in any order; repeats count once.

    >>> traced("c-1", []).entry is None
    True
    """
    first: dict[object, Leg] = {}
    for leg in sorted(legs, key=_order):
        first.setdefault((leg.point, leg.ingress, leg.trunk, leg.carrier, leg.ts), leg)
    in_order = tuple(first.values())
    outside = [leg for leg in in_order if leg.ingress in _OUTSIDE]
    near = [leg for leg in outside if leg.ts <= outside[0].ts + CLOCKS_MS]
    entry = min(near, key=lambda leg: (_depth(leg), leg.ts), default=None)
    return Traced(call_ref=call_ref, legs=in_order, entry=entry)


def _order(leg: Leg) -> tuple[int, int, int]:
    return leg.ts, _depth(leg), leg.rx_ts


def _depth(leg: Leg) -> int:
    return _INWARDS.index(leg.point) if leg.point in _INWARDS else _UNKNOWN


def _leg(batch: Calls, row: int) -> Leg:
    digits = int(batch.caller_digits[row])
    return Leg(
        ts=int(batch.ts_ms[row]),
        rx_ts=int(batch.rx_ms[row]),
        point=text_of(int(batch.point[row]), CALL_POINTS),
        ingress=text_of(int(batch.ingress[row]), INGRESSES),
        trunk=batch.trunk[row],
        carrier=batch.carrier[row],
        caller=batch.caller[row],
        caller_prefix=str(batch.caller_prefix[row]).zfill(digits) if digits else None,
    )
