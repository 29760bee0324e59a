"""Which rows of a register are wrong, as far as reports show: the corrected row beside each.

A by-product of weighing the register as a hypothesis (`detectors.sites.site_places`). Only rows are
named whose wrongness is far likelier than not, since somebody will change them.
"""

from typing import Final, Literal

import msgspec
import numpy as np

from detectors.model.columns import RegisterRows
from detectors.register.register import key_text
from detectors.sites.cell_number import cell_numbers
from detectors.sites.site_places import UNREPORTED, SitePlaces, SiteVerdict

#: Probability from which a row is called wrong. Of 2,200 right sites of twelve drawn worlds none
#: was (docs/evaluation.md).
LEAST_PROBABILITY: Final = 0.95
#: A site, or a cell of its own, must be off by more than this (m), and by more than so many
#: standard deviations.
LEAST_OFF_M, LEAST_SIGMAS = 300.0, 3.0
#: Reports of a site that an accusation rests on.
LEAST_REPORTS: Final = 8

Kind = Literal["site_displaced", "cell_displaced"]


class WrongRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the register with the place where its cell seems to be.

    Degrees (WGS84) and metres; ``sigma_m`` is the standard deviation of the learned place along one
    axis, ``off_m`` the distance of the two. ``reports`` and ``cells`` of the site stand behind it.
    """

    key: str
    kind: Kind
    probability: float
    lat: float
    lon: float
    learned_lat: float
    learned_lon: float
    off_m: float
    sigma_m: float
    reports: int
    cells: int


def wrong_rows(register: RegisterRows, places: SitePlaces) -> list[WrongRow]:
    """Rows that are likely wrong, in the order of the register; of a displaced site all rows, those
    of cells that nobody reported too."""
    columns = (register.rat, register.mcc, register.mnc, register.area, register.cell)
    numbers = cell_numbers(*columns).tolist()
    sites = list(zip(register.lat.tolist(), register.lon.tolist(), strict=True))
    placed = np.flatnonzero(np.isfinite(register.lat) & np.isfinite(register.lon)).tolist()
    known = {
        row: places.verdict_on(numbers[row]) for row in placed if numbers[row] in places.site_of
    }
    wrong = {row: verdict for row, verdict in known.items() if _is_wrong(verdict)}
    displaced = {
        sites[row]: verdict
        for row, verdict in wrong.items()
        if verdict.displaced >= verdict.cell_displaced
    }
    for row in placed:
        if known.get(row, UNREPORTED) == UNREPORTED and sites[row] in displaced:
            wrong[row] = displaced[sites[row]]
    return [_wrong_row(register, row, wrong[row]) for row in sorted(wrong)]


def _wrong_row(register: RegisterRows, row: int, verdict: SiteVerdict) -> WrongRow:
    assert verdict.learned is not None
    columns = (register.rat, register.mcc, register.mnc, register.area, register.cell)
    whole = verdict.displaced >= verdict.cell_displaced
    return WrongRow(
        key=key_text(*(int(column[row]) for column in columns)),
        kind="site_displaced" if whole else "cell_displaced",
        probability=round(verdict.displaced + verdict.cell_displaced, 4),
        lat=float(register.lat[row]),
        lon=float(register.lon[row]),
        learned_lat=round(verdict.learned[0], 6),
        learned_lon=round(verdict.learned[1], 6),
        off_m=round(verdict.off_m, 1),
        sigma_m=round(verdict.sigma_m, 1),
        reports=verdict.reports,
        cells=verdict.cells,
    )


def _is_wrong(verdict: SiteVerdict) -> bool:
    return (
        verdict.reports >= LEAST_REPORTS
        and verdict.displaced + verdict.cell_displaced >= LEAST_PROBABILITY
        and verdict.off_m >= max(LEAST_OFF_M, LEAST_SIGMAS * verdict.sigma_m)
    )
