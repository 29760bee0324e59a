"""The census counts phones that were idle and unsuspicious, the same however messages are cut."""

from base64 import b64decode
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.context.census import ROW, Census
from detectors.features.facts import Origin
from detectors.features.rows.window_tiles import WINDOW_MS
from detectors.model.columns import Measurements
from detectors.model.finding import Finding, Observation

ORIGIN = Origin("cell.measurements", 0)


def counted(make: Any, *batches: Measurements, findings: Any = (), until_s: float = 1e6) -> Any:
    census = Census()
    for batch in batches:
        offsets = set(batch.offset.tolist())
        census.take(batch, [f for f in findings if f.source.offset in offsets])
    return census.due(make.t0_ms + round(until_s * 1000), ORIGIN)


def phones_in(observations: list[Observation]) -> int:
    return sum(
        int(np.frombuffer(b64decode(str(observation.values["sums"])), dtype=ROW)["phones"].sum())
        for observation in observations
    )


def everywhere(make: Any, phones: int, **every: Any) -> Measurements:
    """Phones at as many places, all reporting in one window: a quarter of squares has its turn."""
    rows = []
    for number in range(phones):
        lat, lon = make.at(300.0 * (number % 20), 300.0 * (number // 20))
        rows.append({"lat": lat, "lon": lon, "at_s": 1.0})
    return make.measurements(*rows, **every)  # type: ignore[no-any-return]


def over_time(make: Any, step_ms: int) -> Measurements:
    """Fifty phones, each of which comes three times, one report every so many ms."""
    batch = everywhere(make, 150)
    batch.rx_ms[:] += np.arange(150) * step_ms
    batch.ts_ms[:] = batch.rx_ms
    batch.device[50:] = np.tile(batch.device[:50], 2)
    return batch


def strange_at(make: Any, batch: Measurements, row: int) -> Finding:
    """What a rule made of a row, when that arrived."""
    finding: Finding = make.finding(row, 1.0, who=batch.device[row])
    return msgspec.structs.replace(finding, rx_ts=int(batch.rx_ms[row]))


def test_a_quarter_of_the_squares_is_counted_in_each_window_and_all_in_four(make: Any) -> None:
    one = phones_in(counted(make, everywhere(make, 400)))
    assert 60 < one < 140
    windows = [everywhere(make, 400, rx_s=30.0 * n, at_s=30.0 * n) for n in range(4)]
    for number, batch in enumerate(windows):
        batch.rx_ms[:] = batch.ts_ms[:] = make.t0_ms + 30_000 * number + 1_000
    assert phones_in(counted(make, *windows)) == 400


@pytest.mark.parametrize(
    "over",
    [
        {"timing_advance": 3.0},
        {"position_source": 3},
        {"accuracy_m": 400.0},
        {"speed_mps": 30.0},
        {"serving": False},
        {"rx_s": 500.0},
    ],
)
def test_busy_unplaced_passing_and_late_phones_do_not_count(
    make: Any, over: dict[str, Any]
) -> None:
    assert phones_in(counted(make, everywhere(make, 100))) > 0
    assert counted(make, everywhere(make, 100, **over)) == []


def test_a_phone_counts_once_in_a_window(make: Any) -> None:
    batch = everywhere(make, 200)
    batch.device[:] = "one"
    assert phones_in(counted(make, batch)) <= 1


def test_who_reported_something_strange_is_not_counted_afterwards(make: Any) -> None:
    first, second = everywhere(make, 100), everywhere(make, 100)
    second.offset[:] += 100
    second.rx_ms[:] = second.ts_ms[:] = first.ts_ms + WINDOW_MS
    strange = [make.finding(number, 1.0, who=f"d{number}") for number in range(100)]
    assert phones_in(counted(make, first, second)) > 20
    assert counted(make, first, second, findings=strange) == []


def test_a_window_is_sent_once_it_is_over_and_never_again(make: Any) -> None:
    census, batch = Census(), everywhere(make, 100)
    end_ms = (int(batch.rx_ms[0]) // WINDOW_MS + 1) * WINDOW_MS
    census.take(batch, [])
    assert census.due(end_ms - 1, ORIGIN) == []
    observations = census.due(end_ms, ORIGIN)
    assert {observation.rx_ts for observation in observations} == {end_ms}
    census.take(batch, [])  # too late
    assert census.due(end_ms + WINDOW_MS, ORIGIN) == []


def test_who_reported_something_strange_counts_again_half_an_hour_later(make: Any) -> None:
    """Also where one batch holds it all, as one of a quiet partition may."""
    batch = over_time(make, 20_000)
    strange = [strange_at(make, batch, number) for number in range(50)]
    assert phones_in(counted(make, batch, findings=strange)) == phones_in(
        counted(make, batch.take(np.arange(100, 150)))
    )


@pytest.mark.slow
@pytest.mark.parametrize("step_ms", [500, 20_000])
@given(cuts=st.lists(st.integers(1, 149), max_size=5), strange=st.sets(st.integers(0, 149)))
def test_cutting_batches_changes_nothing(
    make: Any, step_ms: int, cuts: list[int], strange: set[int]
) -> None:
    batch = over_time(make, step_ms)
    findings = [strange_at(make, batch, number) for number in sorted(strange)]
    edges = [0, *sorted(set(cuts)), 150]
    parts = [batch.take(np.arange(a, b)) for a, b in pairwise(edges) if b > a]
    assert counted(make, *parts, findings=findings) == counted(make, batch, findings=findings)
