"""A network that happenings add sites to, renumber and switch off, before anybody camps on it."""

from dataclasses import fields

import numpy as np

from replay.simulate.network.network import SECTORS, Ints, Network

SITE_COLUMNS = ("site_x", "site_y", "site_operator", "site_in_city", "site_extra_m")
CELL_COLUMNS = tuple(
    field.name for field in fields(Network) if field.name not in (*SITE_COLUMNS, "cell_of")
)
#: Of a cell that is always on the air under the same numbers.
FRESH = {"on_s": 0.0, "off_s": np.inf, "back_s": np.inf, "renamed": -1, "renamed_s": np.inf}


class NetworkPlan:
    """Columns of a `Network` to which rows can be added; those that were there keep their rows.

    ``network`` is what it began with: copies and successors refer to its rows.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._off_s, self._back_s = network.off_s.copy(), network.back_s.copy()
        self._renamed, self._renamed_s = network.renamed.copy(), network.renamed_s.copy()
        self._sites: list[dict[str, float]] = []
        self._cells: list[dict[str, float]] = []
        self._places: list[tuple[int, int]] = []  # site and sector, -1 for a successor

    def add_site(self, operator: int, x_m: float, y_m: float, extra_m: float = 0.0) -> int:
        """A site on which phones of ``operator`` can camp; its number."""
        values = (x_m, y_m, operator, True, extra_m)
        self._sites.append(dict(zip(SITE_COLUMNS, values, strict=True)))
        return len(self.network.site_x) + len(self._sites) - 1

    def add_cell(self, site: int, sector: int, /, **columns: float) -> int:
        """A cell of an added site with the columns rat, operator, mcc .. power_dbm; its row."""
        self._cells.append({**FRESH, "in_core": True, **columns, "site": site})
        self._places.append((site, sector))
        return len(self.network) + len(self._cells) - 1

    def copy_site(
        self,
        site: int,
        operator: int,
        at_m: tuple[float, float] | None = None,
        extra_m: float = 0.0,
        gain_db: float = 0.0,
        /,
        **columns: float,
    ) -> list[tuple[int, int]]:
        """The cells of a site once more for phones of ``operator``, at its own place or another.

        Returns pairs of old and new row.
        """
        base = self.network
        x_m, y_m = at_m or (float(base.site_x[site]), float(base.site_y[site]))
        made = self.add_site(operator, x_m, y_m, extra_m)
        pairs = []
        for rat in range(self.network.cell_of.shape[1]):
            for sector in range(SECTORS):
                row = int(self.network.cell_of[site, rat, sector])
                if row >= 0:
                    copied = self.columns_of(row, **columns)
                    copied["power_dbm"] += gain_db
                    pairs.append((row, self.add_cell(made, sector, **copied)))
        return pairs

    def rename(self, row: int, at_s: float, **columns: float) -> int:
        """The cell of ``row`` under other numbers from a time on; the row that holds them."""
        self._cells.append(self.columns_of(row, **columns))
        self._places.append((int(self.network.site[row]), -1))
        self._renamed[row] = len(self.network) + len(self._cells) - 1
        self._renamed_s[row] = at_s
        return int(self._renamed[row])

    def switch_off(self, rows: Ints, off_s: float = 0.0, back_s: float = np.inf) -> None:
        """Cells leave the air, for a while or for good."""
        self._off_s[rows] = off_s
        self._back_s[rows] = back_s

    def switch_off_sites(
        self, operator: int, at_m: tuple[float, float], radius_m: float, off_s: float = 0.0
    ) -> None:
        """All cells of an operator within a circle leave the air."""
        base = self.network
        self.switch_off(
            np.flatnonzero(np.isin(base.site, self.sites(operator, at_m, radius_m))), off_s
        )

    def sites(self, operator: int, at_m: tuple[float, float], radius_m: float) -> Ints:
        """The sites of an operator within a circle."""
        base = self.network
        off_m = np.hypot(base.site_x - at_m[0], base.site_y - at_m[1])
        return np.flatnonzero((off_m <= radius_m) & (base.site_operator == operator))

    def finished(self) -> Network:
        """The network with all changes."""
        base = self.network
        columns = {name: getattr(base, name) for name in (*CELL_COLUMNS, *SITE_COLUMNS)}
        columns |= {"off_s": self._off_s, "back_s": self._back_s}
        columns |= {"renamed": self._renamed, "renamed_s": self._renamed_s}
        for names, added in ((CELL_COLUMNS, self._cells), (SITE_COLUMNS, self._sites)):
            for name in names:
                more = np.array([row[name] for row in added], dtype=columns[name].dtype)
                columns[name] = np.concatenate([columns[name], more])
        new = np.full((len(self._sites), *base.cell_of.shape[1:]), -1, dtype=np.int64)
        cell_of = np.concatenate([base.cell_of, new])
        for index, (site, sector) in enumerate(self._places):
            if sector >= 0:
                cell_of[site, int(self._cells[index]["rat"]), sector] = len(base) + index
        return Network(**columns, cell_of=cell_of)

    def columns_of(self, row: int, **columns: float) -> dict[str, float]:
        """The columns of an existing cell, some of them replaced."""
        copied = {name: getattr(self.network, name)[row].item() for name in CELL_COLUMNS}
        return {**copied, **FRESH, **columns}
