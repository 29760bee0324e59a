"""Whether a site is where the register has it, from reports drawn of each of the four answers."""

import numpy as np
import pytest

from geo.fix.site_place import SiteEvidence, SiteReports, site_evidence

ANSWERS = ("in_place", "displaced", "cell_displaced", "cloned")
REACH_M = 600.0


def drawn(
    rng: np.random.Generator, counts: dict[int, list[tuple[int, float]]], timed: bool = False
) -> SiteReports:
    """Reports of each cell: so many about a place so far east, each of a phone of its own."""
    x, cell, advance_m = [], [], []
    for number, groups in counts.items():
        for count, east_m in groups:
            away = rng.exponential(300.0, count) * rng.choice([-1.0, 1.0], count)
            x += (east_m + away).tolist()
            advance_m += np.abs(away).tolist()
            cell += [number] * count
    y = rng.normal(0.0, 200.0, len(x))
    known = np.hypot(advance_m, y) if timed else np.full(len(x), np.nan)
    return SiteReports(
        np.array(x),
        y,
        np.full(len(x), REACH_M),
        known,
        np.full(len(x), 30.0),
        np.array(cell),
        np.arange(len(x)),
    )


def likeliest(found: SiteEvidence, cell: int) -> str:
    logs = (found.in_place, found.displaced, found.cell_displaced[cell], found.cloned[cell])
    return ANSWERS[int(np.argmax(logs))]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ({0: [(10, 0.0)], 1: [(10, 0.0)], 2: [(10, 0.0)]}, "in_place"),
        ({0: [(10, 3000.0)], 1: [(10, 3000.0)], 2: [(10, 3000.0)]}, "displaced"),
        ({0: [(12, 3000.0)], 1: [(10, 0.0)], 2: [(10, 0.0)]}, "cell_displaced"),
        ({0: [(14, 3000.0), (14, 0.0)], 1: [(10, 0.0)], 2: [(10, 0.0)]}, "cloned"),
    ],
)
def test_each_answer_is_found(
    seed: int, timed: bool, counts: dict[int, list[tuple[int, float]]], answer: str
) -> None:
    found = site_evidence(drawn(np.random.default_rng(seed), counts, timed))
    assert likeliest(found, 0) == answer


@pytest.mark.parametrize("off_m", [1500.0, 4000.0, 9000.0])
def test_the_place_of_a_displaced_site_is_learned(off_m: float) -> None:
    rng = np.random.default_rng(7)
    errors_m = []
    for _ in range(10):
        found = site_evidence(drawn(rng, {n: [(15, off_m)] for n in range(3)}, timed=True))
        errors_m.append(np.hypot(found.site.x - off_m, found.site.y))
        assert found.site.sigma_m < 400.0
    assert np.median(errors_m) < 150.0


def test_a_phone_that_reports_often_is_one_witness() -> None:
    rng = np.random.default_rng(3)
    many = drawn(rng, {0: [(40, 3000.0)]})
    one = SiteReports(
        many.x,
        many.y,
        many.reach_m,
        many.advance_m,
        many.accuracy_m,
        many.cell,
        np.zeros(40, dtype=np.int64),
    )

    def speaks(found: SiteEvidence) -> float:
        return found.displaced - found.in_place

    assert speaks(site_evidence(one)) < 2.0 < 20.0 < speaks(site_evidence(many))


def test_a_few_wrong_positions_change_nothing() -> None:
    rng = np.random.default_rng(4)
    found = site_evidence(drawn(rng, {n: [(19, 0.0), (1, 5000.0)] for n in range(3)}))
    assert likeliest(found, 0) == "in_place"
