"""The estimator: symmetry, order of rows, weights, thin evidence, hostile input.

Long because all that must not change an estimate is held against the same towns.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.earth.frame import frame_at
from geo.earth.sphere import distance_m, offset
from geo.fix.locate import Posterior, Reports, Silent, locate
from geo.posterior.posterior import area_m2
from geo.posterior.region import highest_density_region, radius_m
from geo.radio.pathloss import PathlossPrior, log_distance

PLACE = (39.95, 116.35)
NAMES = tuple(Reports.__dataclass_fields__)


def terms(
    phones: int = 30,
    place: tuple[float, float] = PLACE,
    turn_rad: float = 0.0,
    shift_m: tuple[float, float] = (0.0, 0.0),
    seed: int = 2,
    **columns: object,
) -> Reports:
    """Phones about a transmitter at `place`, turned and shifted as a whole."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0.0, 350.0, (2, phones))
    u = log_distance(((x - 90.0) ** 2 + (y - 40.0) ** 2)[:, None], np.zeros(phones))[:, 0]
    level = -58.0 - 3.4 * u + rng.normal(0.0, 6.0, phones)
    frame = frame_at(*place)
    centre_x, centre_y = frame.to_xy(*place)
    east = x * np.cos(turn_rad) - y * np.sin(turn_rad) + centre_x + shift_m[0]
    north = x * np.sin(turn_rad) + y * np.cos(turn_rad) + centre_y + shift_m[1]
    given_columns = {"level_dbm": level, "accuracy_m": 20.0, **columns}
    return Reports.of(*frame.to_latlon(east, north), **given_columns)  # type: ignore[arg-type]


def solved(reports: Reports, **options: object) -> Posterior:
    posterior = locate(reports, **options)  # type: ignore[arg-type]
    assert posterior is not None
    return posterior


def area90_m2(posterior: Posterior) -> float:
    return area_m2(posterior.p, posterior.cell_area_m2, 0.9)


def joined(*parts: Reports) -> Reports:
    return Reports(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))


def test_posterior_is_a_distribution_over_an_even_grid() -> None:
    posterior = solved(terms())
    assert posterior.p.shape == (posterior.y.size, posterior.x.size)
    assert posterior.p.sum() == pytest.approx(1.0)
    assert posterior.p.min() >= 0.0
    for axis in (posterior.x, posterior.y):
        assert np.ptp(np.diff(axis)) < 1e-6 < axis[1] - axis[0]
    assert posterior.devices == 30
    assert posterior.power_dbm_100m == pytest.approx(-58.0, abs=6.0)
    assert posterior.exponent == pytest.approx(3.4, abs=0.6)


@pytest.mark.slow
@settings(max_examples=25)
@given(st.permutations(range(40)), st.integers(0, 3))
def test_shuffled_rows_give_the_same_answer(order: list[int], relabel: int) -> None:
    device = np.arange(40) // 2
    reports = terms(40, device=device, ts_s=np.arange(40.0))
    codes = np.random.default_rng(relabel).permutation(20) * 7
    other = terms(40, device=codes[device], ts_s=np.arange(40.0)).take(np.array(order))
    one, two = solved(reports), solved(other)
    assert float(distance_m(*one.mode, *two.mode)) < 1e-6
    np.testing.assert_allclose(one.p, two.p, rtol=0, atol=1e-12)


@settings(max_examples=20)
@given(st.floats(0.0, 6.28), st.floats(-8000, 8000), st.floats(-8000, 8000), st.integers(0, 5))
def test_turning_and_shifting_the_scene_moves_the_answer_along(
    turn: float, east: float, north: float, seed: int
) -> None:
    plain = solved(terms(seed=seed))
    moved = solved(terms(seed=seed, turn_rad=turn, shift_m=(east, north)))
    frame = frame_at(*PLACE)
    centre = np.array(frame.to_xy(*PLACE))
    before = np.array(frame.to_xy(*plain.mode)) - centre
    after = np.array(frame.to_xy(*moved.mode)) - centre - [east, north]
    turned = [
        before[0] * np.cos(turn) - before[1] * np.sin(turn),
        before[0] * np.sin(turn) + before[1] * np.cos(turn),
    ]
    assert np.hypot(*(after - turned)) < 1.0
    assert area90_m2(moved) == pytest.approx(area90_m2(plain), rel=0.05)


@pytest.mark.parametrize(
    "place", [(0.001, 179.9995), (70.0, 20.0), (89.999, 15.0), (-33.0, -180.0)]
)
def test_date_line_and_high_latitudes_are_no_different(place: tuple[float, float]) -> None:
    plain, far = solved(terms()), solved(terms(place=place))
    frames = frame_at(*PLACE), frame_at(*place)
    offsets = [
        np.subtract(f.to_xy(*p.mode), f.to_xy(*c))
        for f, p, c in zip(frames, (plain, far), (PLACE, place), strict=True)
    ]
    assert np.hypot(*(offsets[0] - offsets[1])) < 1.0


def test_repeating_every_report_changes_nothing() -> None:
    reports = terms(20)
    once, often = solved(reports), solved(joined(*[reports] * 15))
    assert float(distance_m(*once.mode, *often.mode)) < 1e-6
    assert area90_m2(often) == pytest.approx(area90_m2(once), rel=1e-9)


def test_one_phone_that_floods_does_not_shrink_the_region() -> None:
    crowd = terms(20)
    lat, lon = offset(*PLACE, np.linspace(300, 320, 400), np.full(400, 250.0))
    flood = Reports.of(lat, lon, level_dbm=-52.0, accuracy_m=10.0, device=np.full(400, 999))
    one = flood.take(np.array([0]))
    with_one, with_flood = solved(joined(crowd, one)), solved(joined(crowd, flood))
    assert area90_m2(with_flood) > 0.9 * area90_m2(with_one)
    assert float(distance_m(*with_one.mode, *with_flood.mode)) < 15.0


def test_more_power_everywhere_leaves_the_place() -> None:
    reports = terms(60)
    louder = Reports(*(getattr(reports, n) + (4.0 if n == "level_dbm" else 0) for n in NAMES))
    # Weaker than -55 dBm everywhere, so that nothing saturates by the shift.
    keep = reports.level_dbm < -56.0
    # The camping threshold is an absolute level too, so it must not speak here.
    wide = PathlossPrior(power_sd_db=40.0, selection=0.0)
    before, after = solved(reports.take(keep), prior=wide), solved(louder.take(keep), prior=wide)
    assert float(distance_m(*before.mode, *after.mode)) < 3.0


def test_more_power_everywhere_moves_the_place_no_further_than_the_prior_pulls() -> None:
    reports = terms(60)
    louder = replace(reports, level_dbm=reports.level_dbm + 4.0)
    keep = reports.level_dbm < -56.0
    before, after = solved(reports.take(keep)), solved(louder.take(keep))
    assert float(distance_m(*before.mode, *after.mode)) < 0.25 * radius_m(before, 0.5)


def test_rows_that_cannot_be_change_nothing() -> None:
    honest = terms(20)
    never = Reports.of(
        [np.nan, 39.95, 91.0, 0.0, -np.inf, 39.95],
        [116.35, np.nan, 116.35, 0.0, 116.35, np.inf],
        level_dbm=[-51.0, -51.0, -60.0, -60.0, -51.0, -51.0],
        timing_advance=0.0,
        ta_step_m=553.46,
        device=np.arange(6) + 100,
    )
    plain, more = solved(honest), solved(joined(never, honest))
    assert float(distance_m(*plain.mode, *more.mode)) < 1e-6
    np.testing.assert_allclose(plain.p, more.p, rtol=0, atol=1e-12)


ODD = st.sampled_from([np.nan, np.inf, -np.inf, 2147483647.0, 0.0, -1.0, -60.0, 1e300, 39.95])


@settings(max_examples=30)
@given(
    st.lists(st.tuples(ODD, ODD, ODD, ODD, ODD, ODD, ODD, st.integers(-3, 3)), max_size=8),
    st.booleans(),
)
def test_no_columns_whatever_raise(rows: list[tuple[float, ...]], crowd: bool) -> None:
    lat, lon, accuracy, level, advance, step, reach, device = (
        np.array([row[column] for row in rows], float) for column in range(8)
    )
    odd = Reports.of(
        lat,
        lon,
        accuracy_m=accuracy,
        level_dbm=level,
        timing_advance=advance,
        ta_step_m=step,
        place_sigma_m=reach,
        device=device,
        ts_s=advance,
    )
    found = locate(joined(odd, terms(6)) if crowd else odd, silent=Silent(lat, lon, level))
    assert found is not None or not crowd
    if found is not None:
        assert np.isfinite(found.p).all()
        assert found.p.sum() == pytest.approx(1.0)
        assert np.isfinite(found.mode).all()


@pytest.mark.parametrize(
    "reports",
    [
        Reports.of([], []),
        Reports.of([np.nan, 91.0, 0.0], [1.0, 1.0, 0.0], level_dbm=-70.0),
        Reports.of([39.9], [116.4], level_dbm=-70.0, ts_s=50.0),
    ],
    ids=["empty", "no place", "only later rows"],
)
def test_nothing_usable_is_none(reports: Reports) -> None:
    assert locate(reports, at_s=20.0) is None


@pytest.mark.parametrize(
    ("reports", "least_m"),
    [
        (terms(1), 300.0),
        (terms(2), 200.0),
        (Reports.of([39.9] * 30, [116.4] * 30, level_dbm=-70.0), 120.0),
        (Reports.of([39.9], [116.4]), 1500.0),
        (Reports.of([39.9], [116.4], place_sigma_m=1000.0), 1500.0),
        (Reports.of([39.9] * 2, [116.4] * 2, timing_advance=1.0, ta_step_m=553.46), 300.0),
        (terms(1, level_dbm=-51.0), 60.0),
        (terms(40, level_dbm=-51.0), 60.0),
        (terms(40, level_dbm=2147483647.0), 300.0),
        (joined(terms(1), terms(1, shift_m=(9000.0, 0.0))), 300.0),
    ],
    ids=[
        "one", "two", "one spot", "bare place", "returned victim", "advance only",
        "one saturated", "all saturated", "all sentinels", "two far apart",
    ],
)  # fmt: skip
def test_thin_evidence_gives_a_large_region(reports: Reports, least_m: float) -> None:
    posterior = solved(reports)
    assert np.isfinite(posterior.p).all()
    assert radius_m(posterior, 0.9) > least_m
    assert highest_density_region(posterior).is_valid


def test_one_phone_is_the_middle_of_its_own_ring() -> None:
    reports = terms(1)
    posterior = solved(reports)
    assert float(distance_m(reports.lat, reports.lon, *posterior.mode)[0]) < 30.0


def test_many_returned_victims_do_not_shrink_the_region_to_a_point() -> None:
    rng = np.random.default_rng(9)
    reach, course = rng.uniform(300, 2000, 300), rng.uniform(0, 2 * np.pi, 300)
    lat, lon = offset(*PLACE, reach * np.cos(course), reach * np.sin(course))
    posterior = solved(Reports.of(lat, lon, place_sigma_m=1000.0))
    assert float(distance_m(*PLACE, *posterior.mode)) < 300.0
    assert 500.0 < radius_m(posterior, 0.9) < 1500.0
    assert posterior.power_dbm_100m is None


def test_an_advance_narrows_and_a_forged_one_is_detected() -> None:
    frame = frame_at(*PLACE)
    reports = terms(30)
    x, y = frame.to_xy(reports.lat, reports.lon)
    centre_x, centre_y = frame.to_xy(*PLACE)
    metres = np.hypot(x - centre_x - 90.0, y - centre_y - 40.0) + 60.0
    honest = terms(30, timing_advance=np.rint(metres / 78.07), ta_step_m=78.07)
    forged = terms(30, timing_advance=0.0, ta_step_m=78.07)
    plain, narrowed, fooled = solved(reports), solved(honest), solved(forged)
    assert area90_m2(narrowed) < 0.7 * area90_m2(plain)
    assert not narrowed.ta_conflict
    assert fooled.ta_conflict
    assert area90_m2(fooled) == pytest.approx(area90_m2(plain), rel=0.01)


def test_silent_phones_push_the_answer_away_from_themselves() -> None:
    reports = terms(8)
    lat, lon = offset(
        *PLACE, *np.random.default_rng(4).uniform([[300], [-900]], [[900], [900]], (2, 150))
    )
    silent = Silent(lat, lon, np.ones(150))
    plain, bounded = solved(reports), solved(reports, silent=silent)
    assert bounded.mean_xy()[0] < plain.mean_xy()[0]
    assert bounded.frame == plain.frame


def test_silent_phones_in_any_order_give_the_same_answer() -> None:
    lat, lon = offset(*PLACE, *np.random.default_rng(4).uniform(-900, 900, (2, 150)))
    weight = np.random.default_rng(5).uniform(0, 1, 150)
    shuffle = np.random.default_rng(6).permutation(150)
    one = solved(terms(8), silent=Silent(lat, lon, weight))
    two = solved(terms(8), silent=Silent(lat[shuffle], lon[shuffle], weight[shuffle]))
    assert float(distance_m(*one.mode, *two.mode)) < 1e-6


def test_a_few_false_places_do_not_carry_the_answer_away() -> None:
    honest = terms(40)
    false = terms(4, shift_m=(2500.0, 1500.0), seed=8)
    before, after = solved(honest), solved(joined(honest, false))
    assert float(distance_m(*before.mode, *after.mode)) < 80.0


@pytest.mark.parametrize("alpha", [0.0, -1.0, 1.1, np.nan])
def test_alpha_must_be_a_tempering(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        locate(terms(), alpha=alpha)


def test_a_smaller_alpha_widens_the_region_about_the_same_place() -> None:
    sharp, soft = solved(terms(), alpha=1.0), solved(terms(), alpha=0.5)
    assert area90_m2(soft) > 1.5 * area90_m2(sharp)


def test_input_columns_are_left_as_they_were() -> None:
    reports = terms(15)
    before = [getattr(reports, name).copy() for name in NAMES]
    solved(reports)
    for name, column in zip(NAMES, before, strict=True):
        np.testing.assert_array_equal(getattr(reports, name), column)
