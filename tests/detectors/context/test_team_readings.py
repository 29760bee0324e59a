"""What teams measure goes to the incident that it is about, at once, and narrows it down."""

from itertools import pairwise
from math import hypot, log10
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.context import team_readings
from detectors.features.facts import Origin
from detectors.model.finding import Finding, Observation, Source
from geo.earth.sphere import bearing_deg, great_circle_m

ORIGIN = Origin("field.measurements", 0)
#: Three stands about the transmitter, which is at the site; metres east and north.
STANDS = ((500.0, 0.0), (-250.0, 433.0), (-250.0, -433.0))


def crowd(make: Any, phones: int = 12, at_s: float = 0.0) -> list[Finding]:
    """Findings of two families by phones around the site, a second apart, with levels as of a
    transmitter that stands there."""
    stands = [(150.0 * (n % 4 - 1.5), 150.0 * (n // 4 - 1.0)) for n in range(phones)]
    return [
        make.finding(
            2 * number + part,
            at_s + number,
            detector=detector,
            who=f"d{number}",
            weight=3.0,
            signal_dbm=-60.0 - 35.0 * log10(hypot(*stand) / 100.0) + 3.0 * (number % 3 - 1),
            place=make.place(*stand),
        )
        for number, stand in enumerate(stands)
        for part, detector in enumerate(("unknown_cell", "unknown_old_area"))
    ]


def reading(make: Any, at_s: float, stand: tuple[float, float], **over: Any) -> Observation:
    """What a team at a stand reports of the transmitter, half a second after it measured."""
    lat, lon = make.at(*stand)
    to_site = float(bearing_deg(lat, lon, *make.at()))
    row = {"at_s": at_s, "rx_s": at_s + 0.5, "lat": lat, "lon": lon, "bearing_to_deg": to_site}
    batch = make.field(
        {**row, "bearing_sigma_deg": 5.0, "signal_dbm": -92.0, **over}, device="team"
    )
    (observation,) = team_readings.observations(batch, make.register(), ORIGIN)
    return observation


def alerts_of(make: Any, *records: Finding | Observation, until_s: float = 200.0) -> list[Alert]:
    correlator = make.correlator()
    for number, record in enumerate(records):
        source = Source(*make.source, number, -1)  # type: ignore[call-arg]
        correlator.take(msgspec.structs.replace(record, source=source))
    make.mark(correlator, until_s)
    return list(correlator.advance().alerts)


def test_a_reading_narrows_an_open_alert_at_once(make: Any) -> None:
    alone = alerts_of(make, *crowd(make))
    readings = [reading(make, 20.0 + 5 * n, stand) for n, stand in enumerate(STANDS)]
    alerts = alerts_of(make, *crowd(make), *readings)
    prompt = [
        alert for alert in alerts if alert.ts in {observation.rx_ts for observation in readings}
    ]
    assert len(prompt) == 3
    assert prompt[-1].last_seen == readings[-1].ts
    assert alone[-1].radius_m is not None
    assert prompt[-1].radius_m is not None
    assert prompt[-1].radius_m < 0.7 * alone[-1].radius_m


def far_away(make: Any, at_s: float, who: str = "forged", **over: Any) -> Observation:
    """An instrument six kilometres off, where it has the transmitter beside it."""
    row = {"bearing_to_deg": 90.0, "signal_dbm": -45.0, "timing_advance": 0}
    observation = reading(make, at_s, (6000.0, 0.0), **row, **over)
    return msgspec.structs.replace(observation, who=who)


def off_m(make: Any, alert: Alert) -> float:
    assert alert.position is not None
    return great_circle_m(alert.position["lat"], alert.position["lon"], *make.at())


@pytest.mark.parametrize("phones", [4, 12])
def test_one_forged_instrument_moves_an_alert_by_less_than_its_region(
    make: Any, phones: int
) -> None:
    alone = alerts_of(make, *crowd(make, phones))[-1]
    forged = [far_away(make, 20.0 + 2.0 * n) for n in range(20)]
    last = alerts_of(make, *crowd(make, phones), *forged)[-1]
    assert alone.radius_m is not None
    assert off_m(make, last) < off_m(make, alone) + alone.radius_m
    (odd,) = [share for share in last.evidence if share.detector == team_readings.NAME]
    assert (odd.weight, odd.explanation.startswith("what forged measured contradicts")) == (0, True)
    assert last.probability == alone.probability


def test_two_that_agree_move_it(make: Any) -> None:
    """They may be right: phones come back far from what had them."""
    both = [
        far_away(make, 20.0 + 2.0 * n, who=("one", "other")[n % 2], lat=make.at(0.0, 40.0 * n)[0])
        for n in range(20)
    ]
    last = alerts_of(make, *crowd(make, 4), *both)[-1]
    assert off_m(make, last) > 4000.0
    assert team_readings.NAME not in [share.detector for share in last.evidence]


def test_readings_in_a_flood_are_published_once_a_second(make: Any) -> None:
    flood = [reading(make, 100.0 + 0.1 * n, STANDS[0]) for n in range(50)]
    alerts = [a for a in alerts_of(make, *crowd(make), *flood) if a.ts >= flood[0].rx_ts]
    assert 5 <= len(alerts) <= 7
    # Each is as of the newest reading when its second was over.
    assert min(b.ts - a.ts for a, b in pairwise(alerts)) >= 900


def test_readings_open_no_alert(make: Any) -> None:
    assert alerts_of(make, *(reading(make, n, STANDS[n % 3]) for n in range(60))) == []


@pytest.mark.parametrize(
    ("over", "goes"),
    [
        ({}, True),
        ({"area": None, "cell": None, "mcc": None, "mnc": None, "arfcn": 99}, True),
        ({"area": 61002}, False),
        ({"mnc": 1}, False),
        ({"rat": 3}, False),
        ({"lat": 41.0}, False),
    ],
)
def test_a_reading_goes_where_it_contradicts_nothing(
    make: Any, over: dict[str, Any], goes: bool
) -> None:
    observation = reading(make, 100.0, STANDS[0], **over)
    alerts = alerts_of(make, *crowd(make), observation)
    assert (observation.rx_ts in {alert.ts for alert in alerts}) is goes


def test_of_another_channel_only_where_the_area_agrees(make: Any) -> None:
    claimed = make.claimed(arfcn=600, pci=3)
    findings = [msgspec.structs.replace(finding, claimed=claimed) for finding in crowd(make)]
    named = reading(make, 100.0, STANDS[0], arfcn=700)
    bare = reading(make, 100.0, STANDS[0], arfcn=700, mcc=None, mnc=None, area=None, cell=None)
    assert named.rx_ts in {alert.ts for alert in alerts_of(make, *findings, named)}
    assert bare.rx_ts not in {alert.ts for alert in alerts_of(make, *findings, bare)}


def test_what_an_honest_cell_explains_is_left_out(make: Any) -> None:
    area, cell = make.cells[1]
    honest = {"area": area, "cell": cell}
    rows = make.field(honest, {**honest, "bearing_to_deg": 90.0}, {**honest, "lat": 40.2}, {})
    observations = team_readings.observations(rows, make.register(), ORIGIN)
    assert [observation.source.offset for observation in observations] == [1, 2, 3]


def test_without_a_place_a_reading_counts_for_nothing(make: Any) -> None:
    rows = make.field({"lat": None, "lon": None}, {"position_source": 3})
    assert team_readings.observations(rows, make.register(), ORIGIN) == []


def test_an_alert_has_where_to_measure_next_until_it_closes(make: Any) -> None:
    alerts = alerts_of(make, *crowd(make), until_s=1e7)
    assert alerts[-1].status == "closed"
    assert alerts[-1].measure_next is None
    advice = alerts[0].measure_next
    assert advice is not None
    assert advice.instrument == "bearing"
    assert 0.0 < advice.area_share < 1.0
