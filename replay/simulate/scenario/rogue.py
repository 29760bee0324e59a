"""What a scenario says of a rogue transmitter: place, times, claims, power, and what it does.

Places are metres east and north of the city centre, times are seconds after the start.
"""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario.rogue_claims import (
    Broadcast,
    Campaign,
    Carriers,
    Clone,
    Fixed,
    Hop,
    Lure,
    NearClone,
    Reject,
    Turns,
    ValidArea,
)
from replay.simulate.scenario.rogue_places import Beam, Drive, Parked, Train
from replay.simulate.scenario.scenario_types import NotNegative, Positive, Share, Span, Strict


class Rogue(Strict, frozen=True):
    """A rogue transmitter: when and where it is on the air, what it claims, whom it takes.

    ``attraction_db`` is what its reselection offset or priority adds in the phones' eyes
    (TS 45.008, C2), ``camping_dbm`` about the level that they need; ``lured_share`` of LTE phones
    is pushed down to a GSM transmitter.

    On return a phone names the rogue's area, unless it was rejected (``rejecting_share``,
    ``reject``), or never took the area on (``keeps_area_share``: an LTE phone takes no area from
    a message without integrity). ``combined_share`` of the phones lured down from LTE name the
    area as the old location area beside their own old tracking area.

    ``late_share`` of the victims' phones report many minutes later, ``never_share`` not at all.
    ``handovers_per_hour`` is how often a phone in a call that receives the rogue better than its
    own cell is sent there. ``taken_before_share`` of the phones it had already taken before the
    start.
    """

    id: str
    place: Parked | Drive | Train
    active_s: Annotated[list[Span], Meta(min_length=1)]
    claims: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=1)]
    identity: Fixed | Hop | Turns | Carriers | Clone | NearClone | ValidArea
    kind: Literal["fake_base_station", "sms_spammer", "imsi_catcher", "cloned_cell"] = "sms_spammer"
    rat: Literal["gsm", "lte"] = "gsm"
    power_at_100m_dbm: Annotated[float, Meta(ge=-100.0, le=-20.0)] = -60.0
    exponent: Annotated[float, Meta(ge=2.0, le=5.0)] = 3.3
    antenna_m: Annotated[float, Meta(gt=0.0, le=300.0)] = 3.0
    beam: Beam | None = None
    attraction_db: float = 20.0
    camping_dbm: Annotated[float, Meta(ge=-130.0, le=-40.0)] = -88.0
    capture_delay_s: Positive = 60.0
    dwell_s: Span = (5.0, 30.0)
    lured_share: Share = 0.6
    lure: Lure | None = None
    rejecting_share: Share = 0.08
    reject: Reject | None = None
    keeps_area_share: Share = 0.0
    combined_share: Share = 0.0
    taken_before_share: Share = 0.0
    late_share: Share = 0.0
    never_share: Share = 0.0
    handovers_per_hour: NotNegative = 0.0
    broadcast: Broadcast | None = None
    sms: Campaign | None = Campaign()

    def __post_init__(self) -> None:
        for start_s, end_s in self.active_s:
            if start_s >= end_s:
                raise ValueError("active_s holds [from, to] with from before to")
        if sorted(self.active_s) != self.active_s:
            raise ValueError("active_s is in order of time")
        if self.dwell_s[0] > self.dwell_s[1]:
            raise ValueError("dwell_s is [shortest, longest]")
        if self.lure is not None and self.rat != "gsm":
            raise ValueError("lure leads down to GSM, so rat is gsm")
        if self.late_share + self.never_share > 1.0:
            raise ValueError("late_share and never_share together are at most 1")
