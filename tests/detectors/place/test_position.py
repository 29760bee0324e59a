"""Places of incidents: honest for a driving transmitter, sharp for a parked one, at `last_ts`."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from shapely import intersects_xy
from shapely.geometry import shape

from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.incident.position import Position
from detectors.incident.report import Report
from detectors.place.position import KeptTracks, moves, place
from geo.earth.sphere import distance_m
from geo.reports.reports import Reports
from geo.track.grid.grid_filter import follow
from geo.track.particles.particle_filter import track

EVERY_S = 4.0


def street(speed_mps: float, time_s: float) -> tuple[float, float]:
    """Metres east and north at a time: blocks of 300 m, in turn eastwards and northwards."""
    gone = speed_mps * time_s
    blocks, rest = divmod(gone, 300.0)
    east = 300.0 * ((blocks + 1) // 2) + (rest if blocks % 2 == 0 else 0.0)
    north = 300.0 * (blocks // 2) + (rest if blocks % 2 == 1 else 0.0)
    return east, north


def incident_of(
    make: Any, speed_mps: float, count: int, seed: int = 1, shuffled: bool = False
) -> Incident:
    """An incident of phones that met a transmitter on its way, one every four seconds."""
    rng = np.random.default_rng(seed)
    findings = []
    for number in range(count):
        time_s = number * EVERY_S
        apart_m, turn = rng.uniform(50.0, 900.0), rng.uniform(0.0, 2 * np.pi)
        east, north = street(speed_mps, time_s)
        phone = make.place(east + apart_m * np.sin(turn), north + apart_m * np.cos(turn))
        level = -57.0 - 34.0 * np.log10(apart_m / 100.0) + rng.normal(0.0, 6.0)
        findings.append(
            make.finding(
                number, time_s, place=phone, signal_dbm=round(level), claimed=make.claimed()
            )
        )
    first = findings[0]
    incident = Incident("z", "z", first.rx_ts, first.rx_ts, first.ts, first.ts)
    order = rng.permutation(count) if shuffled else np.arange(count)
    for index in order.tolist():
        incident.add(findings[index], findings[index].rx_ts)
    return incident


def placed(incident: Incident) -> Position:
    position = place(incident, ZoneContext(), 45.0)
    assert position is not None
    return position


def truth(make: Any, speed_mps: float, count: int) -> tuple[float, float]:
    lat, lon = make.at(*street(speed_mps, (count - 1) * EVERY_S))
    return lat, lon


@pytest.mark.slow
@pytest.mark.parametrize(("speed_mps", "most_m"), [(1.4, 150), (4.0, 200), (8.0, 250), (12.0, 300)])
def test_the_region_of_a_moving_transmitter_holds_it(
    make: Any, speed_mps: float, most_m: float
) -> None:
    held, errors = [], []
    for seed in range(4):
        for count in (12, 30, 60, 90):
            position = placed(incident_of(make, speed_mps, count, seed))
            lat, lon = truth(make, speed_mps, count)
            held.append(bool(intersects_xy(shape(position.region), lon, lat)))
            errors.append(float(distance_m(position.lat, position.lon, lat, lon)))
    assert np.mean(held) >= 0.8
    assert np.median(errors) <= most_m


def test_a_parked_transmitter_is_found_sharply_and_has_no_speed(make: Any) -> None:
    for seed in range(4):
        position = placed(incident_of(make, 0.0, 100, seed))
        assert distance_m(position.lat, position.lon, *truth(make, 0.0, 100)) < 100.0
        assert position.radius_m < 200.0
        assert position.speed_mps is None
        assert position.bearing_deg is None


@pytest.mark.slow
def test_speed_and_course_are_published_of_what_certainly_moves(make: Any) -> None:
    track: list[Any] = []
    position = None
    for count in range(20, 91, 5):
        incident = incident_of(make, 8.0, count, seed=2)
        incident.track = track
        position = placed(incident)
        track = incident.track
    assert position is not None
    assert position.speed_mps == pytest.approx(8.0, rel=0.4)
    assert position.bearing_deg == pytest.approx(45.0, abs=25.0)
    # A number of one type, so that tables made of alerts have one as well.
    assert isinstance(position.bearing_deg, float)


def test_track_has_one_fix_a_time_in_order(make: Any) -> None:
    incident = incident_of(make, 8.0, 40)
    placed(incident)
    placed(incident)
    assert [fix.ts for fix in incident.track] == [incident.last_ts]
    older = incident_of(make, 8.0, 30)
    older.track = incident.track
    placed(older)
    assert [fix.ts for fix in older.track] == [incident.last_ts]


def test_order_of_arrival_does_not_matter(make: Any) -> None:
    assert placed(incident_of(make, 8.0, 60)) == placed(incident_of(make, 8.0, 60, shuffled=True))


def test_returns_alone_give_a_wide_place_and_no_speed(make: Any) -> None:
    first = make.finding(0, claimed=make.claimed())
    incident = Incident("z", "z", first.rx_ts, first.rx_ts, first.ts, first.ts)
    for number in range(8):
        back = make.place(100.0 * number, accuracy_m=None, reach_m=700.0)
        incident.add(make.finding(number, 5.0 * number, place=back), first.rx_ts)
    position = placed(incident)
    assert position.radius_m > 300.0
    assert position.speed_mps is None


def test_without_any_place_there_is_none(make: Any) -> None:
    first = make.finding(0, place=None)
    incident = Incident("z", "z", first.rx_ts, first.rx_ts, first.ts, first.ts)
    incident.add(first, first.rx_ts)
    assert place(incident, ZoneContext(), 45.0) is None
    assert incident.track == []


def test_what_stands_is_located_again_only_when_more_is_known(make: Any) -> None:
    incident, more = incident_of(make, 0.0, 100), incident_of(make, 0.0, 125)
    first = placed(incident)
    later = more.reports[100:]
    again = placed(at_newest(incident, later[:2]))
    assert again == first
    assert incident.track[-1].ts == incident.last_ts
    assert placed(at_newest(incident, later[2:])) != first


def test_a_reading_has_what_stands_located_again(make: Any) -> None:
    incident = incident_of(make, 0.0, 100)
    first = placed(incident)
    incident.measured = True
    incident.reports = incident.reports[10:]
    assert placed(incident) != first


def at_newest(incident: Incident, reports: list[Report]) -> Incident:
    """The incident with some reports more, as of the last of them."""
    for report in reports:
        incident.reports.append(report)
        incident.taken += 1
        incident.last_ts = report.ts
    return incident


def test_what_moves_is_asked_for_each_time(make: Any) -> None:
    incident, more = incident_of(make, 12.0, 60), incident_of(make, 12.0, 61).reports[60:]
    first = placed(incident)
    assert first.speed_mps is not None
    assert placed(at_newest(incident, more)) != first


@pytest.mark.slow
def test_what_is_kept_changes_no_place_and_survives_storage(make: Any) -> None:
    tracks = KeptTracks()
    for speed_mps in (0.0, 8.0):
        kept = stored = incident_of(make, speed_mps, 20)
        for count in range(25, 100, 7):
            whole = incident_of(make, speed_mps, count)
            stored = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Incident)
            for one in (kept, stored):
                one.taken += count - len(one.reports)
                one.reports, one.last_ts = whole.reports, whole.last_ts
            with_tracks = place(kept, ZoneContext(), 45.0, None, tracks)
            assert with_tracks == place(stored, ZoneContext(), 45.0)


def test_what_another_story_is_about_does_not_pull(make: Any) -> None:
    """A displaced cell that phones meet near by: as many reports, 900 m off."""
    own, other = make.claimed(), make.claimed(area=4100, cell=1001)
    true = make.place(*street(0.0, 0.0))

    def error_m(*foreign: Any) -> float:
        incident = incident_of(make, 0.0, 30)
        for n in range(30):
            there = make.place(900.0 + 20.0 * (n % 5), 20.0 * (n % 7))
            met = make.finding(100 + n, 4.0 * n, claimed=other, place=there, signal_dbm=-60)
            incident.add(met, met.rx_ts)
        found = place(incident, ZoneContext(), 0.0, foreign=frozenset(foreign))
        assert found is not None
        here = np.array([found.lat]), np.array([found.lon])
        return float(distance_m(*here, true.lat, true.lon)[0])

    alone = error_m(other)
    assert alone < 100.0
    assert error_m() > alone + 20.0
    assert error_m(own, other) == error_m()  # rather all of them than no place


@pytest.mark.parametrize(("by_grid", "stated"), [(0.97, False), (0.02, True)])
def test_that_it_moves_is_stated_only_where_the_grid_has_it_so_too(
    by_grid: float, stated: bool
) -> None:
    rng = np.random.default_rng(2)
    reports = Reports.of(
        39.9 + rng.normal(0.0, 0.003, 20),
        116.4 + rng.normal(0.0, 0.003, 20),
        level_dbm=-70.0,
        ts_s=10.0 * np.arange(20),
    )
    tracked, followed = track(reports, 200.0, particles=50), follow(reports, 200.0)
    assert tracked is not None
    assert followed is not None
    going = replace(tracked, moving=0.8, standing=0.0)
    assert moves(going, lambda: replace(followed, standing=by_grid)) is stated
    assert moves(going, lambda: None)
    assert not moves(replace(going, standing=0.5), lambda: None)
