"""What a scenario says of a field team: which transmitter it hunts, from where, with what.

Places are metres east and north of the city centre, times are seconds after the start.
"""

from typing import Annotated, Literal

from msgspec import Meta

from replay.simulate.scenario.scenario_types import NotNegative, Point, Positive, Share, Strict


class Team(Strict, frozen=True):
    """A team that drives towards a transmitter and measures it while it is on the air.

    A ``finder`` gives the direction of a channel and decodes nothing, a ``scanner`` decodes who is
    on it, ``both`` does both at once. Bearings err by ``bearing_sigma_deg``, save the share
    ``reflections`` of them, which point anywhere. ``level_offset_db`` is by how much the levels
    read too high; drawn where it is not given. It comes as near as ``stops_at_m``, and follows a
    transmitter that goes away from it again. It never receives the one in a metro train.
    """

    id: Annotated[str, Meta(min_length=1)]
    rogue: str
    from_m: Point
    start_s: NotNegative
    speed_mps: Annotated[float, Meta(gt=0.0, le=40.0)] = 8.0
    instrument: Literal["finder", "scanner", "both"] = "both"
    every_s: Annotated[float, Meta(ge=1.0)] = 10.0
    bearing_sigma_deg: Annotated[float, Meta(gt=0.0, le=90.0)] = 5.0
    reflections: Share = 0.1
    level_offset_db: float | None = None
    stops_at_m: Positive = 120.0
