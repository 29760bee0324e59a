"""Batches in order of time, and what repeats and neighbours count for."""

import numpy as np
import pytest

from geo.reports.reports import Reports
from geo.reports.time_batches import (
    BATCH_ROWS,
    BATCH_S,
    FEW,
    FEW_OF_ALL,
    SINGLY,
    BatchWeights,
    batches_in_time,
)


def reports(count: int, every_s: float, **columns: object) -> Reports:
    rng = np.random.default_rng(3)
    return Reports.of(
        39.9 + rng.uniform(-0.01, 0.01, count),
        116.4 + rng.uniform(-0.01, 0.01, count),
        level_dbm=-70.0,
        ts_s=every_s * np.arange(count),
        **columns,  # type: ignore[arg-type]
    )


def test_batches_hold_every_row_once_in_order_and_few_seconds_each() -> None:
    found = batches_in_time(reports(90, 0.5), 100.0)
    assert found is not None
    _, rows, batches = found
    np.testing.assert_array_equal(np.concatenate(batches), np.arange(rows.x.size))
    assert (np.diff(rows.ts_s) >= 0.0).all()
    assert [batch.size for batch in batches[:SINGLY]] == [1] * SINGLY
    assert max(batch.size for batch in batches) == BATCH_ROWS
    assert max(np.ptp(rows.ts_s[batch]) for batch in batches) < BATCH_S


def test_a_phone_at_one_spot_counts_less_each_time_until_the_transmitter_goes_on() -> None:
    spot = Reports.of(
        np.full(6, 39.9),
        np.full(6, 116.4),
        level_dbm=-70.0,
        ts_s=20.0 * np.arange(6),
        device=[7] * 6,
    )
    found = batches_in_time(spot, 120.0)
    assert found is not None
    _, rows, batches = found
    stands, moves = BatchWeights(rows), BatchWeights(rows)
    still = [stands.of(batch, 0.0)[0][0] for batch in batches]
    moving = [moves.of(batch, 200.0 * at)[0][0] for at, batch in enumerate(batches)]
    assert still[0] == moving[0] == 1.0
    assert max(still[1:]) <= 0.1
    assert min(moving) > 0.9


def test_neighbours_share_what_they_say_and_all_places_their_reach() -> None:
    crowd = Reports.of(np.full(8, 39.9), np.full(8, 116.4), level_dbm=-70.0, ts_s=np.arange(8.0))
    found = batches_in_time(crowd, 10.0)
    assert found is not None
    _, rows, batches = found
    batch_weights = BatchWeights(rows)
    weights = [batch_weights.of(batch, 0.0) for batch in batches]
    measured = np.concatenate([w[0] for w in weights])
    near = np.concatenate([w[1] for w in weights])
    assert (np.diff(measured) < 0.0).all()
    assert (np.diff(near) < 0.0).all()
    assert (measured > 0.0).all()


def test_too_few_reports_are_none() -> None:
    assert batches_in_time(reports(FEW - 1, 1.0), 60.0) is None
    returned = reports(FEW_OF_ALL, 7.0, place_sigma_m=500.0)
    assert batches_in_time(returned.take(np.arange(FEW_OF_ALL - 1)), 60.0) is None
    assert batches_in_time(returned, 60.0) is not None
    assert batches_in_time(reports(FEW, 1.0), 60.0) is not None


def test_victims_that_come_back_at_one_cell_together_weigh_as_one_of_them() -> None:
    def weights_of(lat: np.ndarray) -> list[float]:
        came_back = Reports.of(
            lat, np.full(8, 116.4), place_sigma_m=1200.0, ts_s=10.0 * np.arange(8)
        )
        found = batches_in_time(came_back, 100.0)
        assert found is not None
        _, rows, batches = found
        weights = BatchWeights(rows)
        return [float(weights.of(batch, 0.0)[1][-1]) for batch in batches]

    at_one_cell = weights_of(np.full(8, 39.9))
    at_several = weights_of(39.9 + 0.004 * np.arange(8))
    assert at_one_cell[-1] <= 1.0 / 8.0**2
    assert sum(at_one_cell) < np.pi**2 / 6.0
    assert at_several[-1] > 2.0 * at_one_cell[-1]


def test_who_comes_back_says_less_beside_who_reports_of_the_same_crowd() -> None:
    spots = 39.9 + 0.003 * np.arange(8)
    returned = np.where(np.arange(8) < 7, np.nan, 1200.0)
    beside = Reports.of(spots, np.full(8, 116.4), place_sigma_m=returned, ts_s=10.0 * np.arange(8))
    found = batches_in_time(beside, 100.0)
    assert found is not None
    _, rows, batches = found
    weights = BatchWeights(rows)
    assert [float(weights.of(batch, 0.0)[1][0]) for batch in batches][-1] < 0.4


@pytest.mark.parametrize("every_s", [10.0, 200.0])
def test_a_crowd_is_the_same_until_the_transmitter_goes_on_however_long_that_takes(
    every_s: float,
) -> None:
    crowd = Reports.of(
        39.9 + 0.003 * np.arange(8), np.full(8, 116.4), level_dbm=-70.0, ts_s=every_s * np.arange(8)
    )
    found = batches_in_time(crowd, 8.0 * every_s)
    assert found is not None
    _, rows, batches = found
    stands, moves = BatchWeights(rows), BatchWeights(rows)
    still = [float(stands.of(batch, 0.0)[1][-1]) for batch in batches]
    moving = [float(moves.of(batch, 1500.0 * at)[1][-1]) for at, batch in enumerate(batches)]
    assert still[-1] < 0.2
    assert moving[-1] > 0.9
