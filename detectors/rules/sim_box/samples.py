"""Calls on which `sim_box` fires, and calls on which it stays silent."""

from typing import Any

from detectors.model.codes import LTE
from detectors.rules.sample_town import Piece, Row, Town

CELL: Row = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 1000.0, "cell": 7.0}


def fires(make: Town) -> list[Piece]:
    return [activated(make, 6), make.calls(*box())]


def silent(make: Town) -> list[Piece]:
    """A family's phone with three SIMs; a probe with eight, which rings five numbers."""
    family = [{**row, "callee": f"contact{n % 7}"} for n, row in enumerate(box(sims=3))]
    return [activated(make, 6, name="x"), make.calls(*family, *probe(at_s=2000.0))]


def box(
    sims: int = 6, count: int = 19, at_s: float = 0.0, name: str = "b", **row: Any
) -> list[Row]:
    """Calls of so many numbers in turn from one terminal in one cell, to a stranger each."""
    rows = []
    for n in range(count):
        own = {"caller": f"{name}{n % sims}", "callee": f"{name}s{n}", "at_s": at_s + 60.0 * n}
        fixed = {"call_ref": f"{name}-{n}", "terminal": f"t-{name}", "imei_tac": 100000.0}
        rows.append({**fixed, **CELL, **own, **row})
    return rows


def probe(at_s: float = 0.0, count: int = 40) -> list[Row]:
    """An operator's test terminal: eight SIMs, the same five numbers."""
    return [
        {**row, "callee": f"test{n % 5}"} for n, row in enumerate(box(8, count, at_s, name="p"))
    ]


def many_probes(make: Town) -> list[Piece]:
    """A probe that rings many numbers, every second of them twice."""
    rows = box(8, 60, name="p")
    again = [{**row, "callee": f"test{n - (n % 3 == 2)}"} for n, row in enumerate(rows)]
    return [make.calls(*again), []]


def family(make: Town) -> list[Piece]:
    """Three SIMs in one phone."""
    return [make.calls(*box(sims=3, count=30)), []]


def trader(make: Town) -> list[Piece]:
    """Four cards in a phone that goes about the town."""
    rows = [{**row, "cell": 7.0 + n} for n, row in enumerate(box(sims=4, count=20))]
    return [make.calls(*rows), []]


def activated(make: Town, count: int, name: str = "b") -> list[Any]:
    """So many SIMs are activated before all else."""
    rows = [{"subscriber": f"{name}{n}", "at_s": -3600.0 + n} for n in range(count)]
    return make.changes(*rows, kind="activated")


#: By the switch that keeps it silent; one for each.
EXCUSED = {
    "excuse_probes": many_probes,
    "excuse_few_sims": family,
    "excuse_moving": trader,
}
