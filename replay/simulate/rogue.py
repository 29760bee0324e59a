"""What a scenario says of a rogue transmitter: place, times, claims, power, and what it does.

Places are metres east and north of the city centre, times are seconds after the start.
"""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario_types import NotNegative, Point, Positive, Share, Span, Strict


class Parked(Strict, frozen=True, tag_field="mode", tag="parked"):
    """A transmitter that stands still."""

    at_m: Point


class Drive(Strict, frozen=True, tag_field="mode", tag="drive"):
    """A transmitter in a car on the street grid, stopping at some crossings."""

    from_m: Point
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 8.0


class Fixed(Strict, frozen=True, tag_field="mode", tag="fixed"):
    """One identity all along; an area or cell not named is drawn outside the network's plan."""

    area: Annotated[int, Meta(ge=1, le=65533)] | None = None
    cell: Annotated[int, Meta(ge=1, le=268435454)] | None = None


class Hop(Strict, frozen=True, tag_field="mode", tag="hop"):
    """A new area, unknown to the network, every so often."""

    every_s: Positive = 180.0


class Clone(Strict, frozen=True, tag_field="mode", tag="clone"):
    """The identity of a registered cell whose mast stands at least so far from the city centre."""

    at_least_m: NotNegative = 20000.0


class Campaign(Strict, frozen=True):
    """The text message that victims get; the sender is a service number it pretends to be."""

    sender: str = "95588"
    length: Annotated[int, Meta(ge=1)] = 68
    url_domain: str | None = "icbc-vip.example"


class Rogue(Strict, frozen=True):
    """A rogue transmitter: when and where it is on the air, what it claims, whom it takes.

    ``attraction_db`` is what its reselection offset adds in the phones' eyes (TS 45.008, C2);
    ``lured_share`` of LTE phones is pushed down to a GSM transmitter.
    """

    id: str
    place: Parked | Drive
    active_s: Annotated[list[Span], Meta(min_length=1)]
    claims: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=1)]
    identity: Fixed | Hop | Clone
    kind: Literal["fake_base_station", "sms_spammer", "imsi_catcher", "cloned_cell"] = "sms_spammer"
    rat: Literal["gsm", "lte"] = "gsm"
    power_at_100m_dbm: Annotated[float, Meta(ge=-100.0, le=-20.0)] = -60.0
    exponent: Annotated[float, Meta(ge=2.0, le=5.0)] = 3.3
    attraction_db: float = 20.0
    capture_delay_s: Positive = 60.0
    dwell_s: Span = (5.0, 30.0)
    lured_share: Share = 0.6
    rejecting_share: Share = 0.08
    sms: Campaign | None = Campaign()

    def __post_init__(self) -> None:
        for start_s, end_s in self.active_s:
            if start_s >= end_s:
                raise ValueError("active_s holds [from, to] with from before to")
        if sorted(self.active_s) != self.active_s:
            raise ValueError("active_s is in order of time")
        if self.dwell_s[0] > self.dwell_s[1]:
            raise ValueError("dwell_s is [shortest, longest]")
