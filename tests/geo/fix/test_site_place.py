"""Whether a site is where the register has it, from reports drawn of each of the five answers."""

from dataclasses import replace

import numpy as np
import pytest

from geo.fix.site_place import SiteEvidence, site_evidence
from geo.fix.site_reports import SiteReports, Town

ANSWERS = ("in_place", "displaced", "cell_displaced", "cloned", "reaching_far")
REACH_M = 600.0
EAST_M, NORTH_M = (
    axis.ravel() for axis in np.meshgrid(*[np.arange(-12_000.0, 12_001.0, 600.0)] * 2)
)
#: Phones everywhere, and a mast every 1,200 m or so.
TOWN = Town(
    EAST_M,
    NORTH_M,
    np.ones(len(EAST_M)),
    EAST_M[::4],
    NORTH_M[::4],
    np.ones(len(EAST_M[::4])),
    0.004,
)


def drawn(
    rng: np.random.Generator, counts: dict[int, list[tuple[int, float]]], timed: bool = False
) -> SiteReports:
    """Reports of each cell: so many about a place so far east, each of a phone of its own."""
    x, cell, advance_m = [], [], []
    for number, groups in counts.items():
        for count, east_m in groups:
            away = rng.exponential(500.0, count) * rng.choice([-1.0, 1.0], count)
            x += (east_m + away).tolist()
            advance_m += np.abs(away).tolist()
            cell += [number] * count
    y = rng.normal(0.0, 400.0, len(x))
    known = np.hypot(advance_m, y) if timed else np.full(len(x), np.nan)
    return SiteReports(
        np.array(x),
        y,
        known,
        np.full(len(x), 30.0),
        np.array(cell),
        np.arange(len(x)),
        REACH_M,
    )


def likeliest(found: SiteEvidence, cell: int) -> str:
    of_cell = (found.cell_displaced[cell], found.cloned[cell], found.reaching_far[cell])
    logs = (found.in_place, found.displaced, *of_cell)
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
    found = site_evidence(drawn(np.random.default_rng(seed), counts, timed), TOWN)
    assert likeliest(found, 0) == answer


@pytest.mark.parametrize("off_m", [12_000.0, 30_000.0, 3_000_000.0])
def test_a_row_that_is_off_by_a_digit_is_a_wrong_row(off_m: float) -> None:
    """All that is known is about the reports, far from where the row says."""
    town = replace(TOWN, x=TOWN.x + off_m, site_x=np.append(TOWN.site_x + off_m, 0.0))
    town = replace(town, site_y=np.append(TOWN.site_y, 0.0), sites=np.append(TOWN.sites, 1.0))
    for seed in range(5):
        reports = drawn(np.random.default_rng(seed), {n: [(8, off_m)] for n in range(3)})
        assert likeliest(site_evidence(reports, town), 0) == "displaced"
        # Of a clone phones name one cell, wherever it is.
        alone = drawn(np.random.default_rng(seed), {0: [(24, off_m)]})
        assert likeliest(site_evidence(alone, town), 0) == "cloned"


def test_rings_that_miss_a_site_by_less_than_its_reach_are_of_a_slightly_wrong_row() -> None:
    """Nobody is received where that can't be; all rings meet, but not at the registered place."""
    for seed in range(5):
        reports = drawn(np.random.default_rng(seed), {n: [(20, 500.0)] for n in range(3)}, True)
        found = site_evidence(reports, TOWN)
        assert found.slightly > found.cloned[0] + 3.0
        assert found.slightly > found.cell_slightly[0]
        alone = {0: [(30, 500.0)], 1: [(20, 0.0)], 2: [(20, 0.0)]}
        found = site_evidence(drawn(np.random.default_rng(seed), alone, True), TOWN)
        assert found.cell_slightly[0] > max(found.cloned[0] + 3.0, found.slightly)


@pytest.mark.parametrize("off_m", [1500.0, 4000.0, 9000.0])
def test_the_place_of_a_displaced_site_is_learned(off_m: float) -> None:
    rng = np.random.default_rng(7)
    errors_m = []
    for _ in range(10):
        found = site_evidence(drawn(rng, {n: [(15, off_m)] for n in range(3)}, timed=True), TOWN)
        errors_m.append(np.hypot(found.site.x - off_m, found.site.y))
        assert found.site.sigma_m < 400.0
    assert np.median(errors_m) < 150.0


def test_a_phone_that_reports_often_is_one_witness() -> None:
    rng = np.random.default_rng(3)
    many = drawn(rng, {0: [(40, 3000.0)]})
    one = SiteReports(
        many.x,
        many.y,
        many.advance_m,
        many.accuracy_m,
        many.cell,
        np.zeros(40, dtype=np.int64),
        REACH_M,
    )

    def speaks(found: SiteEvidence) -> float:
        return found.displaced - found.in_place

    assert speaks(site_evidence(one, TOWN)) < 2.0 < 20.0 < speaks(site_evidence(many, TOWN))


def test_a_few_wrong_positions_change_nothing() -> None:
    rng = np.random.default_rng(4)
    found = site_evidence(drawn(rng, {n: [(19, 0.0), (1, 5000.0)] for n in range(3)}), TOWN)
    assert likeliest(found, 0) == "in_place"


def test_a_crowd_at_one_place_is_one_witness() -> None:
    # Sixty phones of a station, served by a mast that nothing shadows there.
    count = 60
    crowd = SiteReports(
        np.full(count, 2000.0),
        np.zeros(count),
        np.full(count, np.nan),
        np.full(count, 30.0),
        np.arange(count) % 3,
        np.arange(count),
        REACH_M,
    )
    found = site_evidence(crowd, TOWN)
    assert found.displaced - found.in_place < 3.0


def test_a_mast_at_the_edge_of_a_town_has_its_phones_on_one_side() -> None:
    rng = np.random.default_rng(5)
    inland = TOWN.x > 0.0
    edge = replace(TOWN, x=TOWN.x[inland], y=TOWN.y[inland], phones=TOWN.phones[inland])
    x, y = np.abs(rng.normal(0.0, 900.0, 30)), rng.normal(0.0, 900.0, 30)
    reports = SiteReports(
        x, y, np.full(30, np.nan), np.full(30, 30.0), np.arange(30) % 3, np.arange(30), REACH_M
    )
    assert likeliest(site_evidence(reports, edge), 0) == "in_place"


def test_a_mast_far_from_all_phones_serves_hardly_any() -> None:
    rng = np.random.default_rng(6)
    x, y = 7000.0 + rng.normal(0.0, 500.0, 12), rng.normal(0.0, 500.0, 12)
    reports = SiteReports(
        x, y, np.full(12, np.nan), np.full(12, 30.0), np.arange(12) % 3, np.arange(12), REACH_M
    )
    there = TOWN.x > 5000.0
    far = replace(TOWN, x=TOWN.x[there], y=TOWN.y[there], phones=TOWN.phones[there])

    def speaks(share: float) -> float:
        found = site_evidence(reports, replace(far, share=share))
        return found.displaced - found.in_place

    assert speaks(0.02) > speaks(0.0001) + 3.0


#: A town some kilometres east of a mast.
_IN_TOWN = np.hypot(EAST_M - 8000.0, NORTH_M) < 4000.0
EAST_TOWN = replace(
    TOWN,
    x=EAST_M[_IN_TOWN],
    y=NORTH_M[_IN_TOWN],
    phones=np.ones(_IN_TOWN.sum()),
    site_x=np.append(EAST_M[_IN_TOWN][::4], 0.0),
    site_y=np.append(NORTH_M[_IN_TOWN][::4], 0.0),
    sites=np.ones(len(EAST_M[_IN_TOWN][::4]) + 1),
)


def received_in_town(rng: np.random.Generator, timed: float = 0.0) -> SiteReports:
    """Reports of a mast's one cell from all over the east town, and some near it; such a share of
    them have a timing advance."""
    off_m, angle = 4000.0 * np.sqrt(rng.random(40)), rng.uniform(0.0, 2.0 * np.pi, 40)
    x = np.append(8000.0 + off_m * np.cos(angle), rng.normal(0.0, 300.0, 8))
    y = np.append(off_m * np.sin(angle), rng.normal(0.0, 300.0, 8))
    known = np.where(rng.random(48) < timed, np.hypot(x, y), np.nan)
    no = np.zeros(48, dtype=np.int64)
    return SiteReports(x, y, known, np.full(48, 30.0), no, np.arange(48), REACH_M)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.003, 0.02, 0.1])
@pytest.mark.parametrize("timed", [0.0, 0.3])
def test_a_mast_on_a_hill_serves_more_phones_than_its_place_explains(
    seed: int, share: float, timed: float
) -> None:
    """And timing advances, where there are any, say that they are far from it."""
    reports = received_in_town(np.random.default_rng(seed), timed)
    found = site_evidence(reports, replace(EAST_TOWN, share=share))
    assert likeliest(found, 0) == "reaching_far"
    assert found.reaching_far[0] > found.cloned[0] + 5.0


@pytest.mark.parametrize("seed", range(5))
def test_all_cells_of_a_mast_on_a_hill_reach_far(seed: int) -> None:
    """Each alone would leave the others to explain: together they are no displaced site."""
    one = received_in_town(np.random.default_rng(seed), 0.3)
    found = site_evidence(replace(one, cell=np.arange(48) % 3), replace(EAST_TOWN, share=0.02))
    assert found.all_reaching > max(found.displaced, found.in_place) + 5.0
    assert found.all_reaching > max(found.cloned.values()) + 5.0
    town = drawn(np.random.default_rng(seed), {0: [(12, 3000.0)], 1: [(12, 3000.0)]}, timed=True)
    moved = site_evidence(town, TOWN)
    assert moved.displaced > moved.all_reaching + 10.0


def test_phones_that_are_near_a_clone_by_their_timing_advance_are_of_no_far_mast() -> None:
    for seed in range(5):
        reports = drawn(np.random.default_rng(seed), {0: [(14, 3000.0), (14, 0.0)]}, timed=True)
        found = site_evidence(reports, TOWN)
        assert found.cloned[0] > found.reaching_far[0] + 10.0


@pytest.mark.parametrize("off_m", [35_000.0, 60_000.0, 100_000.0])
def test_no_mast_reaches_beyond_the_horizon(off_m: float) -> None:
    """A cell of another town that is received here has a wrong row or is cloned."""
    town = replace(TOWN, x=TOWN.x + off_m, site_x=np.append(TOWN.site_x + off_m, 0.0))
    town = replace(town, site_y=np.append(TOWN.site_y, 0.0), sites=np.append(TOWN.sites, 1.0))
    for seed in range(5):
        reports = drawn(np.random.default_rng(seed), {0: [(8, off_m)]})
        found = site_evidence(reports, town)
        assert found.reaching_far[0] < found.cloned[0] - 5.0
