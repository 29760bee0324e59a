"""What a scenario says of rogue transmitters, and of the field teams that hunt them."""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario.scenario_types import (
    NotNegative,
    Point,
    Positive,
    Share,
    Span,
    Strict,
)

#: After these reject causes a phone may look for another area at once; after all others that a
#: scenario may name it is barred until T3247 runs out (TS 24.301 5.3.7b, TS 24.008 4.1.1.6A).
AREA_CAUSES = frozenset((12, 13, 15))


class Parked(Strict, frozen=True, tag_field="mode", tag="parked"):
    """A transmitter that stands still."""

    at_m: Point


class Drive(Strict, frozen=True, tag_field="mode", tag="drive"):
    """A transmitter on the street grid, in a car or on a back, stopping at some crossings."""

    from_m: Point
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 8.0


class Train(Strict, frozen=True, tag_field="mode", tag="train"):
    """A transmitter in a metro train that goes up and down a line.

    ``riders`` phones get on at one stop and off at another. They have no GNSS under the ground,
    are served by cells at the stops, and only those in the train receive the transmitter.
    """

    stops_m: Annotated[tuple[Point, ...], Meta(min_length=2)]
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 15.0
    stop_s: NotNegative = 30.0
    riders: Annotated[int, Meta(ge=0)] = 80


class Beam(Strict, frozen=True):
    """A sector antenna: widths at -3 dB, ``tilt_deg`` below the horizon (TR 36.814, A.2.1.1).

    ``side_lobe_db`` is the most that it loses upwards or downwards, with the floors beneath it.
    """

    azimuth_deg: float
    width_deg: Annotated[float, Meta(gt=0.0, le=360.0)] = 65.0
    vertical_width_deg: Annotated[float, Meta(gt=0.0, le=180.0)] = 10.0
    tilt_deg: float = 2.0
    side_lobe_db: Positive = 20.0
    front_to_back_db: Positive = 25.0


class Fixed(Strict, frozen=True, tag_field="mode", tag="fixed"):
    """One identity all along; an area or cell not named is drawn outside the network's plan."""

    area: Annotated[int, Meta(ge=1, le=65533)] | None = None
    cell: Annotated[int, Meta(ge=1, le=268435454)] | None = None


class Hop(Strict, frozen=True, tag_field="mode", tag="hop"):
    """A new area, unknown to the network, every so often."""

    every_s: Positive = 180.0


class Turns(Strict, frozen=True, tag_field="mode", tag="turns"):
    """One identity for each claimed operator, of which only one is on the air at a time."""

    every_s: Positive = 120.0


class Carriers(Strict, frozen=True, tag_field="mode", tag="carriers"):
    """Several carriers at once, each with an area of its own, unknown to the network."""

    count: Annotated[int, Meta(ge=2, le=4)] = 2


class Clone(Strict, frozen=True, tag_field="mode", tag="clone"):
    """The identity of a registered cell whose mast stands at least so far from the city centre."""

    at_least_m: NotNegative = 20000.0


class NearClone(Strict, frozen=True, tag_field="mode", tag="near_clone"):
    """The identity, channel and code of a registered cell so far from where it starts."""

    between_m: tuple[NotNegative, Positive] = (1000.0, 3000.0)


class Retired(Strict, frozen=True, tag_field="mode", tag="retired"):
    """The identity of a cell that is off the air for good, which the list may still hold."""


class ValidArea(Strict, frozen=True, tag_field="mode", tag="valid_area"):
    """A real area of the operator that begins near by, with a cell number that nobody uses."""


class Campaign(Strict, frozen=True):
    """The text message that victims get; the sender is a service number it pretends to be.

    With ``smsc`` it carries that service-centre address and a time stamp, as a real text must (TS
    23.040 9.2.2.1); without, the phone reports neither.
    ``unreported_complaint_share`` of those whose phones don't report the text complain of it.
    ``callback`` is a number that the text asks to ring.
    """

    sender: str = "95588"
    length: Annotated[int, Meta(ge=1)] = 68
    url_domain: str | None = "icbc-vip.example"
    smsc: str | None = None
    unreported_complaint_share: Share = 0.0
    callback: str | None = None


class Reject(Strict, frozen=True):
    """Turning phones away: a share of them, with one of the causes, and how long they stay away.

    ``search_s`` holds for causes that bar one area only (12, 13, 15); ``away_s``, T3247, for those
    that bar the network or the service.
    """

    share: Share = 1.0
    causes: Annotated[tuple[Annotated[int, Meta(ge=2, le=255)], ...], Meta(min_length=1)] = (15,)
    away_s: Span = (1500.0, 2100.0)
    search_s: Span = (5.0, 60.0)


class Lure(Strict, frozen=True):
    """An LTE cell at the same place that sends phones down to the GSM transmitter.

    ``from_nr`` adds an NR cell that rejects phones (5GMM cause 27), so that they come to LTE.
    """

    power_at_100m_dbm: Annotated[float, Meta(ge=-120.0, le=-20.0)] = -64.0
    attraction_db: float = 18.0
    hold_s: Span = (0.8, 2.5)
    from_nr: bool = False


class Broadcast(Strict, frozen=True):
    """System information, as in `cell.measurements`; what is left out is not sent."""

    t3212_min: Annotated[int, Meta(ge=0, le=1530)] | None = None
    cell_reselect_offset_db: float | None = None
    reselect_hysteresis_db: float | None = None
    neighbours_advertised: Annotated[int, Meta(ge=0)] | None = None
    cell_barred: bool | None = None
    gprs: bool | None = None
    sib_count: Annotated[int, Meta(ge=0)] | None = None
    reselect_priority: Annotated[int, Meta(ge=0, le=7)] | None = None


class Rogue(Strict, frozen=True):
    """A rogue transmitter: when and where it is on the air, what it claims, whom it takes.

    ``attraction_db`` is what its reselection offset or priority adds in the phones' eyes
    (TS 45.008, C2), ``camping_dbm`` about the level that they need; ``lured_share`` of LTE phones
    is pushed down to a GSM transmitter, ``captured_share`` of all phones can be taken at all.

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
    identity: Fixed | Hop | Turns | Carriers | Clone | NearClone | Retired | ValidArea
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
    captured_share: Share = 1.0
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


class Team(Strict, frozen=True):
    """A team that drives towards a transmitter and measures it while it is on the air.

    A ``finder`` gives the direction of a channel and decodes nothing, a ``scanner`` decodes who is
    on it, ``both`` does both at once. Bearings err by ``bearing_sigma_deg``, save the share
    ``reflections`` of them, which point anywhere. ``level_offset_db`` is by how much the levels
    read too high; drawn where it is not given. It comes as near as ``stops_at_m``, and follows a
    transmitter that goes away from it again. It never receives the one in a metro train.
    """

    id: Annotated[str, Meta(min_length=1)]
    rogue: str
    from_m: Point
    start_s: NotNegative
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 8.0
    instrument: Literal["finder", "scanner", "both"] = "both"
    every_s: Annotated[float, Meta(ge=1.0)] = 10.0
    bearing_sigma_deg: Annotated[float, Meta(gt=0.0, le=90.0)] = 5.0
    reflections: Share = 0.1
    level_offset_db: float | None = None
    stops_at_m: Positive = 120.0
