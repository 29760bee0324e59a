"""Happenings that change the operators' own cells, or the list of them.

Places are metres east and north of the city centre, times are seconds after the start.
"""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario.happenings.happening_spec import (
    Count,
    HappeningSpec,
    OperatorIndex,
    RatName,
)
from replay.simulate.scenario.scenario_types import NotNegative, Point, Positive, Share, Span


class AreaReplan(HappeningSpec, frozen=True, kw_only=True, tag="area_replan"):
    """Cells get another area, one after the other within ``over_s`` (docs/science.md, F4).

    Of each operator and RAT, those whole areas nearest to ``centre_m`` are taken that together have
    at least ``cells``. The list of cells keeps the ``old`` area, has the ``new`` one already, or
    neither (``dropped``).
    """

    at_s: NotNegative
    cells: Count = 40
    centre_m: Point = (0.0, 0.0)
    operators: tuple[OperatorIndex, ...] = (0,)
    rats: tuple[RatName, ...] = ("gsm", "lte", "nr")
    over_s: Positive = 60.0
    register: Literal["old", "new", "dropped"] = "old"


class NewSites(HappeningSpec, frozen=True, kw_only=True, tag="new_sites"):
    """Masts that the list of cells doesn't know, or only later (F5, F6).

    ``area`` ``known`` takes that of the nearest cell, ``new`` one that nobody uses.
    ``power_offset_db`` is added to a usual cell's.
    """

    at_m: Annotated[list[Point], Meta(min_length=1)]
    operators: tuple[OperatorIndex, ...] = (0,)
    rats: tuple[RatName, ...] = ("gsm", "lte", "nr")
    on_s: NotNegative = 0.0
    area: Literal["known", "new"] = "known"
    listed_after_s: NotNegative | None = None
    mast_kind: Literal["macro", "micro", "temporary"] = "macro"
    power_offset_db: Annotated[float, Meta(ge=-30.0, le=10.0)] = 0.0


class LateInventory(HappeningSpec, frozen=True, kw_only=True, tag="late_inventory"):
    """Rows of the list say that cells on the air begin ``late_s`` after the start (F5)."""

    share: Share = 0.1
    late_s: Positive = 3600.0


class Femtocells(HappeningSpec, frozen=True, kw_only=True, tag="femtocells"):
    """Small LTE cells in homes, open to everyone of the operator, very strong near by (F7).

    With ``own_area`` all of them have one that no mast uses, as home gateways have.
    """

    count: Count = 40
    operator: OperatorIndex = 0
    listed_share: Share = 0.3
    own_area: bool = True


class Repeater(HappeningSpec, frozen=True, kw_only=True, tag="repeater"):
    """A far cell brought into a building, with its identity and a longer way (F7)."""

    at_m: Point
    operator: OperatorIndex = 0
    donor_distance_m: Span = (2000.0, 5000.0)
    delay_m: NotNegative = 1500.0
    visitors: Count = 80
    radius_m: Positive = 60.0


class Retune(HappeningSpec, frozen=True, kw_only=True, tag="retune"):
    """All cells get other channels and codes; cell and area stay (F33). The list doesn't know."""

    at_s: NotNegative
    over_s: Positive = 120.0


class EnergySaving(HappeningSpec, frozen=True, kw_only=True, tag="energy_saving"):
    """A share of the sites switch a RAT off and on again (F33)."""

    off_s: NotNegative
    on_s: Positive
    share: Share = 0.5
    rats: tuple[RatName, ...] = ("lte", "nr")


class Hill(HappeningSpec, frozen=True, kw_only=True, tag="hill"):
    """A high place whose visitors receive and use cells far away, codes reused among them (F19)."""

    at_m: Point
    radius_m: Positive = 120.0
    visitors: Count = 100
