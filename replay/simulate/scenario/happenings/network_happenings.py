"""Happenings with networks beside the operators' own: shared, foreign, private and authorised.

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
from replay.simulate.scenario.scenario_types import NotNegative, Point, Positive


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
