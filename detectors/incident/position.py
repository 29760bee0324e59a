"""Where a transmitter was found to be: what an alert says of it, and what an incident keeps."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from detectors.model.described import means
from geo.advise.next_measurement import Advice

REGION_LEVEL: Final = 0.9


class Ahead(msgspec.Struct, frozen=True):
    """Where a transmitter that may move will be at ``ts`` (event time, ms): best estimate, and the
    region (GeoJSON) that holds it with probability `REGION_LEVEL`."""

    ts: Annotated[int, means("Event time, `incidents.forecast_s` after `last_seen`.", "ms")]
    lat: Annotated[float, means("Latitude, WGS84.", "°")]
    lon: Annotated[float, means("Longitude, WGS84.", "°")]
    region: Annotated[dict[str, Any], means("GeoJSON of the same level as `region`.")]


@dataclass(frozen=True, slots=True)
class Position:
    """A place with its 90 % region (GeoJSON) and radius (m); speed and course where it is seen
    to move and they are known.

    ``region_50`` is the region that holds it with probability 0.5.

    ``ahead`` is the forecast of one that may move. ``measure_next`` is where a team's next bearing
    would narrow it most. ``ta_conflict`` means that timing advances contradict each other or the
    levels (stale or forged), and were left out. ``at_odds`` names instruments that contradict
    another witness and that none agrees with.
    """

    lat: float
    lon: float
    region: dict[str, Any]
    radius_m: float
    speed_mps: float | None
    bearing_deg: float | None
    ahead: Ahead | None = None
    measure_next: Advice | None = None
    ta_conflict: bool = False
    region_50: dict[str, Any] | None = None
    at_odds: tuple[str, ...] = ()


class Standing(msgspec.Struct):
    """Whether a transmitter stands, as of event time ``ts`` (ms) with ``taken`` reports of the
    incident; and where, with the 68 % radius ``sigma_m`` (m), if it does and was located. Its
    track was last asked with ``tracked`` reports."""

    ts: int
    taken: int
    tracked: int
    stands: bool
    position: Position | None = None
    sigma_m: float = 0.0
