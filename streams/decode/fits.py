"""Numbers that have to fit what their radio access technology has room for."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import AREA_BITS, CELL_BITS, NR
from detectors.model.columns import Bool
from streams.decode.raw_rows import UNKNOWN, RawRows
from streams.decode.schema import TIMING_ADVANCE_MAX

#: Without a RAT an identity has to fit the widest.
CELL_LIMIT: Final = np.left_shift(1, np.array([CELL_BITS[NR], *CELL_BITS[1:]])).astype(np.float64)
AREA_LIMIT: Final = np.left_shift(1, np.array([AREA_BITS[NR], *AREA_BITS[1:]])).astype(np.float64)
STEPS_LIMIT: Final = np.array(TIMING_ADVANCE_MAX, dtype=np.float64) + 1.0
#: Numbers of a row, the codes that decide how large they may be, and the limit for each code.
FITS: Final = (
    *(("area", "rat", AREA_LIMIT), ("cell", "rat", CELL_LIMIT)),
    *(("area", "radio", AREA_LIMIT), ("cell", "radio", CELL_LIMIT)),
    ("timing_advance", "rat", STEPS_LIMIT),
    *(("old_area", "old_rat", AREA_LIMIT), ("target_cell", "target_rat", CELL_LIMIT)),
)


def misfits(rows: RawRows) -> dict[str, Bool]:
    """Which areas and cells are given but don't fit the bits that their RAT has for them."""
    codes = rat_codes(rows)
    found: dict[str, Bool] = {}
    for name, limit in (("area", AREA_LIMIT), ("cell", CELL_LIMIT)):
        if (values := rows.columns.get(name)) is not None:
            found[name] = ~np.isnan(values) & ~((values >= 0) & (values < limit[codes]))
    return found


def rat_codes(rows: RawRows) -> NDArray[np.uint8]:
    """The RAT of each row, 0 where it is missing or not listed."""
    rat = rows.columns.get("rat", rows.columns.get("radio"))
    if rat is None:
        return np.zeros(len(rows), dtype=np.uint8)
    return np.where(rat == UNKNOWN, np.uint8(0), rat)
