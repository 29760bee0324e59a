"""Field teams on their way to a transmitter, and what their instruments measure on the way.

A team knows where the transmitter is, which no real one does: it stands for one that follows good
advice. It heads to the left and to the right of the direct line in turn, so that its bearings
cross.
"""

import msgspec
import numpy as np

from geo.earth.sphere import bearing_deg
from replay.simulate.feeds.reports import FADING_DB
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.network import Floats
from replay.simulate.people.people import interpolated
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue import Team
from replay.simulate.world import World

ASIDE_DEG = 40.0  # of the direct line, to one side and then the other
LEG_S = 90.0
STEP_S = 1.0
#: What a scanner or finder needs on its roof antenna, dBm by RAT (GSM carrier, LTE RSRP).
SENSITIVITY_DBM = {"gsm": -105.0, "lte": -120.0}
LOWEST_DBM, HIGHEST_DBM = -160.0, 20.0  # docs/messages.md
CALIBRATION_DB = 4.0  # standard deviation among instruments
ACCURACY_M, FIX_SIGMA_M = 5.0, 3.3  # 68 % radius of a fix, and the error along one axis
DELAY_S = (0.3, 1.5)  # over the mobile network that the team itself uses


def measure(world: World, feed: Feed) -> None:
    """What all teams of the scenario measure, into ``feed``; nothing where there are none."""
    transmitters = {each.spec.id: each for each in world.transmitters}
    for team in world.scenario.teams:
        _measure(world, feed, team, transmitters[team.rogue])


def way(
    team: Team, transmitter: Transmitter, duration_s: float, first_side: int
) -> tuple[Floats, Floats]:
    """Where a team is at each `STEP_S` of a scenario: metres east and north, (steps + 1, 1).

    ``first_side`` is 1 where it begins to the right of the direct line, -1 to the left.
    """
    steps = int(np.ceil(duration_s / STEP_S))
    time_s = np.arange(steps + 1, dtype=np.float64) * np.float64(STEP_S)
    to_x, to_y = (axis.tolist() for axis in transmitter.place(time_s))
    places = np.empty((steps + 1, 2))
    places[0] = east, north = team.from_m
    for step in range(steps):
        gone_s = step * STEP_S - team.start_s
        if gone_s >= 0.0:
            away_m = float(np.hypot(to_x[step] - east, to_y[step] - north))
            left_m = away_m - team.stops_at_m
            far = left_m > team.speed_mps * STEP_S
            # The first leg is half as long, so that the others cross the direct line.
            side = first_side * (-1) ** int(gone_s / LEG_S + 0.5)
            aside = np.radians(ASIDE_DEG) * side if far else 0.0
            heading = np.arctan2(to_x[step] - east, to_y[step] - north) + aside
            stride_m = team.speed_mps * STEP_S if far else max(left_m, 0.0)
            east += stride_m * float(np.sin(heading))
            north += stride_m * float(np.cos(heading))
        places[step + 1] = east, north
    return places[:, :1], places[:, 1:]


def _measure(world: World, feed: Feed, team: Team, transmitter: Transmitter) -> None:
    # One generator a team, from which every reading takes its numbers whether or not it is sent,
    # so that neither another team nor a longer pause on the air shifts them.
    rng = world.random(f"teams {team.id}")
    duration_s = world.scenario.duration_s
    track = way(team, transmitter, duration_s, 1 if rng.random() < 0.5 else -1)
    drawn_db = float(rng.normal(0.0, CALIBRATION_DB))
    offset_db = drawn_db if team.level_offset_db is None else team.level_offset_db
    time_s = np.arange(team.start_s, duration_s, team.every_s)
    count, column = len(time_s), np.zeros(len(time_s), dtype=np.int64)
    x, y = (interpolated(axis, column, time_s, STEP_S) for axis in track)
    level = transmitter.level_dbm(x, y, time_s) + rng.normal(0.0, FADING_DB, count)
    shown = np.round(np.clip(level + offset_db, LOWEST_DBM, HIGHEST_DBM), 1).tolist()
    here, there = world.place.latlon(x, y), world.place.latlon(*transmitter.place(time_s))
    finder_error = rng.normal(0.0, team.bearing_sigma_deg, count)
    anywhere = rng.uniform(0.0, 360.0, count)
    reflected = rng.random(count) < team.reflections
    bearing = np.where(reflected, anywhere, bearing_deg(*here, *there) + finder_error)
    # Rounding may lead up to 360 again.
    bearings = (np.round(bearing % 360.0, 1) % 360.0).tolist()
    error_m = rng.normal(0.0, FIX_SIGMA_M, (2, count))
    lat, lon = (each.tolist() for each in world.place.latlon(x + error_m[0], y + error_m[1]))
    ts_ms = world.ms(time_s)
    rx_ms = world.ms(time_s + rng.uniform(*DELAY_S, count))
    scanned = rng.integers(0, 2**16, (2, count)).tolist()
    received = level > SENSITIVITY_DBM[transmitter.spec.rat]
    for row, at_s in enumerate(time_s.tolist()):
        if not (received[row] and transmitter.active(at_s) and transmitter.reaches(False)):
            continue
        reading: Record = {
            "device": team.id,
            "lat": lat[row],
            "lon": lon[row],
            "position_source": "gnss",
            "accuracy_m": ACCURACY_M,
            **_on_air(team, transmitter, at_s, scanned[0][row], scanned[1][row]),
            "signal_dbm": shown[row],
            "serving": False,
        }
        if team.instrument != "scanner":
            reading.update(bearing_to_deg=bearings[row], bearing_sigma_deg=team.bearing_sigma_deg)
        feed.add(ts_ms[row], rx_ms[row], reading)


def _on_air(
    team: Team, transmitter: Transmitter, time_s: float, which: int, carrier: int
) -> Record:
    """Who is on the air at a time, as far as the instrument can decode it.

    Any whole numbers choose one of the operators that it claims to be of then, and one carrier.
    """
    claims = transmitter.claims_at(time_s)
    operator = claims[which % len(claims)]
    identity = transmitter.identities[transmitter.identity_index(time_s, operator, carrier)]
    if team.instrument == "finder":
        return {"rat": identity.rat, "arfcn": identity.arfcn}
    return msgspec.structs.asdict(identity)
