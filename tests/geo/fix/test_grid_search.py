"""The search closes in on the probability, and looks further where it lies at the border."""

import numpy as np
import pytest

from geo.earth.sphere import offset
from geo.fix.grid_search import COARSE, LEFT_OUT, Box, first_box, narrowed, spread
from geo.likelihood.censored_levels import NO_SQUARES
from geo.likelihood.evidence_terms import EvidenceTerms
from geo.radio.pathloss import PathlossPrior
from geo.reports.crowd_centre import geometric_median
from geo.reports.device_weights import weighted_reports
from geo.reports.reports import Reports, gated

PLACE = (39.91, 116.4)


def scene_of(reports: Reports) -> tuple[EvidenceTerms, Box]:
    found = weighted_reports(gated(reports))
    assert found is not None
    weighted = found[1]
    middle = geometric_median(weighted.x, weighted.y, weighted.weight)
    return EvidenceTerms.of(weighted, NO_SQUARES, PathlossPrior()), first_box(weighted, middle)


def crowd() -> Reports:
    rng = np.random.default_rng(4)
    east, north = rng.normal(0.0, 300.0, (2, 40))
    level = -62.0 - 33.0 * np.log10(np.hypot(east, north) / 100.0) + rng.normal(0.0, 6.0, 40)
    return Reports.of(*offset(*PLACE, east, north), level_dbm=level, accuracy_m=10.0)


def test_the_part_that_is_kept_holds_the_probability() -> None:
    terms, box = scene_of(crowd())
    wide, evidence = spread(terms, box, 0.85)
    found = narrowed(terms, wide, evidence, 0.85)
    assert found.mass.shape == (COARSE, COARSE)
    inside_x = (found.x >= found.box.west) & (found.x <= found.box.east)
    inside_y = (found.y >= found.box.south) & (found.y <= found.box.north)
    assert found.mass[np.ix_(inside_y, inside_x)].sum() >= 1.0 - LEFT_OUT
    assert found.box.east - found.box.west < 0.5 * (wide.east - wide.west)


def test_a_beam_that_leaves_the_box_widens_it() -> None:
    beam = Reports.of(*PLACE, bearing_deg=90.0, accuracy_m=5.0, trusted=True)
    terms, box = scene_of(beam)
    wide, _ = spread(terms, box, 0.85)
    assert wide.east - wide.west > 2.0 * (box.east - box.west)


def test_teams_lose_no_weight_by_misfit() -> None:
    reports = crowd()
    odd = Reports.of(
        *offset(*PLACE, 900.0, 0.0), level_dbm=-52.0, accuracy_m=10.0, trusted=True, device=999
    )
    names = Reports.__dataclass_fields__
    both = Reports(*(np.concatenate([getattr(reports, n), getattr(odd, n)]) for n in names))
    terms, box = scene_of(both)
    wide, evidence = spread(terms, box, 0.85)
    trust = narrowed(terms, wide, evidence, 0.85).trust
    assert trust[terms.level.trusted] == pytest.approx(trust.max())
    assert trust.min() < trust.max()


def test_boxes_join_and_grow() -> None:
    one, two = Box(0.0, 10.0, 0.0, 5.0), Box(-3.0, 4.0, 1.0, 9.0)
    assert one.around(two) == two.around(one) == Box(-3.0, 10.0, 0.0, 9.0)
    assert one.widened(2.0) == Box(-2.0, 12.0, -2.0, 7.0)
    x, y = one.axes(11)
    assert x[1] - x[0] == pytest.approx(1.0)
    assert y[-1] == 5.0
