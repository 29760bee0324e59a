"""Silent phones: of networks that the transmitter takes phones from, while it was on the air."""

from typing import Any

import msgspec

from detectors.context.census import Census
from detectors.context.silent_phones import Crowd
from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.incident.incident import Incident
from detectors.model.codes import GSM

ORIGIN = Origin("cell.measurements", 0)


def town(make: Any, window: int = 0, **every: Any) -> Any:
    """Norms of one window with phones all about the site."""
    rows = []
    for number in range(400):
        lat, lon = make.at(120.0 * (number % 20 - 10), 120.0 * (number // 20 - 10))
        rows.append({"lat": lat, "lon": lon, "at_s": 1.0})
    batch = make.measurements(*rows, **{"rat": GSM, **every})
    start = (make.t0_ms // WINDOW_MS + window) * WINDOW_MS
    batch.rx_ms[:] = batch.ts_ms[:] = start + 1
    census = Census()
    census.take(batch, [])
    return census.due(start + WINDOW_MS, ORIGIN)


def crowd_of(*observations: Any, near: bool = True, make: Any) -> Crowd:
    crowd = Crowd()
    for observation in observations:
        crowd.observe(observation, [make.at()] if near else [])
    return crowd


def suspected(make: Any, at_s: float = 5.0, **claimed: Any) -> Incident:
    finding = make.finding(0, at_s, claimed=make.claimed(**claimed), signal_dbm=-80.0)
    incident = Incident("z", "z", finding.rx_ts, finding.rx_ts, finding.ts, finding.ts)
    incident.add(finding, finding.rx_ts)
    return incident


def test_phones_of_the_claimed_network_are_silent(make: Any) -> None:
    silent = crowd_of(*town(make), make=make).silent(suspected(make))
    assert silent is not None
    assert 60 < len(silent.lat) < 140
    lat, lon = make.at()
    assert abs(silent.lat.mean() - lat) < 0.01
    assert abs(silent.lon.mean() - lon) < 0.01
    assert set(silent.threshold_dbm) == {-85.0}


def test_it_is_the_same_however_phones_fall_into_partitions(make: Any) -> None:
    """Three phones in a square have one mean level, whoever counted them."""
    lat, lon = make.at()
    levels = (-80.0, -81.0, -95.0)
    place = {"lat": lat, "lon": lon, "at_s": 1.0}
    rows = [
        place | {"signal_dbm": dbm, "device": f"d-{number}"} for number, dbm in enumerate(levels)
    ]
    found = []
    for parts in ([[0, 1, 2]], [[0, 1], [2]], [[0], [2, 1]], [[2], [1], [0]]):
        sent: list[Any] = []
        # A square has its turn in one window of four.
        for window in range(4):
            for partition, own in enumerate(parts):
                batch = make.measurements(*(rows[at] for at in own), rat=GSM)
                start = (make.t0_ms // WINDOW_MS + window) * WINDOW_MS
                batch.rx_ms[:] = batch.ts_ms[:] = start + 1
                census = Census()
                census.take(batch, [])
                sent += census.due(start + WINDOW_MS, Origin("cell.measurements", partition))
        incident = suspected(make, at_s=60.0)
        silent = crowd_of(*sent, make=make).silent(incident)
        assert silent is not None
        found.append([silent.lat.tolist(), silent.lon.tolist(), silent.threshold_dbm.tolist()])
    assert found[0][2] == [-85.0]
    assert all(each == found[0] for each in found)


def test_others_are_not(make: Any) -> None:
    crowd = crowd_of(*town(make), make=make)
    assert crowd.silent(suspected(make, mnc=1)) is None
    assert crowd.silent(suspected(make, rat="lte")) is None


def test_only_windows_in_which_it_was_on_the_air_count(make: Any) -> None:
    crowd = crowd_of(*town(make, 0), *town(make, 10), make=make)
    late = crowd.silent(suspected(make, at_s=10 * WINDOW_MS / 1000 + 5.0))
    once = crowd_of(*town(make, 10), make=make).silent(suspected(make, at_s=305.0))
    assert late is not None
    assert once is not None
    assert len(late.lat) == len(once.lat)
    assert crowd.silent(suspected(make, at_s=150.0)) is None


def test_far_from_all_suspicion_little_is_kept(make: Any) -> None:
    windows = [observation for number in range(30) for observation in town(make, number)]
    kept = {near: crowd_of(*windows, near=near, make=make) for near in (True, False)}
    blocks = {near: sum(map(len, crowd.tiles.values())) for near, crowd in kept.items()}
    assert blocks[True] > 3 * blocks[False] > 0


def test_it_survives_being_stored(make: Any) -> None:
    crowd = crowd_of(*town(make), make=make)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(crowd), type=Crowd)
    assert again == crowd
