"""Happenings on the way of the messages: wrong numbers, wrong clocks, wrong order.

Times are seconds after the start.
"""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.happenings.happening_spec import FeedName, HappeningSpec
from replay.simulate.scenario.scenario_types import NotNegative, Positive, Share, Span


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
