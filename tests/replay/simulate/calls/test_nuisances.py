"""What befalls cities now and then is in a trace as its parameters have it, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.honest.troubles import NO_CIRCUIT
from replay.simulate.calls.parameters import NUISANCES
from replay.simulate.calls.simulation import simulate_calls
from tests.replay.simulate.calls.contract_checker import rows, truth, wrong_calls
from tests.replay.simulate.calls.town import Row

SIZE = {"subscribers": 200, "hours": 6, "oversample": 1, "clock_off_share": 0}


def made(folder: Path, **given: Any) -> list[Row]:
    simulate_calls(draw_calls(6, honest=True, given={**SIZE, **given}), folder)
    calls = rows(folder, "calls")
    assert wrong_calls(calls) == []
    return calls


def share(some: list[bool]) -> float:
    return sum(some) / len(some)


def test_a_world_has_none_unless_it_is_given() -> None:
    values = draw_calls(6).parameters
    assert [values[each.name] for each in NUISANCES] == [each.low for each in NUISANCES]


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("pollsters", "pollster"),
        ("recall_lines", "recall_line"),
        ("parcel_stations", "parcel_station"),
    ],
)
def test_lines_at_a_peak_ring_strangers(tmp_path: Path, name: str, look: str) -> None:
    calls = made(tmp_path, **{name: 2})
    of = [row for row in truth(tmp_path) if row.get("look") == look]
    refs = {ref for row in of for ref in row["calls"]}
    ended = [row["released_by"] == "callee" for row in calls if row["call_ref"] in refs]
    assert len(of) == 2
    assert len(refs) > 100
    if look == "pollster":
        answered = [row for row in calls if row["call_ref"] in refs and row["answered"]]
        assert share([row["released_by"] == "callee" for row in answered]) > 0.55
    assert ended


def test_trunks_give_way_to_another(tmp_path: Path) -> None:
    calls = made(tmp_path, failovers=2, call_centres=5, hospitals=3, oversample=20)
    standby = [row for row in calls if (row.get("trunk") or "").startswith("standby-")]
    assert standby
    assert {row["ingress"] for row in standby} == {"onnet"}


def test_in_a_blackout_most_calls_fail(tmp_path: Path) -> None:
    calls = made(tmp_path, blackouts=1, regions=3)
    failed = [row for row in calls if row.get("cause") == NO_CIRCUIT]
    assert len(failed) > 20
    assert {row["duration_ms"] for row in failed} == {0}
    times = [row["ts"] for row in failed]
    assert max(times) - min(times) < 1_860_000


def test_clocks_step(tmp_path: Path) -> None:
    def off(calls: list[Row]) -> int:
        return sum(row["ts"] - row["rx_ts"] > 300_000 for row in calls)

    assert off(made(tmp_path / "none")) == 0
    assert off(made(tmp_path / "some", clock_steps=36)) > 10


def test_second_points_name_trunks_of_their_own(tmp_path: Path) -> None:
    calls = made(tmp_path, inner_trunk_share=1.0, second_point_share=1.0, point_missing_share=0.0)
    trunks: dict[str, set[str]] = {}
    for row in calls:
        trunks.setdefault(row["call_ref"], set()).add(row.get("trunk", "").partition("-")[0])
    assert {"inner", "interconnect"} in trunks.values()
    assert all("inner" in some for some in trunks.values() if "interconnect" in some)
