"""How much to temper a posterior, so that its regions hold the share of truths that they state.

Real shadowing is more correlated, and positions are worse, than in any model, so the likelihood is
tempered (raised to `alpha` < 1). Alpha is measured on episodes whose truth is known, and kept here
by kind of evidence and number of devices. A second correction is the level at which a region is
drawn: where the 50 % region of posteriors holds 45 % of truths, a region stated as 50 % is drawn at
the level that did hold 50 % (split conformal prediction, Vovk et al. 2005).

The table is made by ``python benchmarks/temper.py --episodes 100 --data DIR``, which prints it as
it stands here; with ``--check`` that program reports whether this one still agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

#: The evidence used: levels alone, with timing advances, with silent phones too, or levels of
#: receivers in known places, with learned offsets.
Kind = Literal["levels", "timed", "silent", "receivers"]

#: Where the kind of evidence is not known: the middle of the rows.
ALPHA: Final = 0.85
NOMINAL: Final = (0.5, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Temper:
    """One row: from `devices` on, a likelihood of this `kind` is raised to `alpha`, and regions
    that shall hold `NOMINAL` are drawn at `levels`."""

    kind: Kind
    devices: int
    alpha: float
    levels: tuple[float, float, float]


TABLE: Final[tuple[Temper, ...]] = (
    Temper("levels", 0, 1.0, (0.5, 0.87, 0.93)),
    Temper("levels", 15, 0.85, (0.52, 0.89, 0.95)),
    Temper("levels", 35, 0.75, (0.49, 0.9, 0.95)),
    Temper("timed", 0, 0.9, (0.51, 0.9, 0.96)),
    Temper("timed", 15, 0.8, (0.5, 0.9, 0.96)),
    Temper("timed", 35, 0.8, (0.46, 0.9, 0.96)),
    Temper("silent", 0, 1.0, (0.57, 0.9, 0.98)),
    Temper("silent", 15, 0.75, (0.46, 0.89, 0.93)),
    Temper("silent", 35, 0.75, (0.47, 0.9, 0.95)),
    Temper("receivers", 0, 0.7, (0.49, 0.9, 0.97)),
)


def temper_of(kind: Kind, devices: int, table: Sequence[Temper] = TABLE) -> Temper:
    """The row for a kind of evidence and so many devices; for a kind without rows that of levels.

    >>> temper_of("levels", 12).kind
    'levels'
    """
    rows = [row for row in table if row.kind == kind] or [r for r in table if r.kind == "levels"]
    reached = [row for row in rows if row.devices <= devices]
    if not reached:
        return min(rows, key=lambda row: row.devices)
    return max(reached, key=lambda row: row.devices)
