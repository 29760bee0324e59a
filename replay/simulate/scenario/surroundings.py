"""What a scenario says of the list of cells and of how levels fall."""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.scenario_types import NotNegative, Positive, Share, Strict


class RegisterFlaws(Strict, frozen=True):
    """How the list of cells differs from the cells on the air.

    ``missing_share``, ``stale_share`` and ``displaced_cell_share`` are of cells, of which
    ``stale_dated_share`` of the retired ones say since when they are off; ``missing_site_share``
    and ``displaced_site_share`` are of sites, all cells of which are wrong alike. Displaced places
    are off by about ``displaced_m``: half of it to twice as much, 100 m to 10 km.
    ``exchanged_site_share`` of the sites are registered at one another's places, by pairs.
    ``wrong_area_share``, ``wrong_code_share``, ``swapped_sectors_share`` and ``renamed_site_share``
    (registered under the numbers of before) are of sites, as slips in a planner's sheet are.
    ``swapped_axes_share`` of the rows have latitude and longitude the wrong way round,
    ``truncated_share`` two decimals of them.
    """

    missing_share: Share = 0.01
    stale_share: Share = 0.02
    stale_dated_share: Share = 0.5
    crowd_share: Share = 0.2
    crowd_error_m: NotNegative = 180.0
    far_off_share: Share = 0.0
    missing_site_share: Share = 0.0
    displaced_site_share: Share = 0.0
    displaced_cell_share: Share = 0.0
    displaced_m: Positive = 1000.0
    wrong_area_share: Share = 0.0
    wrong_code_share: Share = 0.0
    swapped_sectors_share: Share = 0.0
    renamed_site_share: Share = 0.0
    exchanged_site_share: Share = 0.0
    swapped_axes_share: Share = 0.0
    truncated_share: Share = 0.0


class Propagation(Strict, frozen=True):
    """How levels fall with distance and behind corners, for honest cells and rogues.

    ``exponent`` is that of all honest cells; without it each RAT has its own. ``corner_loss_db`` is
    lost by who is not in the street of an antenna below the roofs (half of it by who is not in that
    of a mast).
    """

    shadowing_db: NotNegative = 7.0
    correlation_m: Positive = 50.0
    exponent: Annotated[float, Meta(ge=2.0, le=6.0)] | None = None
    corner_loss_db: NotNegative = 0.0
