"""Where a cell is by the register, as the place of an observation."""

import numpy as np

from detectors.model.columns import I8, U1
from detectors.model.finding import Place
from detectors.register.register import Register


def place_in_register(
    register: Register, rat: U1, mcc: I8, mnc: I8, area: I8, cell: I8, ts_ms: I8
) -> Place | None:
    """About where a cell is (columns of one row): as `Register.about`, else its area's middle."""
    row = register.find(rat, mcc, mnc, area, cell, ts_ms)
    is_listed = row[0] >= 0
    lat, lon, reach = (
        register.about(row) if is_listed else register.place_of_area(rat, mcc, mnc, area)
    )
    if np.isnan(lat[0]):
        return None
    return Place(float(lat[0]), float(lon[0]), reach_m=float(reach[0]))
