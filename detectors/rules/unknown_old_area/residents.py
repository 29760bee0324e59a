"""Phones that the core had here just before they name an area which it doesn't have.

Strays bring such an area along, from trains or from another country. Who was served here minutes
ago has been nowhere: that area must have been about here, as a transmitter's is.
"""

from typing import Final

from detectors.features.memory.last_message import Before
from detectors.features.rows import registrations
from detectors.model.finding import Place
from detectors.register.register import Register
from geo.earth.sphere import great_circle_m

#: So far (m) beyond the reach of both cells a phone goes within town in a few minutes.
_ABOUT_M: Final = 2000.0


def stayed(before: Before, at: int, back: Place | None, register: Register, ts_ms: int) -> bool:
    """Whether the cell on which the core had a phone last, in row ``at`` of what was before, is
    about the place where it came ``back``; False where either isn't known."""
    if back is None or not before.known[at]:
        return False
    had = registrations.place_of_cell(register, before.columns, at, ts_ms)
    if had is None:
        return False
    apart_m = great_circle_m(had.lat, had.lon, back.lat, back.lon)
    return bool(apart_m - (had.reach_m or 0.0) - (back.reach_m or 0.0) <= _ABOUT_M)
