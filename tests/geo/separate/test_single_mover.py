"""Evidence of one moving transmitter."""

from dataclasses import replace

import numpy as np

from geo.radio.pathloss import PathlossPrior
from geo.separate.level_rows import LevelRows, slack_m2
from geo.separate.single_mover import log_evidence_moving

PRIOR = PathlossPrior()


def drive(speed_mps: float, seed: int = 2) -> LevelRows:
    """Phones about a transmitter that drives 2 km to and fro."""
    rng = np.random.default_rng(seed)
    ts_s = np.arange(0.0, 600.0, 10.0)
    at = np.abs((speed_mps * ts_s) % 4_000.0 - 2_000.0)
    x, y = at + rng.normal(0.0, 900.0, ts_s.size), rng.normal(0.0, 900.0, ts_s.size)
    level = -60.0 - 33.0 * np.log10(np.hypot(np.hypot(x - at, y), 10.0) / 100.0)
    count = ts_s.size
    slack = slack_m2(np.full(count, 10.0))
    return LevelRows(x, y, slack, level, np.ones(count), np.arange(count), ts_s)


def test_a_way_is_likelier_than_the_same_reports_in_another_order() -> None:
    way = drive(8.0)
    shuffled = replace(way, ts_s=np.random.default_rng(3).permutation(way.ts_s))
    batches_in_time = log_evidence_moving(way, PRIOR, 3.3, 5.0)
    assert batches_in_time > log_evidence_moving(shuffled, PRIOR, 3.3, 5.0) + 5.0


def test_the_order_of_rows_does_not_matter_but_that_of_times() -> None:
    way = drive(8.0)
    turned = way.take(np.random.default_rng(4).permutation(way.x.size))
    one, other = (log_evidence_moving(rows, PRIOR, 3.3, 7.5) for rows in (way, turned))
    assert one == other


def test_one_report_has_the_evidence_of_its_level_under_the_prior() -> None:
    way = drive(0.0).take(np.arange(1))
    # A phone alone on the grid: the mean density of its level over places and powers.
    rng = np.random.default_rng(1)
    x = way.x[0] + rng.uniform(-300.0, 300.0, 200_000)
    y = way.y[0] + rng.uniform(-300.0, 300.0, 200_000)
    power = rng.choice(
        PRIOR.power_dbm_100m + np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) * 0.8 * PRIOR.power_sd_db,
        200_000,
        p=(c := np.exp(-0.5 * (np.arange(-2.0, 3.0) * 0.8) ** 2)) / c.sum(),
    )
    squared = (x - way.x[0]) ** 2 + (y - way.y[0]) ** 2 + way.slack_m2[0]
    z = (way.level_dbm[0] - power + 3.3 * (5.0 * np.log10(squared) - 20.0)) / 7.5
    density = 0.9 * np.exp(-0.5 * z**2) / (7.5 * np.sqrt(2.0 * np.pi))
    floor = 0.1 / (6.0 * np.sqrt(2.0 * np.pi))
    naive = np.log((density + floor).mean())
    assert abs(log_evidence_moving(way, PRIOR, 3.3, 7.5) - naive) < 0.1
