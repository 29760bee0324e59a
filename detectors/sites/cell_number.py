"""Cells as short numbers that are only compared, the same from columns and from an identity."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import RATS, code_of
from detectors.model.columns import U1
from detectors.model.finding import Identity
from detectors.model.hashing import slots_of
from detectors.register.index import area_key

_BITS = 32


def cell_numbers(
    rat: U1, mcc: NDArray[Any], mnc: NDArray[Any], area: NDArray[Any], cell: NDArray[Any]
) -> NDArray[np.uint32]:
    """A number for each full identity; two cells share one with a chance of 1 in 4 billion."""
    return slots_of(area_key(rat, mcc, mnc, area), cell.astype(np.int64), _BITS).astype(np.uint32)


@lru_cache(maxsize=4096)
def cell_number(claimed: Identity) -> int | None:
    """That of one identity; ``None`` unless it is given in full."""
    numbers = (claimed.mcc, claimed.mnc, claimed.area, claimed.cell)
    if claimed.rat is None or None in numbers:
        return None
    rat = np.array([code_of(claimed.rat, RATS)], dtype=np.uint8)
    return int(cell_numbers(rat, *(np.array([number], dtype=float) for number in numbers))[0])
