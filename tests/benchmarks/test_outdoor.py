"""The benchmark on a recording: what it reads, how it halves, and that no truth leaks."""

import gzip
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import outdoor, temper
from benchmarks.measuring.location.temper_fit import ALPHAS
from geo.posterior import tempering

pytestmark = pytest.mark.slow

#: What any folder of the kind may hold besides good rows.
ODD_TRUTHS = [
    "none,0,,,,",
    "pair,2,40.76,-111.84,40.77,-111.85",
    "lost,1,,,,",
    "mute,1,40.7,-111.8,,",
]
ODD_ROWS = [
    "none,2022-07-06 08:00:00,r1,40.76,-111.84,-80",
    "pair,2022-07-06 08:00:00,r1,40.76,-111.84,-80",
    "lost,2022-07-06 08:00:00,r1,40.76,-111.84,-80",
    "unheard of,2022-07-06 08:00:00,r1,40.76,-111.84,-80",
    "s0,2022-07-06 08:00:00,bus nowhere,0,0,-80",
    "s0,2022-07-06 08:00:00,broken,40.76,-111.84,nan",
    "s0,2022-07-06 08:00:00,broken,40.76,,-80",
    "s0,when it was,broken,40.76,-111.84,-80",
]


def written(folder: Path, seed: int = 1, count: int = 60, receivers: int = 18) -> Path:
    """A recording of a transmitter in a square of 2.4 km, ten transmissions a block."""
    rng = np.random.default_rng(seed)
    rx = rng.uniform(-1200.0, 1200.0, (receivers, 2))
    offset_db = rng.normal(0.0, 10.0, receivers)
    truths, rows = (
        ["sample_id,n_tx,tx1_lat,tx1_lon,tx2_lat,tx2_lon", *ODD_TRUTHS],
        [
            "sample_id,ts_utc_local,rx,rx_lat,rx_lon,rss_rel_db",
            *ODD_ROWS,
        ],
    )
    for number in range(count):
        x, y = rng.uniform(-900.0, 900.0, 2)
        truths.append(f"s{number},1,{40.76 + y / 111_000},{-111.84 + x / 84_200},,")
        away = np.hypot(rx[:, 0] - x, rx[:, 1] - y) + 8.0
        signal = -57.0 - 32.0 * np.log10(away / 100.0) + rng.normal(0.0, 6.0, receivers)
        noise_db = -97.0 + rng.normal(0.0, 0.7, receivers)
        level = 10.0 * np.log10(10.0 ** (signal / 10.0) + 10.0 ** (noise_db / 10.0)) + offset_db
        when = f"2022-07-06 08:{number:02d}:00"
        rows += [
            f"s{number},{when},rx {k},{40.76 + rx[k, 1] / 111_000},"
            f"{-111.84 + rx[k, 0] / 84_200},{level[k]:.2f}"
            for k in range(receivers)
        ]
    for name, lines in (("truth.csv.gz", truths), ("rss.csv.gz", rows)):
        with gzip.open(folder / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def received(folder: Path) -> list[outdoor.Transmission]:
    return outdoor.load(folder)


def test_only_whole_rows_of_one_transmitter_are_read(received: list[outdoor.Transmission]) -> None:
    assert len(received) == 60
    assert {each.rx.size for each in received} == {18}
    assert len({each.block for each in received}) == 6


def test_blocks_are_never_split_and_each_is_located_once(
    received: list[outdoor.Transmission],
) -> None:
    both = list(outdoor.halves(received))
    for learn_from, tests in both:
        assert not {e.block for e in learn_from} & {e.block for e in tests}
        assert len(learn_from) + len(tests) == 60
    assert {id(each) for _, tests in both for each in tests} == {id(each) for each in received}


def test_no_truth_of_a_test_block_is_used(received: list[outdoor.Transmission]) -> None:
    learn_from, tests = next(outdoor.halves(received))
    known = outdoor.Learned.of(learn_from)
    for each in tests[:5]:
        one = outdoor.located(each, known, 0.7)
        other = outdoor.located(replace(each, lat=0.0, lon=0.0), known, 0.7)
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.p, other.p)


def test_offsets_are_worth_a_good_part_of_the_error(received: list[outdoor.Transmission]) -> None:
    fixed = tempering.Temper("receivers", 0, 0.7, tempering.NOMINAL)
    learn_from, tests = next(outdoor.halves(received))
    blind = outdoor.score(tests, None, fixed)
    calibrated = outdoor.score(tests, outdoor.Learned.of(learn_from), fixed)
    assert np.median(calibrated.error_m) < 0.8 * np.median(blind.error_m)
    assert np.median(calibrated.error_m) < 150.0
    assert np.median(calibrated.radius_m) < np.median(blind.radius_m)


def test_a_receiver_without_offset_does_not_spoil_it(received: list[outdoor.Transmission]) -> None:
    learn_from, tests = next(outdoor.halves(received))
    known = outdoor.Learned.of(learn_from)
    each = tests[0]
    more = replace(
        each,
        rx=np.append(each.rx, 999),
        rx_lat=np.append(each.rx_lat, 40.79),
        rx_lon=np.append(each.rx_lon, -111.84),
        level_db=np.append(each.level_db, -20.0),
    )
    one, other = outdoor.located(each, known, 0.7), outdoor.located(more, known, 0.7)
    assert one is not None
    assert other is not None
    assert one.mode == other.mode
    unknown = replace(each, rx=each.rx + 500)
    assert outdoor.located(unknown, known, 0.7) is not None


def test_where_all_is_noise_the_region_is_wide(received: list[outdoor.Transmission]) -> None:
    learn_from, tests = next(outdoor.halves(received))
    known = outdoor.Learned.of(learn_from)
    plain, lost = (
        outdoor.located(each, known, 0.7)
        for each in (tests[0], replace(tests[0], level_db=tests[0].level_db - 200.0))
    )
    assert plain is not None
    assert lost is not None
    area = [outdoor.area_m2(each.p, each.cell_area_m2, 0.9) for each in (plain, lost)]
    assert area[1] > 3.0 * area[0]


def test_scaling_a_wide_posterior_is_as_good_as_locating_anew(
    received: list[outdoor.Transmission],
) -> None:
    learn_from, tests = next(outdoor.halves(received))
    known, at = outdoor.Learned.of(learn_from), ALPHAS.index(0.8)
    needed = []
    for each in tests:
        pair = []
        for alpha in (outdoor.WIDE_ALPHA, 0.8):
            posterior = outdoor.located(each, known, alpha)
            assert posterior is not None
            x, y = (float(value) for value in posterior.frame.to_xy(each.lat, each.lon))
            direct = outdoor.mass_needed(posterior, posterior.p, x, y)
            pair.append(direct if pair else outdoor.by_alpha(posterior, x, y)[0, at])
        needed.append(pair)
    # One by one they differ by where grids lie; together they don't.
    apart = np.diff(needed, axis=1)
    assert abs(apart.mean()) < 0.05
    assert np.median(np.abs(apart)) < 0.12


@pytest.mark.nightly
def test_the_program_prints_its_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["outdoor.py", "--data", str(folder)])
    outdoor.main()
    printed = capsys.readouterr().out
    assert printed.startswith("60 transmissions in 6 blocks")
    assert "calibrated, alpha and levels learned" in printed


def test_the_table_is_made_and_checked_row_by_row() -> None:
    needed, log_score = temper.town_scores("levels", (10,), 4, 1)
    assert needed.shape == log_score.shape == (len(ALPHAS), 20)
    assert ((needed >= 0.0) & (needed <= 1.0)).all()
    even = np.linspace(0.0, 1.0, 400)
    assert temper.agrees(tempering.Temper("levels", 0, 1.0, tempering.NOMINAL), even)
    assert not temper.agrees(tempering.Temper("levels", 0, 1.0, (0.3, 0.7, 0.8)), even)
    row = tempering.Temper("timed", 15, 0.8, (0.51, 0.9, 0.95))
    made = eval(temper.literal(row).strip().rstrip(","), {"Temper": tempering.Temper})
    assert made == row
