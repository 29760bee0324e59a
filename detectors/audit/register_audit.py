"""Which rows of a register are wrong, as far as reports show: what is right instead beside each.

A by-product of weighing the register as a hypothesis. Displaced rows come from
`detectors.sites.site_places`, swapped ones from `swapped_rows`, cells that the register lacks or
has under other numbers from `misnamed_rows`, retired ones from `never_reported`. Only rows are
named whose wrongness is far likelier than not, since somebody will change them, and none by the
reports of one device alone.
"""

from collections.abc import Collection
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.audit.listed_cells import ListedCells
from detectors.audit.misnamed_rows import Misnamed, Observed, misnamed_rows
from detectors.audit.never_reported import Silence, silence_of
from detectors.audit.swapped_rows import Elsewhere, crossed_sectors, exchanged
from detectors.audit.wrong_row import WrongRow
from detectors.model.columns import Bool, RegisterRows
from detectors.register.identity_keys import cell_key
from detectors.register.mast_places import FARTHEST_M
from detectors.register.rows import taken
from detectors.sites.cell_number import cell_numbers
from detectors.sites.kept.columns import place_of
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_places import UNREPORTED, SitePlaces, SiteVerdict
from detectors.sites.traffic.cell_traffic import CellTraffic
from geo.earth.sphere import great_circle_m

#: Probability from which a row is called wrong, and from which its place is: what that accuses in
#: drawn worlds is in docs/evaluation.md.
LEAST_PROBABILITY: Final = 0.95
LEAST_DISPLACED: Final = 0.8
#: A site, or a cell of its own, must be off by more than this (m), and by more than so many
#: standard deviations.
LEAST_OFF_M, LEAST_SIGMAS = 300.0, 3.0
#: Reports of a site that an accusation rests on, and phones that must have sent them.
LEAST_REPORTS, LEAST_PHONES = 8, 3
#: Reports must have been counted for so long before silence says anything.
LEAST_SPAN_MS: Final = 1_800_000
#: Rows so far from all reports (degrees) are none of theirs.
_MARGIN_DEG: Final = 0.2


def wrong_rows(
    register: RegisterRows,
    places: SitePlaces,
    traffic: CellTraffic,
    served: Collection[str] = (),
    suspected: Collection[str] = (),
) -> list[WrongRow]:
    """Rows that are likely wrong, in the order of the register, then those that it lacks; of a
    displaced site all rows, those of cells that nobody reported too.

    ``served`` are keys of unlisted cells on which the core served subscribers, ``suspected`` those
    of cells that a suspected transmitter claims (`detectors.register.identity_keys.cell_key`): none
    of these is called a missing row. ``places`` keeps what it weighed (`SitePlaces.verdict_on`).
    """
    cells = ListedCells.of(_near(register, traffic, places), traffic)
    verdicts = _verdicts(cells, places)
    found = _displaced(cells, verdicts)
    found |= _exchanged(cells, verdicts, found)
    in_place = [v.displaced + v.cell_displaced < 0.5 for v in verdicts]
    for crossed in crossed_sectors(cells, in_place):
        if crossed.probability >= LEAST_PROBABILITY:
            for at, other in (crossed.cells, crossed.cells[::-1]):
                found.setdefault(at, _crossed(cells, at, other, crossed.probability))
    if not traffic.is_whole or traffic.last_ms - traffic.first_ms < LEAST_SPAN_MS:
        return [found[at] for at in sorted(found)]
    silence, missing = silence_of(cells), []
    observed = Observed(traffic.first_ms, traffic.last_ms, served, suspected)
    for each in misnamed_rows(cells, silence, traffic.unlisted(), observed):
        if each.probability < LEAST_PROBABILITY:
            continue
        if each.row is None:
            missing.append(_missing(each))
        elif each.row not in found:
            found[each.row] = _renamed(cells, each.row, each)
    for at in np.flatnonzero(silence.off_air >= LEAST_PROBABILITY).tolist():
        found.setdefault(at, _retired(cells, at, silence))
    return [found[at] for at in sorted(found)] + sorted(missing, key=lambda row: row.key)


def _near(register: RegisterRows, traffic: CellTraffic, places: SitePlaces) -> RegisterRows:
    """The rows about which there are reports, of a register that may be a country's."""
    reported = traffic.reported()
    if not len(reported):
        return taken(register, np.zeros(0, dtype=np.int64))
    least, most = reported.min(axis=0) / DEGREE, reported.max(axis=0) / DEGREE
    near = (register.lat >= least[0] - _MARGIN_DEG) & (register.lat <= most[0] + _MARGIN_DEG)
    near &= (register.lon >= least[1] - _MARGIN_DEG) & (register.lon <= most[1] + _MARGIN_DEG)
    for lat, lon in _misplaced_afar(register, near, places):
        near |= (register.lat == lat) & (register.lon == lon)
    return taken(register, np.flatnonzero(near))


def _misplaced_afar(
    register: RegisterRows, near: Bool, places: SitePlaces
) -> set[tuple[float, float]]:
    """Where rows that aren't near have cells that are reported all the same (degrees)."""
    unknown = np.setdiff1d(places.reports.cells(), _numbers(taken(register, np.flatnonzero(near))))
    if not len(unknown):  # as nearly always; a country has a million rows
        return set()
    afar = np.flatnonzero(~near & np.isfinite(register.lat) & np.isfinite(register.lon))
    numbers = _numbers(taken(register, afar))
    known = np.isin(numbers, unknown)
    rows = zip(afar[known].tolist(), numbers[known].tolist(), strict=True)
    found = ((float(register.lat[at]), float(register.lon[at]), number) for at, number in rows)
    # Two cells may share a number: a cell is the one that was reported if its mast is there, too.
    return {
        (lat, lon)
        for lat, lon, number in found
        if _is_of(places.reports.site_key(number), lat, lon)
    }


def _is_of(site_key: int | None, lat: float, lon: float) -> bool:
    """Whether a row's place (degrees) may be of a site's mast."""
    if site_key is None:
        return False
    mast_lat, mast_lon = (float(each[0]) / DEGREE for each in place_of(np.array([site_key])))
    return great_circle_m(mast_lat, mast_lon, lat, lon) <= FARTHEST_M


def _numbers(rows: RegisterRows) -> NDArray[np.uint32]:
    return cell_numbers(rows.rat, rows.mcc, rows.mnc, rows.area, rows.cell)


def _verdicts(cells: ListedCells, places: SitePlaces) -> list[SiteVerdict]:
    """On each listed cell; asked site by site, as `SitePlaces` weighs them."""
    verdicts = [UNREPORTED] * len(cells)
    for at in sorted(range(len(cells)), key=cells.place):
        verdicts[at] = places.verdict_on(cells.number[at])
    return verdicts


def _displaced(cells: ListedCells, verdicts: list[SiteVerdict]) -> dict[int, WrongRow]:
    wrong = {at: v for at, v in enumerate(verdicts) if _is_wrong(v) and _phones(cells, at)}
    sites = {cells.place(at): v for at, v in wrong.items() if v.displaced >= v.cell_displaced}
    phones = dict.fromkeys(sites, 0)
    for at, verdict in enumerate(verdicts):
        if (site := cells.place(at)) in sites:
            phones[site] += _phones(cells, at)
            if verdict == UNREPORTED:
                wrong[at] = sites[site]
    return {
        at: row
        for at, verdict in wrong.items()
        if (row := _displaced_row(cells, at, verdict, phones)).phones >= LEAST_PHONES
    }


def _displaced_row(
    cells: ListedCells, at: int, verdict: SiteVerdict, phones: dict[tuple[float, float], int]
) -> WrongRow:
    assert verdict.learned is not None
    lat, lon = cells.place(at)
    whole = verdict.displaced >= verdict.cell_displaced
    return WrongRow(
        key=cells.key(at),
        kind="site_displaced" if whole else "cell_displaced",
        probability=round(verdict.displaced + verdict.cell_displaced, 4),
        lat=lat,
        lon=lon,
        learned_lat=round(verdict.learned[0], 6),
        learned_lon=round(verdict.learned[1], 6),
        off_m=round(verdict.off_m, 1),
        sigma_m=round(verdict.sigma_m, 1),
        reports=verdict.reports,
        phones=phones[lat, lon] if whole else _phones(cells, at),
        cells=verdict.cells,
    )


def _exchanged(
    cells: ListedCells, verdicts: list[SiteVerdict], displaced: dict[int, WrongRow]
) -> dict[int, WrongRow]:
    """Those of the displaced rows that are at each other's places, a pair of sites at a time."""
    groups: dict[tuple[int, str, float, float], list[int]] = {}
    for at, row in displaced.items():
        alone = "" if row.kind == "site_displaced" else row.key
        groups.setdefault((int(cells.network[at]), alone, *cells.place(at)), []).append(at)
    group = list(groups.values())
    places = [_elsewhere(cells, members[0], displaced[members[0]]) for members in group]
    found: dict[int, WrongRow] = {}
    for one, other, probability in exchanged(places):
        if probability < LEAST_PROBABILITY:
            continue
        for mine, theirs in ((one, other), (other, one)):
            for number, at in enumerate(group[mine]):
                partner = group[theirs][min(number, len(group[theirs]) - 1)]
                found[at] = msgspec.structs.replace(
                    displaced[at],
                    kind="places_exchanged",
                    probability=round(probability, 4),
                    other_key=cells.key(partner),
                )
    return found


def _elsewhere(cells: ListedCells, at: int, row: WrongRow) -> Elsewhere:
    assert row.learned_lat is not None
    assert row.learned_lon is not None
    assert row.sigma_m is not None
    return Elsewhere(
        registered=cells.place(at),
        learned=(row.learned_lat, row.learned_lon),
        sigma_m=row.sigma_m,
        probability=row.probability,
        network=int(cells.network[at]),
    )


def _crossed(cells: ListedCells, at: int, other: int, probability: float) -> WrongRow:
    lat, lon = cells.place(at)
    return WrongRow(
        key=cells.key(at),
        kind="sectors_crossed",
        probability=round(probability, 4),
        lat=lat,
        lon=lon,
        reports=sum(cells.tallies[each].reports for each in (at, other)),
        phones=_phones(cells, at) + _phones(cells, other),
        cells=2,
        other_key=cells.key(other),
    )


def _renamed(cells: ListedCells, at: int, each: Misnamed) -> WrongRow:
    lat, lon = cells.place(at)
    return msgspec.structs.replace(
        _missing(each),
        key=cells.key(at),
        kind="renamed",
        lat=lat,
        lon=lon,
        other_key=cell_key(each.identity),
    )


def _missing(each: Misnamed) -> WrongRow:
    return WrongRow(
        key=cell_key(each.identity),
        kind="missing",
        probability=round(each.probability, 4),
        learned_lat=round(each.lat, 6),
        learned_lon=round(each.lon, 6),
        sigma_m=round(each.sigma_m, 1),
        reports=each.tally.reports,
        phones=round(each.tally.phones),
    )


def _retired(cells: ListedCells, at: int, silence: Silence) -> WrongRow:
    lat, lon = cells.place(at)
    return WrongRow(
        key=cells.key(at),
        kind="retired",
        probability=round(float(silence.off_air[at]), 4),
        lat=lat,
        lon=lon,
        reports=0,
        phones=round(float(silence.expected[at])),
        cells=0,
    )


def _phones(cells: ListedCells, at: int) -> int:
    tally = cells.tallies.get(at)
    return 0 if tally is None else round(tally.phones)


def _is_wrong(verdict: SiteVerdict) -> bool:
    return (
        verdict.reports >= LEAST_REPORTS
        and verdict.displaced + verdict.cell_displaced >= LEAST_DISPLACED
        and verdict.off_m >= max(LEAST_OFF_M, LEAST_SIGMAS * verdict.sigma_m)
    )
