"""Which rows of a register are wrong, as far as reports show: the corrected row beside each.

A by-product of weighing the register as a hypothesis (`detectors.sites.site_places`). Only rows are
named whose wrongness is far likelier than not, since somebody will change them.
"""

from typing import Final, Literal

import msgspec
import numpy as np

from detectors.model.codes import RATS
from detectors.model.columns import RegisterRows
from detectors.model.finding import Identity
from detectors.register.register import key_text
from detectors.sites.site_places import SitePlaces, SiteVerdict

#: Probability from which a row is called wrong: one right row in a thousand may be accused.
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
    found = []
    displaced = _displaced_sites(register, places)
    for row in np.flatnonzero(np.isfinite(register.lat) & np.isfinite(register.lon)).tolist():
        verdict = places.verdict(_identity(register, row))
        site = float(register.lat[row]), float(register.lon[row])
        if not _is_wrong(verdict):
            verdict = displaced.get(site, verdict) if verdict.learned is None else verdict
        if verdict.learned is None or not _is_wrong(verdict):
            continue
        chance = verdict.displaced + verdict.cell_displaced
        whole = verdict.displaced >= verdict.cell_displaced
        found.append(
            WrongRow(
                key=_key(register, row),
                kind="site_displaced" if whole else "cell_displaced",
                probability=round(chance, 4),
                lat=site[0],
                lon=site[1],
                learned_lat=round(verdict.learned[0], 6),
                learned_lon=round(verdict.learned[1], 6),
                off_m=round(verdict.off_m, 1),
                sigma_m=round(verdict.sigma_m, 1),
                reports=verdict.reports,
                cells=verdict.cells,
            )
        )
    return found


def _is_wrong(verdict: SiteVerdict) -> bool:
    return (
        verdict.reports >= LEAST_REPORTS
        and verdict.displaced + verdict.cell_displaced >= LEAST_PROBABILITY
        and verdict.off_m >= max(LEAST_OFF_M, LEAST_SIGMAS * verdict.sigma_m)
    )


def _displaced_sites(
    register: RegisterRows, places: SitePlaces
) -> dict[tuple[float, float], SiteVerdict]:
    """By registered place the verdict on sites that are displaced as a whole."""
    found = {}
    for row in np.flatnonzero(np.isfinite(register.lat) & np.isfinite(register.lon)).tolist():
        verdict = places.verdict(_identity(register, row))
        if verdict.displaced > verdict.cell_displaced and _is_wrong(verdict):
            found[float(register.lat[row]), float(register.lon[row])] = verdict
    return found


def _numbers(register: RegisterRows, row: int) -> list[int]:
    columns = (register.mcc, register.mnc, register.area, register.cell)
    return [int(column[row]) for column in columns]


def _identity(register: RegisterRows, row: int) -> Identity:
    return Identity(RATS[int(register.rat[row]) - 1], *_numbers(register, row))


def _key(register: RegisterRows, row: int) -> str:
    return key_text(int(register.rat[row]), *_numbers(register, row))
