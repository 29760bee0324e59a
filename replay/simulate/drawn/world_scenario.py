"""The scenario of drawn values: where things stand is drawn here too, from the same seed."""

import numpy as np

from replay.simulate.drawn.drawn_values import Values, somewhere
from replay.simulate.drawn.parameters import FOR_EVER_S
from replay.simulate.drawn.rogue_scenario import rogue_of
from replay.simulate.drawn.world_draw import DURATION_S, DrawnWorld, generator
from replay.simulate.drawn.world_events import events, high_masts
from replay.simulate.scenario import cell_happenings, nuisances, phone_happenings
from replay.simulate.scenario.scenario import (
    City,
    FarTown,
    Feeds,
    Happening,
    Operator,
    People,
    Scenario,
)
from replay.simulate.scenario.scenario_types import Point
from replay.simulate.scenario.surroundings import Propagation, RegisterFlaws

START_MS = 1_748_916_000_000
MCC = 460
#: Places where latitude and longitude can be exchanged without leaving the globe, and others.
LATITUDE_DEG, LONGITUDE_DEG = (22.0, 45.0), (80.0, 120.0)
CELLS_A_SITE = 6.9  # GSM and LTE everywhere, NR on three sites in ten; three sectors each
SPACING_M = (300.0, 3000.0)
STATIONS = 4
VISITORS, CROWD_RADIUS_M = 12, 150.0


def scenario_of(world: DrawnWorld) -> Scenario:
    """The scenario that plays in a drawn world."""
    value = Values(world.parameters)
    rng = generator(world.seed, "places")
    size_m = value["city_size_m"]
    latitude, longitude = float(rng.uniform(*LATITUDE_DEG)), float(rng.uniform(*LONGITUDE_DEG))
    operators = _operators(world, value)
    stations = [somewhere(rng, size_m) for _ in range(STATIONS)]
    staying = value["indoor_share"]
    interval_s = value["report_interval_s"]
    return Scenario(
        name=f"drawn-{world.seed}{'-honest' if world.honest else ''}",
        description="A world of drawn values.",
        start_ms=START_MS,
        duration_s=DURATION_S,
        city=City(centre_lat_deg=latitude, centre_lon_deg=longitude, size_m=size_m),
        operators=operators,
        far_town=FarTown(size_m=1000.0, bearing_deg=float(rng.uniform(0.0, 360.0))),
        register=_register(value),
        radio=Propagation(
            shadowing_db=value["shadowing_db"],
            correlation_m=value["shadowing_decorrelation_m"],
            exponent=value["pathloss_exponent"],
            corner_loss_db=value["corner_loss_db"],
        ),
        people=People(
            phones=int(value["phones"]),
            home_share=staying,
            walker_share=0.6 * (1.0 - staying),
            gsm_share=value["gsm_share"],
            nr_share=value["nr_share"],
            reporting_share=value["reporting_share"],
            report_every_s=(interval_s, 2.0 * interval_s),
            device_offset_db=value["device_offset_db"],
        ),
        feeds=Feeds(
            timing_advance_share=value["timing_share"],
            position_outlier_share=value["gnss_wrong_share"],
            position_outlier_m=value["gnss_wrong_m"],
            core_share=value["core_share"],
            reject_share=value["reject_share"],
            sms_per_phone_hour=value["sms_per_phone_hour"],
            smsc_completeness=1.0,
            connected_share=value["connected_share"],
            diagnostic_share=value["diagnostic_share"],
            probe_share=value["probe_share"],
        ),
        rogues=tuple(
            rogue_of(world, number, size_m, len(operators), stations)
            for number in range(len(world.transmitters))
        ),
        happenings=(
            *_cells(value, rng, size_m),
            *_people(value, rng, size_m, stations),
            *events(world, value, size_m),
            *high_masts(world, value, size_m),
        ),
    )


def _operators(world: DrawnWorld, value: Values) -> list[Operator]:
    """Networks of uneven size whose sites together have the wanted number of cells."""
    count = int(value["operators"])
    rng = generator(world.seed, "shares")
    weights = rng.dirichlet(np.full(count, 6.0))
    shares = np.round(weights, 3).tolist()
    shares[-1] = round(1.0 - sum(shares[:-1]), 3)
    sites = value["cells"] / CELLS_A_SITE / count
    spacing_m = value["city_size_m"] / np.sqrt(sites)
    for _ in range(20):  # the grid reaches one spacing beyond the city on each side
        side_m = value["city_size_m"] + 2.0 * spacing_m
        spacing_m = float(np.sqrt(side_m**2 / (np.sqrt(0.75) * sites)))
    spacing_m = round(float(np.clip(spacing_m, *SPACING_M)), 1)
    per_area = max(3, round(sites / rng.integers(4, 12)))
    return [
        Operator(
            mcc=MCC, mnc=number, share=share, site_spacing_m=spacing_m, sites_per_area=per_area
        )
        for number, share in enumerate(shares)
    ]


def _register(value: Values) -> RegisterFlaws:
    return RegisterFlaws(
        missing_share=value["rows_missing_share"],
        stale_share=value["rows_retired_share"],
        stale_dated_share=0.0,
        crowd_share=value["rows_crowd_share"],
        missing_site_share=value["sites_unlisted_share"],
        displaced_site_share=value["sites_displaced_share"],
        displaced_cell_share=value["cells_displaced_share"],
        displaced_m=value["displaced_m"],
        wrong_area_share=value["rows_wrong_area_share"],
        wrong_code_share=value["rows_wrong_code_share"],
        swapped_sectors_share=value["sectors_swapped_share"],
        renamed_site_share=value["sites_renamed_share"],
        exchanged_site_share=value["sites_exchanged_share"],
        swapped_axes_share=value["axes_swapped_share"],
        truncated_share=value["rows_truncated_share"],
    )


def _cells(value: Values, rng: np.random.Generator, size_m: float) -> list[Happening]:
    """Small cells and repeaters."""
    operators = int(value["operators"])
    places = [somewhere(rng, size_m) for _ in range(int(value["repeaters"]))]
    femtocells = int(value["femtocells"]) // operators
    return [
        *(
            cell_happenings.Femtocells(count=femtocells, operator=operator)
            for operator in range(operators)
            if femtocells
        ),
        *(
            cell_happenings.Repeater(at_m=place, operator=number % operators, visitors=VISITORS)
            for number, place in enumerate(places)
        ),
    ]


def _people(
    value: Values, rng: np.random.Generator, size_m: float, stations: list[Point]
) -> list[Happening]:
    """Crowds, strays, and what becomes of messages on their way; pseudonyms change last."""
    jammed = [somewhere(rng, size_m) for _ in range(int(value["gnss_jammed_places"]))]
    crowd = int(value["station_crowd_share"] * value["phones"])
    stray, station = int(value["stray_areas"]), value["stray_station_share"]
    made: list[Happening] = []
    if crowd:
        made.append(phone_happenings.Crowd(at_m=stations[0], radius_m=CROWD_RADIUS_M, phones=crowd))
    if stray:
        made.append(
            nuisances.StrayAreas(
                areas=stray,
                busiest_per_hour=value["stray_busiest_per_hour"],
                zipf=value["stray_zipf"],
                stations_m=tuple(stations),
                station_share=station,
                road_share=0.5 * (1.0 - station),
            )
        )
    made += [
        nuisances.CoreHabits(
            failing_share=value["authentication_failure_share"],
            imei_share=value["imei_request_share"],
            unciphered_share=value["unciphered_share"],
        ),
        nuisances.MissingCentreRecords(share=value["sms_unrecorded_share"]),
        nuisances.TimingErrors(
            bias_m=value["timing_bias_m"], constant_share=value["timing_constant_share"]
        ),
        nuisances.LevelReporting(
            step_db=int(value["level_step_db"]), highest_dbm=value["level_highest_dbm"]
        ),
        *(nuisances.GnssJamming(at_m=place, wrong_m=value["gnss_wrong_m"]) for place in jammed),
        nuisances.BatchedUploads(mean_s=value["upload_delay_s"], share=value["collecting_share"]),
        phone_happenings.ClockSkew(
            offset_s=0.0,
            wrong_devices_share=value["clock_wrong_share"],
            wrong_by_s=(30.0, 7200.0),
        ),
    ]
    if value["pseudonym_lifetime_s"] < FOR_EVER_S:
        made.append(nuisances.PseudonymLifetime(lifetime_s=value["pseudonym_lifetime_s"]))
    if value["trains_per_hour"]:
        made.append(
            phone_happenings.StrayTrains(
                at_m=stations[0],
                every_s=3600.0 / value["trains_per_hour"],
                riders=round(value["train_riders"]),
                areas=int(value["train_areas"]),
            )
        )
    return made
