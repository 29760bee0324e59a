"""The rare messages: what the operator announces, and what a field team found.

A few a day, so they are plain records, not columns. Everything in them may be missing: ``None``, or
an empty tuple. Times are milliseconds since the Unix epoch, UTC; positions WGS84 degrees.
"""

from typing import Any

import msgspec

from detectors.model.finding import Source


class AreaName(msgspec.Struct, frozen=True, order=True):
    """An area code in its network; the network may be left out."""

    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`network.changes`: what the operator announces for the span ``from_ts`` to ``to_ts``.

    ``cells`` are register keys (``rat-mcc-mnc-area-cell``); ``polygon`` is a GeoJSON Polygon or
    MultiPolygon; ``old_to_new`` comes apart into pairs of register keys and pairs of areas.
    """

    rx_ts: int
    source: Source
    from_ts: int | None = None
    to_ts: int | None = None
    kind: str | None = None
    cells: tuple[str, ...] = ()
    areas: tuple[AreaName, ...] = ()
    polygon: dict[str, Any] | None = None
    old_to_new_cells: tuple[tuple[str, str], ...] = ()
    old_to_new_areas: tuple[tuple[AreaName, AreaName], ...] = ()
    note: str | None = None


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """`field.feedback`: what a field team found. ``by`` is the team.

    ``mute_until_ts`` and ``mute_radius_m`` are how long and how far an honest identity is muted.
    ``withdrawn`` takes the verdict back. ``role`` is that of the account which gave it, where a
    console that is believed vouches for it; ``None`` for all others, which count as a field team's.
    """

    rx_ts: int
    source: Source
    ts: int | None = None
    alert_id: str | None = None
    verdict: str | None = None
    lat: float | None = None
    lon: float | None = None
    note: str | None = None
    by: str | None = None
    mute_until_ts: int | None = None
    mute_radius_m: float | None = None
    withdrawn: bool | None = None
    role: str | None = None
