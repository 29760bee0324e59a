"""The rogue transmitter of drawn values."""

from typing import Literal, TypeAlias

import numpy as np

from replay.simulate.drawn.parameters import Value
from replay.simulate.drawn.world_draw import DURATION_S, DrawnWorld, generator
from replay.simulate.scenario.rogue import (
    Beam,
    Broadcast,
    Campaign,
    Clone,
    Drive,
    Fixed,
    Hop,
    NearClone,
    Parked,
    Reject,
    Retired,
    Rogue,
    ValidArea,
)
from replay.simulate.scenario.scenario_types import Point

#: Level 100 m before the antenna for 1 W: of a GSM carrier, and RSRP of an LTE cell of 20 MHz.
ONE_WATT_DBM = {"gsm": -70.0, "lte": -78.0}
SPEED_MPS = {"walk": (0.9, 1.6), "drive": (4.0, 14.0)}
AT_CROWD_SHARE, AT_STATION_SHARE = 0.3, 0.2  # attackers go where people are
BEFORE_START_SHARE = 0.1
CENTRE_SD = 0.17  # of the city's size
CAMPING_DBM = {"gsm": (-100.0, -86.0), "lte": (-116.0, -104.0)}
CLONES = ("near_clone", "far_clone", "retired")
Kind: TypeAlias = Literal["sms_spammer", "imsi_catcher", "fake_base_station"]
KINDS: dict[Value, Kind] = {
    "sms": "sms_spammer",
    "catch": "imsi_catcher",
    "deny": "fake_base_station",
}
LTE_KEEPS_AREA_SHARE = 0.7  # of the phones: none takes an area from a message without integrity
SMSC = "+8613800100500"


def rogue_of(
    world: DrawnWorld, number: int, size_m: float, operators: int, stations: list[Point]
) -> Rogue:
    """The number-th transmitter of a world."""
    drawn = world.transmitters[number]
    rng = generator(world.seed, f"transmitter {number}")
    rat: Literal["gsm", "lte"] = "lte" if drawn["rat"] == "lte" else "gsm"
    release = str(drawn["release"])
    exponent = float(world.parameters["pathloss_exponent"])
    return Rogue(
        id=f"drawn-{number + 1}",
        kind="cloned_cell" if drawn["identity"] in CLONES else KINDS[drawn["purpose"]],
        rat=rat,
        place=_place(drawn, rng, size_m, stations),
        active_s=[_active(drawn, rng)],
        claims=_claims(drawn, rng, operators),
        identity=_identity(drawn),
        power_at_100m_dbm=ONE_WATT_DBM[rat] + 10.0 * float(np.log10(float(drawn["power_w"]))),
        exponent=exponent,
        antenna_m=float(drawn["height_m"]),
        beam=Beam(azimuth_deg=float(rng.uniform(0.0, 360.0))) if drawn["sector"] == "65" else None,
        attraction_db=20.0 if rat == "gsm" else 14.0,
        camping_dbm=float(rng.uniform(*CAMPING_DBM[rat])),
        capture_delay_s=float(rng.uniform(10.0, 90.0)),
        dwell_s=(0.8 * float(drawn["dwell_s"]), 1.2 * float(drawn["dwell_s"])),
        lured_share=float(rng.uniform(0.2, 0.9)),
        captured_share=float(drawn["captured_share"]),
        reject=None if release == "accept" else Reject(causes=(int(release),)),
        keeps_area_share=LTE_KEEPS_AREA_SHARE if rat == "lte" else 0.0,
        combined_share=float(rng.uniform(0.0, 0.6)) if rat == "gsm" else 0.0,
        never_share=float(drawn["never_share"]),
        late_share=float(drawn["late_share"]),
        handovers_per_hour=float(rng.uniform(0.0, 6.0)) if rat == "lte" else 0.0,
        broadcast=Broadcast(neighbours_advertised=int(rng.integers(0, 4)), cell_barred=False),
        sms=Campaign(smsc=SMSC) if drawn["purpose"] == "sms" and release == "accept" else None,
    )


def _place(
    drawn: dict[str, Value], rng: np.random.Generator, size_m: float, stations: list[Point]
) -> Parked | Drive:
    half_m = 0.35 * size_m
    at = np.clip(rng.normal(0.0, CENTRE_SD * size_m, 2), -half_m, half_m)
    luck, which = rng.random(), int(rng.integers(len(stations)))
    if luck < AT_CROWD_SHARE + AT_STATION_SHARE:
        which = 0 if luck < AT_CROWD_SHARE else which
        at = np.array(stations[which]) + rng.normal(0.0, 100.0, 2)
    where = round(float(at[0]), 1), round(float(at[1]), 1)
    if drawn["motion"] == "parked":
        return Parked(at_m=where)
    return Drive(from_m=where, speed_mps=float(rng.uniform(*SPEED_MPS[str(drawn["motion"])])))


def _active(drawn: dict[str, Value], rng: np.random.Generator) -> tuple[float, float]:
    on_air_s = float(drawn["on_air_s"])
    begin_s = float(rng.uniform(60.0, DURATION_S - on_air_s))
    if rng.random() < BEFORE_START_SHARE:
        begin_s = 0.0
    return begin_s, begin_s + on_air_s


def _claims(drawn: dict[str, Value], rng: np.random.Generator, operators: int) -> list[int]:
    """One network, or as often two, unless it stands in for a cell of one."""
    chosen = rng.permutation(operators).tolist()
    several = rng.random() < 0.5 and drawn["identity"] not in CLONES
    return sorted(chosen[: 2 if several else 1])


def _identity(
    drawn: dict[str, Value],
) -> Fixed | Hop | ValidArea | NearClone | Clone | Retired:
    match drawn["identity"]:
        case "hopping":
            return Hop(every_s=float(drawn["hop_interval_s"]))
        case "valid":
            return ValidArea()
        case "near_clone":
            return NearClone(between_m=(800.0, 4000.0))
        case "far_clone":
            return Clone()
        case "retired":
            return Retired()
    return Fixed()
