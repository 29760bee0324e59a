"""Ways of going: what parks stays, speeds are those of streets, silence spreads the cloud."""

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from geo.earth.frame import frame_at
from geo.posterior.posterior import area_m2
from geo.track.particles.density import posterior_of
from geo.track.particles.motion_model import (
    BECOMES,
    CRUISING,
    DRIVING,
    PARKED,
    WALKING,
    initial_kinds,
    move,
)
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import OFFSET_CHANCE, REACH_CHANCE, SUMS
from geo.track.particles.resampling import resampled


def cloud(count: int = 4000, kind: int | None = None) -> Cloud:
    rng = Generator(PCG64(1))
    kinds, velocity = initial_kinds(count, rng)
    if kind is not None:
        kinds[:] = kind
    return Cloud(
        place=np.zeros((2, count)),
        velocity=velocity,
        kind=kinds,
        never_moved=kinds < WALKING,
        weight=np.full(count, 1.0 / count),
        law_sums=np.zeros((SUMS, count)),
        offset=np.repeat(OFFSET_CHANCE, count, axis=1),
        reach=np.repeat(REACH_CHANCE, count, axis=1),
        edge=np.full(count, -1, np.intp),
        along_m=np.zeros(count),
    )


def test_chances_of_becoming_sum_to_one_and_nothing_becomes_itself() -> None:
    np.testing.assert_allclose(BECOMES.sum(axis=1), 1.0)
    assert (np.diag(BECOMES) == 0.0).all()


def test_what_never_moved_has_not_moved() -> None:
    parked = cloud(kind=PARKED)
    parked.velocity[:] = 0.0
    move(parked, 120.0, Generator(PCG64(2)))
    stayed = parked.never_moved
    assert 0.85 < stayed.mean() < 0.99
    assert (parked.place[:, stayed] == 0.0).all()
    assert (np.hypot(*parked.place[:, ~stayed]) > 0.0).mean() > 0.9


def test_cars_go_at_the_speed_of_cars() -> None:
    cars = cloud(kind=DRIVING)
    cars.velocity[:] = 6.4 * np.random.default_rng(3).standard_normal(cars.velocity.shape)
    move(cars, 10.0, Generator(PCG64(3)))
    driving = cars.kind == DRIVING
    speed = np.hypot(*cars.velocity[:, driving])
    assert speed.mean() == pytest.approx(8.0, rel=0.1)
    assert np.quantile(speed, 0.999) < 30.0


def test_along_a_main_road_it_keeps_its_course_for_longer() -> None:
    cosines = {}
    for kind in (DRIVING, CRUISING):
        cars = cloud(kind=kind)
        cars.velocity[:] = 6.4 * np.random.default_rng(3).standard_normal(cars.velocity.shape)
        before = cars.velocity.copy()
        move(cars, 40.0, Generator(PCG64(3)))
        same = cars.kind == kind
        was, now = before[:, same], cars.velocity[:, same]
        cosines[kind] = float(((was * now).sum(axis=0) / np.hypot(*was) / np.hypot(*now)).mean())
    assert cosines[CRUISING] > cosines[DRIVING] + 0.2


def test_in_many_steps_or_few_the_cloud_spreads_alike() -> None:
    fine, coarse = cloud(kind=DRIVING), cloud(kind=DRIVING)
    rng = Generator(PCG64(4))
    for _ in range(40):
        move(fine, 1.0, rng)
    move(coarse, 40.0, rng)
    assert fine.sigma_m() == pytest.approx(coarse.sigma_m(), rel=0.1)
    still = fine.place.copy()
    move(fine, 0.0, rng)
    move(fine, -5.0, rng)
    np.testing.assert_array_equal(fine.place, still)


def test_drawing_anew_keeps_the_middle_and_the_spread() -> None:
    some = cloud()
    some.place[:] = np.random.default_rng(5).normal(0.0, 100.0, some.place.shape)
    some.weight = np.exp(-0.5 * ((some.x - 50.0) / 60.0) ** 2)
    some.weight /= some.weight.sum()
    drawn = resampled(some, 3000, Generator(PCG64(5)))
    assert drawn.size == 3000
    assert drawn.effective() == pytest.approx(3000.0)
    np.testing.assert_allclose(drawn.mean_xy(), some.mean_xy(), atol=4.0)
    assert drawn.sigma_m() == pytest.approx(some.sigma_m(), rel=0.05)


def test_the_density_is_that_of_the_cloud_two_heaps_and_all() -> None:
    heaps = cloud()
    centre = np.where(np.arange(heaps.size) % 4 == 0, -1500.0, 500.0)
    heaps.place[:] = np.random.default_rng(6).normal(0.0, 40.0, heaps.place.shape)
    heaps.place[0] += centre
    found = posterior_of(heaps, frame_at(39.9, 116.4), 3)
    assert found.p.sum() == pytest.approx(1.0)
    assert found.p[:, found.x < -500.0].sum() == pytest.approx(0.25, abs=0.02)
    assert found.mean_xy() == pytest.approx((0.0, 0.0), abs=15.0)
    assert found.mode_xy == pytest.approx((500.0, 0.0), abs=60.0)
    one = posterior_of(heaps.take(np.flatnonzero(centre > 0.0)), frame_at(39.9, 116.4), 3)
    circle = np.sqrt(area_m2(one.p, one.cell_area_m2, 0.9) / np.pi)
    assert circle == pytest.approx(40.0 * np.sqrt(2.0 * np.log(10.0)), rel=0.2)
