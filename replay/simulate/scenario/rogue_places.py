"""Where a rogue transmitter is, as a scenario says it: parked, driven, or in a metro train.

Places are metres east and north of the city centre.
"""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.scenario_types import NotNegative, Point, Positive, Strict


class Parked(Strict, frozen=True, tag_field="mode", tag="parked"):
    """A transmitter that stands still."""

    at_m: Point


class Drive(Strict, frozen=True, tag_field="mode", tag="drive"):
    """A transmitter on the street grid, in a car or on a back, stopping at some crossings."""

    from_m: Point
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 8.0


class Train(Strict, frozen=True, tag_field="mode", tag="train"):
    """A transmitter in a metro train that goes up and down a line.

    ``riders`` phones get on at one stop and off at another. They have no GNSS under the ground,
    are served by cells at the stops, and only those in the train receive the transmitter.
    """

    stops_m: Annotated[tuple[Point, ...], Meta(min_length=2)]
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 15.0
    stop_s: NotNegative = 30.0
    riders: Annotated[int, Meta(ge=0)] = 80


class Beam(Strict, frozen=True):
    """A sector antenna: widths at -3 dB, ``tilt_deg`` below the horizon (TR 36.814, A.2.1.1).

    ``side_lobe_db`` is the most that it loses upwards or downwards, with the floors beneath it.
    """

    azimuth_deg: float
    width_deg: Annotated[float, Meta(gt=0.0, le=360.0)] = 65.0
    vertical_width_deg: Annotated[float, Meta(gt=0.0, le=180.0)] = 10.0
    tilt_deg: float = 2.0
    side_lobe_db: Positive = 20.0
    front_to_back_db: Positive = 25.0
