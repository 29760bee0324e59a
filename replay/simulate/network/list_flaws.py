"""Rows of the list of cells that are wrong: missing, displaced, misnumbered, swapped, cut short.

Each kind of flaw has a generator of its own, so that one doesn't shift another's draws.
"""

from collections.abc import Callable

import numpy as np

from detectors.model.codes import GSM
from replay.simulate.network.network import CODES, SECTORS, Ints
from replay.simulate.network.register import COLUMNS, Flaw, Sheet, key_of
from replay.simulate.scenario.surroundings import RegisterFlaws

DISPLACED_M = (100.0, 10_000.0)
LON, LAT, CELL = COLUMNS.index("lon"), COLUMNS.index("lat"), COLUMNS.index("cell")
AREA, CODE, AZIMUTH = COLUMNS.index("area"), COLUMNS.index("pci"), COLUMNS.index("azimuth_deg")

#: GSM's numbers end here (TS 23.003); the others are far from their ends.
MOST_CELLS = {"GSM": 0xFFFF, "UMTS": 0xFFFFFFF}


def spoil(sheet: Sheet, flaws: RegisterFlaws, random: Callable[[str], np.random.Generator]) -> None:
    """Makes the rows of a list wrong; ``random`` gives the generator for a kind of flaw."""
    for share, kind, change in (
        (flaws.missing_site_share, "missing sites", _drop),
        (flaws.wrong_area_share, "wrong areas", _misname_area),
        (flaws.renamed_site_share, "renamed", _rename),
        (flaws.wrong_code_share, "wrong codes", _misname_code),
        (flaws.swapped_sectors_share, "swapped sectors", _swap_sectors),
    ):
        rng = random(kind)
        for rows in _sites(sheet, share, rng):
            change(sheet, rows, rng)
    rng = random("displaced sites")
    for rows in _sites(sheet, flaws.displaced_site_share, rng):
        _displace(sheet, rows, flaws.displaced_m, rng)
    rng = random("exchanged sites")
    _exchange(sheet, _sites(sheet, flaws.exchanged_site_share, rng))
    for share, kind, one in (
        (flaws.displaced_cell_share, "displaced cells", None),
        (flaws.swapped_axes_share, "swapped axes", _swap_axes),
        (flaws.truncated_share, "truncated", _truncate),
    ):
        rng = random(kind)
        for row in [row for row in sheet.rows if share and rng.random() < share]:
            if one is None:
                _displace(sheet, [row], flaws.displaced_m, rng)
            else:
                one(sheet, row)


def _sites(sheet: Sheet, share: float, rng: np.random.Generator) -> list[list[int]]:
    """The listed rows of each of a share of the sites."""
    if not share:
        return []
    chosen = rng.random(len(sheet.network.site_x)) < share
    by_site: dict[int, list[int]] = {}
    for row in sheet.rows:
        site = int(sheet.network.site[row])
        if chosen[site]:
            by_site.setdefault(site, []).append(row)
    return list(by_site.values())


def _drop(sheet: Sheet, rows: list[int], rng: np.random.Generator) -> None:
    for row in rows:
        sheet.rows.pop(row)


def _displace(sheet: Sheet, rows: list[int], about_m: float, rng: np.random.Generator) -> None:
    """The places of some rows, all by the same vector."""
    offset_m = float(np.clip(about_m * 2.0 ** rng.uniform(-1.0, 1.0), *DISPLACED_M))
    bearing = rng.uniform(0.0, 2 * np.pi)
    site = sheet.network.site[rows[0]]
    x, y = sheet.network.site_x[site], sheet.network.site_y[site]
    east, north = offset_m * np.sin(bearing), offset_m * np.cos(bearing)
    lat, lon = sheet.place.latlon(np.array([x, x + east]), np.array([y, y + north]))
    for row in rows:
        columns = sheet.rows[row]
        columns[LAT] = f"{float(columns[LAT]) + lat[1] - lat[0]:.7f}"
        columns[LON] = f"{float(columns[LON]) + lon[1] - lon[0]:.7f}"
        sheet.flaws.append(Flaw(sheet.key(row), "displaced", round(offset_m, 1)))


def _misname_area(sheet: Sheet, rows: list[int], rng: np.random.Generator) -> None:
    """An area that the operator has elsewhere or, as often, a digit off."""
    network = sheet.network
    slip = int(rng.choice((-10, -1, 1, 10)))
    from_elsewhere = rng.random() < 0.5
    for row in rows:
        mine = (network.operator == network.operator[row]) & (network.rat == network.rat[row])
        others: Ints = np.unique(network.area[mine & (network.area != network.area[row])])
        area = int(network.area[row]) + slip
        if from_elsewhere and len(others):
            area = int(others[slip % len(others)])
        sheet.rows[row][AREA] = str(area)
        sheet.flaws.append(_misnamed(sheet, row, "area"))


def _rename(sheet: Sheet, rows: list[int], rng: np.random.Generator) -> None:
    """Numbers of before a renumbering, those of a site's cells in the order of today's."""
    shift = SECTORS * int(rng.integers(5000, 7000))
    used = {tuple(columns[:5]) for columns in sheet.rows.values()}
    for row in rows:
        columns = sheet.rows[row]
        before = [*columns[:4], str(int(columns[CELL]) + shift)]
        if tuple(before) not in used and int(before[CELL]) < MOST_CELLS.get(columns[0], 1 << 28):
            columns[CELL] = before[CELL]
            sheet.flaws.append(_misnamed(sheet, row, "renamed"))


def _misnamed(sheet: Sheet, row: int, problem: str) -> Flaw:
    return Flaw(sheet.key(row), problem, registered=key_of(sheet.rows[row]))


def _exchange(sheet: Sheet, sites: list[list[int]]) -> None:
    """Each other's places, of every two chosen sites of an operator that stand next in the list."""
    network = sheet.network
    waiting: dict[int, list[int]] = {}
    for rows in sites:
        operator = int(network.operator[rows[0]])
        if operator not in waiting:
            waiting[operator] = rows
            continue
        pair = waiting.pop(operator), rows
        x, y = (
            [float(axis[network.site[rows[0]]]) for rows in pair]
            for axis in (network.site_x, network.site_y)
        )
        apart_m = round(float(np.hypot(x[0] - x[1], y[0] - y[1])), 1)
        lat, lon = sheet.place.latlon(np.array(x), np.array(y))
        for own, rows in enumerate(pair):
            for row in rows:
                columns, step = sheet.rows[row], 1 - 2 * own
                columns[LAT] = f"{float(columns[LAT]) + step * (lat[1] - lat[0]):.7f}"
                columns[LON] = f"{float(columns[LON]) + step * (lon[1] - lon[0]):.7f}"
                sheet.flaws.append(Flaw(sheet.key(row), "exchanged", apart_m))


def _misname_code(sheet: Sheet, rows: list[int], rng: np.random.Generator) -> None:
    """Codes of an earlier plan; what a crowd found has none."""
    shift = int(rng.integers(1, 60))
    for row in rows:
        if sheet.rows[row][CODE]:
            rat = int(sheet.network.rat[row])
            code = int(sheet.network.pci[row]) + (shift if rat == GSM else SECTORS * shift)
            sheet.rows[row][CODE] = str(code % CODES[rat])
            sheet.flaws.append(Flaw(sheet.key(row), "code"))


def _swap_sectors(sheet: Sheet, rows: list[int], rng: np.random.Generator) -> None:
    """Two feeders of a site crossed: of each RAT, two cells point where the other should."""
    kept = int(rng.integers(SECTORS))
    network = sheet.network
    for rat in np.unique(network.rat[rows]).tolist():
        cells = network.cell_of[network.site[rows[0]], rat].tolist()
        pair = [row for at, row in enumerate(cells) if at != kept and row in sheet.rows]
        if len(pair) == 2 and all(sheet.rows[row][AZIMUTH] for row in pair):
            one, other = (sheet.rows[row] for row in pair)
            one[AZIMUTH], other[AZIMUTH] = other[AZIMUTH], one[AZIMUTH]
            sheet.flaws += [Flaw(sheet.key(row), "swapped") for row in pair]


def _swap_axes(sheet: Sheet, row: int) -> None:
    columns = sheet.rows[row]
    columns[LAT], columns[LON] = columns[LON], columns[LAT]
    sheet.flaws.append(Flaw(sheet.key(row), "coordinates"))


def _truncate(sheet: Sheet, row: int) -> None:
    columns = sheet.rows[row]
    for axis in (LAT, LON):
        columns[axis] = columns[axis].partition(".")[0] + "." + columns[axis].partition(".")[2][:2]
    sheet.flaws.append(Flaw(sheet.key(row), "coordinates"))
