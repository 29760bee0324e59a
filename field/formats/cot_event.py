"""The frame of a Cursor on Target event: what, who, how, when, where."""

from datetime import datetime
from typing import Final

from field.formats.areas import DECIMALS
from field.formats.markup import Element, child, element
from field.formats.words.moments import iso

#: A telecommunications tower, of the MITRE list of types; TAK's own drawings and deletion.
MARKER_TYPE: Final = "a-{affiliation}-G-I-U-T-com-tow"
ELLIPSE_TYPE: Final = "u-d-c-e"
POLYGON_TYPE: Final = "u-d-f"
DELETE_TYPE: Final = "t-x-d-d"
#: How a place is known: fused by a machine, or made by one.
FUSED: Final = "m-f"
MACHINE: Final = "m-g"
_UNKNOWN_M: Final = "9999999.0"


def event_of(
    name: str,
    type_: str,
    how: str,
    span: tuple[datetime, datetime],
    place: tuple[float, float],
    radius_m: float | None,
) -> Element:
    """An event without details, good from first to second of ``span``; its ce is a radius."""
    begins, ends = iso(span[0]), iso(span[1])
    times = {"time": begins, "start": begins, "stale": ends}
    event = element("event", version="2.0", uid=name, type_=type_, how=how, **times)
    child(
        event,
        "point",
        lat=f"{place[0]:.{DECIMALS}f}",
        lon=f"{place[1]:.{DECIMALS}f}",
        hae=_UNKNOWN_M,
        ce=_UNKNOWN_M if radius_m is None else f"{radius_m:.1f}",
        le=_UNKNOWN_M,
    )
    return event


def signed(argb: int) -> str:
    """A colour as TAK writes it: 32 bits with a sign.

    >>> signed(0xFFFFFFFF)
    '-1'
    """
    return str(argb - (1 << 32) if argb >= 1 << 31 else argb)
