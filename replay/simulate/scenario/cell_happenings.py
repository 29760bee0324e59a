"""Happenings that change cells or the list of them, and networks beside the operators' own."""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario.scenario_types import (
    Count,
    HappeningSpec,
    NotNegative,
    OperatorIndex,
    Point,
    Positive,
    RatName,
    Share,
    Span,
)


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


class HighMast(HappeningSpec, frozen=True, kw_only=True, tag="high_mast"):
    """A mast on a hill or tower outside, in the list: where others are weak, phones all over the
    city are served by it, far beyond its range (F19)."""

    at_m: Point
    operator: OperatorIndex = 0
    rats: tuple[RatName, ...] = ("gsm", "lte")
    power_offset_db: Annotated[float, Meta(ge=-30.0, le=20.0)] = 0.0


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


class SharedCells(HappeningSpec, frozen=True, kw_only=True, tag="shared_cells"):
    """Cells of ``host`` that broadcast the PLMN of ``guest`` too, whose own are off there (F11).

    The list of cells names them under the host's PLMN only, or under both.
    """

    host: OperatorIndex = 0
    guest: OperatorIndex = 1
    centre_m: Point = (0.0, 0.0)
    radius_m: Positive = 2000.0
    listed: Literal["host", "both"] = "host"


class NationalRoaming(HappeningSpec, frozen=True, kw_only=True, tag="national_roaming"):
    """Phones of ``guest`` on cells of ``host``, once their own network is down (F10)."""

    host: OperatorIndex = 0
    guest: OperatorIndex = 1
    centre_m: Point = (0.0, 0.0)
    radius_m: Positive = 1500.0
    at_s: NotNegative = 0.0


class ForeignNetwork(HappeningSpec, frozen=True, kw_only=True, tag="foreign_network"):
    """A network across the border, with its own core; ``operators`` roam on it (F10)."""

    mcc: Annotated[int, Meta(ge=0, le=999)]
    mnc: Annotated[int, Meta(ge=0, le=999)]
    centre_m: Point
    radius_m: Positive = 2000.0
    spacing_m: Annotated[float, Meta(ge=200.0)] = 800.0
    operators: tuple[OperatorIndex, ...] = (0, 1)


class PrivateNetwork(HappeningSpec, frozen=True, kw_only=True, tag="private_network"):
    """Cells for a closed group, as of a railway or a campus; others only receive them (F21).

    Without ``mcc`` and ``mnc`` they broadcast the PLMN of ``operator``. No list has them, and none
    of their procedures is in the feeds. ``scanning_share`` of the phones of the city look about for
    cells every few minutes and report those that they can't use as not serving.
    """

    at_m: Annotated[list[Point], Meta(min_length=1)]
    mcc: Annotated[int, Meta(ge=0, le=999)] | None = None
    mnc: Annotated[int, Meta(ge=0, le=999)] | None = None
    operator: OperatorIndex = 0
    rat: RatName = "lte"
    members: Count = 40
    scanning_share: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.3
    scan_every_s: Positive = 120.0


class ManagedAccess(HappeningSpec, frozen=True, kw_only=True, tag="managed_access"):
    """An authorised transmitter over a prison: the operators' PLMNs, areas of its own (F30).

    Its cells are numbered from ``first_cell`` on, one a RAT and operator. Visitors walk in and out
    of its reach and come back to their networks naming its area.
    """

    at_m: Point
    area: Annotated[int, Meta(ge=1, le=65533)]
    first_cell: Annotated[int, Meta(ge=1, le=65000)]
    operators: tuple[OperatorIndex, ...] = (0, 1)
    rats: tuple[RatName, ...] = ("gsm", "lte")
    visitors: Count = 120
    reach_m: Positive = 250.0
