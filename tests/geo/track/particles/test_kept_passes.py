"""Going on with what was kept gives what taking all reports again gives, to the last bit."""

import numpy as np
import pytest

from benchmarks.measuring.location.streets import World, drive
from geo.reports.reports import Reports
from geo.reports.time_batches import Rows
from geo.track.particles import filter_pass
from geo.track.particles.kept_passes import EVERY, MOST, KeptPasses
from geo.track.particles.particle_filter import Tracked, track


def found(reports: Reports, at_s: float, kept: KeptPasses | None = None) -> Tracked:
    tracked = track(reports, at_s, particles=200, kept=kept)
    assert tracked is not None
    return tracked


def same(one: Tracked, two: Tracked) -> bool:
    return (
        np.array_equal(one.posterior.p, two.posterior.p)
        and np.array_equal(one.cloud.place, two.cloud.place)
        and np.array_equal(one.track.lat, two.track.lat)
        and (one.moving, one.standing, one.lost) == (two.moving, two.standing, two.lost)
    )


def jumping(seed: int) -> Reports:
    """Reports of a drive whose later half comes from 3 km away, so that the track is lost."""
    reports = drive(seed, World(rate_hz=0.3)).newest(500.0, 150)
    reports.lat[reports.ts_s > np.median(reports.ts_s)] += 0.03
    return reports


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lost", [False, True])
def test_reports_that_come_late_or_not_change_no_answer(seed: int, lost: bool) -> None:
    reports = jumping(seed) if lost else drive(seed, World(rate_hz=0.3)).newest(500.0, 150)
    rng = np.random.default_rng(seed)
    arrives_s = reports.ts_s + np.where(rng.random(len(reports)) < 0.1, 120.0, 0.0)
    kept = KeptPasses()
    for at_s in np.linspace(150.0, 500.0, 12):
        known = reports.take(arrives_s <= at_s)
        assert same(found(known, float(at_s), kept), found(known, float(at_s)))
        assert len(kept.passes) <= MOST + 2


def test_a_phones_own_place_after_places_of_return_changes_no_answer() -> None:
    """It is about these that particles begin, where there are any, however late they come."""
    reports = drive(1, World(rate_hz=0.3)).newest(500.0, 150)
    reports.place_sigma_m[reports.ts_s <= 400.0] = 1500.0
    kept = KeptPasses()
    for at_s in (300.0, 390.0, 450.0, 500.0):
        known = reports.take(reports.ts_s <= at_s)
        assert same(found(known, at_s, kept), found(known, at_s))


def test_reports_in_order_are_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    take = filter_pass.Pass._take

    def counted(run: filter_pass.Pass, batch: Rows) -> None:
        taken.append(1)
        take(run, batch)

    monkeypatch.setattr(filter_pass.Pass, "_take", counted)
    reports = drive(1, World(rate_hz=0.3)).newest(500.0, 150)
    kept = KeptPasses()
    found(reports.take(reports.ts_s <= 480.0), 480.0, kept)
    first = len(taken)
    found(reports, 500.0, kept)
    assert len(taken) - first < 2 * EVERY < first
