"""How late alerts are is reckoned from what they name, and what arrives is a land's, in order."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from benchmarks.latency import latency_of
from benchmarks.measuring.latency.land import LEAST_S, TRANSMITTERS, land, made
from benchmarks.measuring.stream.processes import RunError
from streams.config.settings import load_settings

SETTINGS = load_settings(env={})


def test_the_allowed_disorder_is_nobody_s_fault() -> None:
    written = [
        (11_000 + late_ms, {"alert_id": f"a{late_ms}", "revision": 1, "ts": 1_000})
        for late_ms in range(100, 200)
    ]
    found = latency_of(written, SETTINGS)
    assert (found.revisions, found.alerts) == (100, 100)
    assert found.median_s == pytest.approx(0.1495)
    assert found.median_s < found.p99_s < found.most_s == pytest.approx(0.199)


def test_neither_is_the_pause_between_updates() -> None:
    pause_ms = round(SETTINGS.incidents.update_every_s * 1000)
    times = {1: (1_000, 1_000), 2: (4_000, 1_000 + pause_ms), 3: (50_000, 50_000)}
    written = [
        (due_ms + 10_300, {"alert_id": "a", "revision": revision, "ts": ts})
        for revision, (ts, due_ms) in times.items()
    ]
    found = latency_of(written, SETTINGS)
    assert (found.median_s, found.most_s) == pytest.approx((0.3, 0.3))


def test_a_land_without_alerts_is_no_figure() -> None:
    with pytest.raises(RunError, match="no alert"):
        latency_of([], SETTINGS)


@pytest.mark.parametrize("seconds", [LEAST_S, 900.0])
def test_all_transmitters_have_gone_before_the_end(seconds: float) -> None:
    scenario = land(seconds)
    assert len(scenario.rogues) == TRANSMITTERS
    ends = [until for rogue in scenario.rogues for _, until in rogue.active_s]
    assert max(ends) < seconds
    assert len({(rogue.place, rogue.id) for rogue in scenario.rogues}) == TRANSMITTERS


def test_a_land_s_messages_come_in_order_and_at_any_time(tmp_path: Path) -> None:
    scenario = land(LEAST_S)
    few = structs.replace(scenario.people, phones=60)
    register, arriving = made(structs.replace(scenario, people=few), 1, tmp_path / "land")
    assert register.name == "register.csv"
    times = [each.at_ms for each in arriving]
    assert times == sorted(times)
    assert len(times) > 0
    assert times[-1] <= LEAST_S * 1000.0
    first = msgspec.json.decode(arriving[0].begun_at(2_000_000_000_000))
    assert first["rx_ts"] == 2_000_000_000_000 + arriving[0].at_ms
