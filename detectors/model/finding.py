"""Findings and observations: what screening lets through, one record for each suspicious or telling
row.

A *finding* is a message that an honest network would seldom cause. A *observation* is a message
that tells what is normal where it matters for judging findings (an SMS that the operator did send,
a cell on which the core network served somebody). Neither is an alert: one place fuses and decides.

Both are small frozen records that travel on ``fbs.evidence`` and ``fbs.census`` as JSON. Their
``digest`` orders records of the same arrival time and names them in an ``alert_id``; it leaves out
the pseudonym (which depends on the hashing key) and the source offset (which depends on
partitioning), so that both are the same wherever the message travelled.
"""

from hashlib import blake2b
from typing import Final, Literal

import msgspec

Space = Literal["device", "subscriber"]
#: Findings of less weight (nats) are about honest holes in the register more often than not: they
#: go with an incident only by identity, and neither move its place nor keep it open.
TELLING_WEIGHT: Final = 1.0

Family = Literal["signalling", "identity", "radio", "sms", "protocol"]


class Identity(msgspec.Struct, frozen=True, order=True, gc=False):
    """A claimed cell identity; ``None`` for what is not known. A PLMN and an area alone are one."""

    rat: str | None = None
    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int | None = None
    arfcn: int | None = None
    pci: int | None = None

    def agrees(self, other: "Identity") -> bool:
        """Whether all fields that both know agree, the area among them."""
        if self.area is None or other.area is None:
            return False
        return all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in zip(
                msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True
            )
        )


class Source(msgspec.Struct, frozen=True, order=True, gc=False):
    """The input record that a finding or observation came from, and the item in it (-1: the whole).

    ``part`` numbers what one message gave rise to. By (offset, index, part) all that came from a
    partition can be told from a repeat after a restart.
    """

    topic: str
    partition: int
    offset: int
    index: int
    part: int = 0


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something was seen, WGS84 degrees.

    ``accuracy_m`` is the 68 % radius of a phone's own position. ``reach_m`` is given instead where
    the place is a cell's or an area's from the register: the observer was somewhere about there.
    """

    lat: float
    lon: float
    accuracy_m: float | None = None
    reach_m: float | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One suspicious message. Times in ms since the epoch, levels in dBm, distances in metres.

    ``weight`` is the log-likelihood ratio (nats) of one device's such message: how much likelier
    near a rogue transmitter than in an honest network. ``cap`` bounds what any number of devices
    may add by the same detector, since they may share one innocent cause (a hole in the register).
    ``values`` holds what was found against what
    was expected, for the explanation. ``seen_on`` is the honest cell on which a phone told of the
    claimed identity, where that is another than the claimed one.
    """

    detector: str
    version: int
    family: Family
    ts: int
    rx_ts: int
    weight: float
    cap: float
    space: Space
    who: str
    claimed: Identity | None = None
    seen_on: Identity | None = None
    place: Place | None = None
    signal_dbm: float | None = None
    timing_advance: float | None = None
    ta_step_m: float | None = None
    values: dict[str, str | int | float | None] = {}
    source: Source

    @property
    def is_telling(self) -> bool:
        """Whether it points to a transmitter rather than to a hole in the register."""
        return self.weight >= TELLING_WEIGHT

    def digest(self) -> bytes:
        """Sixteen bytes that name the content, whoever reported it and whatever way it came."""
        return _digest(
            (
                self.detector,
                self.version,
                self.ts,
                self.rx_ts,
                self.weight,
                self.cap,
                self.claimed,
                self.seen_on,
                self.place,
                self.signal_dbm,
                self.timing_advance,
                self.values,
            )
        )


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message that tells what is normal, for the half of a rule that judges by place.

    ``kind`` is the rule's own word for it; ``values`` what the rule needs to judge.
    """

    detector: str
    kind: str
    ts: int
    rx_ts: int
    space: Space
    who: str
    claimed: Identity | None = None
    place: Place | None = None
    signal_dbm: float | None = None
    values: dict[str, str | int | float | None] = {}
    source: Source

    def digest(self) -> bytes:
        """As `Finding.digest`."""
        return _digest(
            (
                self.detector,
                self.kind,
                self.ts,
                self.rx_ts,
                self.claimed,
                self.place,
                self.signal_dbm,
                self.values,
            )
        )


_ENCODER = msgspec.json.Encoder(order="deterministic")


def _digest(content: tuple[object, ...]) -> bytes:
    return blake2b(_ENCODER.encode(content), digest_size=16).digest()
