"""Happenings of many phones at once, and on the way of the messages."""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.scenario_types import (
    Count,
    FeedName,
    HappeningSpec,
    NotNegative,
    OperatorIndex,
    Point,
    Positive,
    Share,
    Span,
)

Causes = Annotated[tuple[Annotated[int, Meta(ge=2, le=111)], ...], Meta(min_length=1)]


class Crowd(HappeningSpec, frozen=True, kw_only=True, tag="crowd"):
    """People who come to one spot and leave it; the cells there are full (F22).

    ``congestion_share`` of the phones are rejected with cause 22 at least once, and
    ``forgetting_share`` of these delete their area meanwhile (TS 24.008 4.4.4.9); ``calls_share``
    make a call that falls back (F35).
    """

    at_m: Point
    radius_m: Positive = 120.0
    phones: Count = 400
    arrive_s: Span = (0.0, 600.0)
    leave_s: Span = (1200.0, 1500.0)
    congestion_share: Share = 0.3
    forgetting_share: Share = 0.0
    calls_share: Share = 0.2


class Metro(HappeningSpec, frozen=True, kw_only=True, tag="metro"):
    """Trains under the ground: phones lose the network and come up at another station (F8)."""

    stations_m: Annotated[list[Point], Meta(min_length=2)]
    phones: Count = 400
    train_every_s: Positive = 240.0
    ride_s: Span = (240.0, 720.0)


class Train(HappeningSpec, frozen=True, kw_only=True, tag="train"):
    """Phones that ride to and fro along a straight line, all in one train (F9)."""

    from_m: Point
    to_m: Point
    speed_mps: Annotated[float, Meta(gt=0.0, le=120.0)] = 40.0
    phones: Count = 300
    start_s: NotNegative = 60.0
    stop_s: NotNegative = 60.0


class Landing(HappeningSpec, frozen=True, kw_only=True, tag="landing"):
    """Phones switched on at an airport, with the areas of far cities and of abroad (F8)."""

    at_m: Point
    at_s: NotNegative
    phones: Count = 150
    spread_s: Positive = 120.0
    abroad_share: Share = 0.15
    forgotten_share: Share = 0.1
    cities: Count = 6


class StrayTrains(HappeningSpec, frozen=True, kw_only=True, tag="stray_trains"):
    """Trains from other towns: who gets off names an area along the line, all within seconds (F9).

    Of ``areas`` of each network along the line a train's ``riders`` name one each; they are new in
    town, and leave the station for good after ``stay_s``.
    """

    at_m: Point
    every_s: Positive = 600.0
    riders: Count = 20
    areas: Count = 5
    within_s: Positive = 5.0
    stay_s: Span = (60.0, 900.0)


class MeterOutage(HappeningSpec, frozen=True, kw_only=True, tag="meter_outage"):
    """Meters and other things that lose their network and attach again together (F34)."""

    meters: Count = 400
    off_s: NotNegative
    on_s: Positive
    spread_s: Positive = 60.0
    forgotten_share: Share = 0.3
    operator: OperatorIndex = 0


class FallbackSurge(HappeningSpec, frozen=True, kw_only=True, tag="fallback_surge"):
    """Very many calls that leave LTE for GSM, or NR for LTE, and come back (F13, F35)."""

    from_s: NotNegative
    to_s: Positive
    calls: Count = 800
    flagged_share: Share = 0.7


class CoreRestart(HappeningSpec, frozen=True, kw_only=True, tag="core_restart"):
    """All phones of an operator register anew; the core has lost what it knew (F23).

    Shares of the phones: asked for their IMSI, failing the first authentication (causes 20, 21),
    rejected first (causes 9, 10, 22), coming without an area.
    """

    at_s: NotNegative
    operator: OperatorIndex = 0
    spread_s: Positive = 120.0
    asked_share: Share = 0.6
    failing_share: Share = 0.05
    rejected_share: Share = 0.15
    forgotten_share: Share = 0.1


class FailedUpdates(HappeningSpec, frozen=True, kw_only=True, tag="failed_updates"):
    """Updates that the core rejects; the phones come back without an area (F1).

    ``lost_share`` of the rejects never reach the feed, as with any feed.
    """

    from_s: NotNegative
    to_s: Positive
    phones: Count = 400
    centre_m: Point = (0.0, 0.0)
    radius_m: Positive = 2000.0
    causes: Causes = (11, 12, 13, 15)
    again_s: Span = (2.0, 60.0)
    lost_share: Share = 0.02


class RoamerSteering(HappeningSpec, frozen=True, kw_only=True, tag="roamer_steering"):
    """Guests from abroad, rejected some times before they may stay (F34; TS 23.122 4.4.6)."""

    from_s: NotNegative
    to_s: Positive
    phones: Count = 200
    causes: Causes = (11, 13, 15, 17)
    rejects: tuple[Count, Count] = (1, 4)


class DualSim(HappeningSpec, frozen=True, kw_only=True, tag="dual_sim"):
    """Phones with a second card, whose texts the operator's centre has no record of (F29)."""

    share: Share = 0.4
    texts_per_phone_hour: Positive = 4.0


class SentinelIds(HappeningSpec, frozen=True, kw_only=True, tag="sentinel_ids"):
    """Values that say "not known" in the place of areas and cells, in all feeds (F2).

    ``unfit_share`` of the reports carry what a careless client makes of them (-1, 2147483647),
    which is unreadable.
    """

    share: Share = 0.1
    unfit_share: Share = 0.005


class StaleIdentity(HappeningSpec, frozen=True, kw_only=True, tag="stale_identity"):
    """Modems that report a cell they have left (F3, F20).

    Stuck phones repeat one cell with its level for ``stuck_s``; half-updated reports have the new
    area with the old cell, or the other way round.
    """

    stuck_share: Share = 0.15
    stuck_s: Span = (300.0, 1200.0)
    half_updated_share: Share = 0.3


class ClockSkew(HappeningSpec, frozen=True, kw_only=True, tag="clock_skew"):
    """A source whose event times are off, and devices whose clocks are off by hours (F28)."""

    feed: FeedName = "signalling"
    offset_s: Annotated[float, Meta(ge=-600.0, le=600.0)] = 90.0
    wrong_devices_share: Share = 0.03
    wrong_by_s: Span = (3600.0, 18000.0)


class DeliveryDisorder(HappeningSpec, frozen=True, kw_only=True, tag="delivery_disorder"):
    """Messages twice, and behind their place in the feed by a little or a lot."""

    doubled_share: Share = 0.2
    doubled_after_s: Positive = 20.0
    behind_share: Share = 0.2
    behind_s: Positive = 8.0
    far_behind_share: Share = 0.01
    far_behind_s: NotNegative = 60.0
