"""Two transmitters are separated, one is left whole: simulated towns of the benchmark."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from geo.reports.reports import Reports
from geo.separate.split import Split, split

SEED = 90_000


def found_in(towns: list) -> list[Split | None]:
    return [split(town.reports) for town in towns]


def share(found: list[Split | None]) -> float:
    return float(np.mean([one is not None for one in found]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "world", [{}, {"false_places": 0.1}, {"one_sided": True}], ids=["plain", "false", "one side"]
)
def test_one_transmitter_is_seldom_split(pairs: ModuleType, world: dict[str, float]) -> None:
    towns = [pairs.standing(SEED + k, levels, **world) for k in range(12) for levels in (30, 60)]
    assert share(found_in(towns)) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("way", ["blocks", "loop", "shuttle", "once"])
def test_one_that_moves_is_seldom_split(pairs: ModuleType, way: str) -> None:
    towns = [
        pairs.moving(SEED + k, levels, speed_mps, way)
        for k in range(5)
        for levels in (30, 90)
        for speed_mps in (8.0, 15.0)
    ]
    assert share(found_in(towns)) <= 0.05


@pytest.mark.slow
def test_two_far_apart_are_found_and_located(pairs: ModuleType) -> None:
    towns = [pairs.standing(SEED + k, 90, 1_200.0) for k in range(12)]
    found = found_in(towns)
    assert share(found) >= 0.6
    both = [(town, one) for town, one in zip(towns, found, strict=True) if one is not None]
    errors = np.array([town.errors_m(one) for town, one in both])
    ours, single = np.median(errors, axis=0)
    assert ours < 0.4 * single
    for _, one in both:
        assert abs(one.separation_m - 1_200.0) < 600.0
        assert one.reason in ("levels", "kinematics")


def clear_pair(pairs: ModuleType) -> Reports:
    """A town whose two are far enough apart to be found."""
    for seed in range(SEED, SEED + 20):
        reports = pairs.standing(seed, 90, 1_500.0).reports
        if split(reports) is not None:
            return reports
    raise AssertionError("no such town")


def test_neither_order_nor_device_codes_matter(pairs: ModuleType) -> None:
    reports = clear_pair(pairs)
    order = np.random.default_rng(1).permutation(len(reports))
    other = replace(reports.take(order), device=9 * reports.device[order] - 70)
    one, turned = split(reports), split(other)
    assert one is not None
    assert turned is not None
    np.testing.assert_array_equal(one.part[order], turned.part)
    assert (one.separation_m, one.delta_bic) == (turned.separation_m, turned.delta_bic)


def test_in_turn_instead_of_together_is_one_that_moved(pairs: ModuleType) -> None:
    reports = clear_pair(pairs)
    found = split(reports)
    assert found is not None
    ts_s = np.where(found.part == 1, reports.ts_s, reports.ts_s + 1_000.0)
    assert split(replace(reports, ts_s=ts_s)) is None


def test_rows_without_time_or_level_decide_nothing_but_are_assigned(pairs: ModuleType) -> None:
    reports = clear_pair(pairs)
    found = split(reports)
    assert found is not None
    assert split(replace(reports, ts_s=np.full(len(reports), np.nan))) is None
    west, east = (np.flatnonzero(found.part == side) for side in (0, 1))
    spots = np.array([west[np.argmax(reports.level_dbm[west])],
                      east[np.argmax(reports.level_dbm[east])]])  # fmt: skip
    bare = Reports.of(reports.lat[spots], reports.lon[spots], place_sigma_m=900.0)
    columns = {
        name: np.r_[getattr(reports, name), getattr(bare, name)]
        for name in Reports.__dataclass_fields__
    }
    columns["lat"] = np.r_[columns["lat"], np.nan]
    columns = {k: v if k == "lat" else np.r_[v, v[-1]] for k, v in columns.items()}
    joined = split(Reports(**columns))
    assert joined is not None
    assert joined.part[-3:].tolist() == [0, 1, -1]


def test_a_device_that_repeats_itself_makes_no_transmitter(pairs: ModuleType) -> None:
    town = pairs.standing(SEED, 40)
    rng = np.random.default_rng(3)
    rows = np.r_[np.arange(40), np.zeros(200, int)]
    flood = replace(town.reports.take(rows))
    flood.lat[40:] += 0.012
    flood.level_dbm[40:] = -53.0
    flood.ts_s[40:] = rng.uniform(flood.ts_s.min(), flood.ts_s.max(), 200)
    assert split(flood) is None


def keyed(town: object, carriers: int) -> np.ndarray:
    """Each transmitter on carriers of its own."""
    rng = np.random.default_rng(5)
    rows = len(town.source)  # type: ignore[attr-defined]
    return np.asarray(10 * town.source + rng.integers(0, carriers, rows))  # type: ignore[attr-defined]


@pytest.mark.slow
def test_keys_separate_two_that_levels_hardly_do(pairs: ModuleType) -> None:
    towns = [pairs.standing(SEED + k, 40, 800.0) for k in range(10)]
    with_keys = [split(town.reports, key=keyed(town, 1)) for town in towns]
    assert share(with_keys) >= share(found_in(towns)) + 0.2
    for town, one in zip(towns, with_keys, strict=True):
        if one is not None and one.reason == "keys":
            agreed = (one.part == town.source).mean()
            assert agreed in (0.0, 1.0)


@pytest.mark.slow
def test_two_carriers_of_one_are_one(pairs: ModuleType) -> None:
    towns = [pairs.standing(SEED + k, 60) for k in range(15)]
    towns += [pairs.moving(SEED + k, 60, 10.0, "blocks") for k in range(15)]
    assert share([split(town.reports, key=keyed(town, 2)) for town in towns]) <= 0.07


def test_a_change_of_channel_on_the_way_is_one(pairs: ModuleType) -> None:
    for k in range(6):
        town = pairs.moving(SEED + k, 60, 10.0, "once")
        late = town.reports.ts_s > np.median(town.reports.ts_s)
        assert split(town.reports, key=late.astype(int)) is None


@pytest.mark.parametrize(
    "reports",
    [
        Reports.of([], []),
        Reports.of([39.9] * 50, [116.4] * 50, level_dbm=-60.0, ts_s=np.arange(50.0)),
        Reports.of([np.nan] * 50, [116.4] * 50, level_dbm=-60.0, ts_s=np.arange(50.0)),
        Reports.of(np.linspace(-80, 80, 50), 179.9, level_dbm=-60.0, ts_s=np.arange(50.0)),
        Reports.of([39.9] * 50, [116.4] * 50, level_dbm=2147483647.0, ts_s=np.arange(50.0)),
    ],
    ids=["none", "one spot", "no place", "all over the world", "sentinels"],
)
def test_bad_data_is_not_two_transmitters(reports: Reports) -> None:
    found = split(reports)
    assert found is None or len(found.part) == len(reports)


def test_a_wrong_key_column_is_refused() -> None:
    with pytest.raises(ValueError, match="one code a report"):
        split(Reports.of([39.9], [116.4]), key=[1, 2])
