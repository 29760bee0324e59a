"""Which strange cells are seen to serve their phones."""

from typing import Any

import pytest
from msgspec import structs

from detectors.alert.service import Service
from detectors.context.core_attestation import Attested
from detectors.features.memory.lateness import served_nats
from detectors.model.finding import Finding, Identity, Observation, Place, Source
from detectors.sites.cell_service import CellService

CELL = Identity("lte", 460, 0, 4100, 2001)
AT = (39.9, 116.4)
PROMPT, LATE = -1.4, 2.5


def report(who: int, north_m: float = 0.0, rx_ms: int = 1_000_000, cell: Identity = CELL) -> Any:
    place = Place(AT[0] + (north_m + 100.0 * who) / 111_195.0, AT[1])
    return Observation(
        detector="held_back",
        kind="odd",
        ts=rx_ms,
        rx_ts=rx_ms,
        space="device",
        who=f"d{who}",
        claimed=cell,
        place=place,
        source=Source("cell.measurements", 0, who, 0),
    )


def service(*nats: float, north_m: float = 0.0) -> CellService:
    known = CellService()
    for who, each in enumerate(nats):
        known.learn(report(who, north_m), each)
    return known


def test_a_cell_whose_phones_send_at_once_serves_them() -> None:
    assert service(*[PROMPT] * 8).against(CELL, AT, 1_000_000) == pytest.approx(5 * PROMPT)


def test_three_phones_may_be_hostile() -> None:
    assert service(*[PROMPT] * 3).against(CELL, AT, 1_000_000) == 0.0
    assert service(*[PROMPT] * 3, *[LATE] * 20).against(CELL, AT, 1_000_000) == 0.0


def test_held_phones_outweigh_prompt_ones() -> None:
    assert service(*[PROMPT] * 6, *[LATE] * 6).against(CELL, AT, 1_000_000) == 0.0


def test_it_is_bounded() -> None:
    assert service(*[PROMPT] * 40).against(CELL, AT, 1_000_000) == -8.0


def test_elsewhere_and_long_ago_say_nothing_and_neither_do_other_cells() -> None:
    known = service(*[PROMPT] * 8)
    assert service(*[PROMPT] * 8, north_m=5000.0).against(CELL, AT, 1_000_000) == 0.0
    assert known.against(CELL, AT, 1_000_000 + 1_900_000) == 0.0
    assert known.against(Identity("lte", 460, 0, 4100, 2002), AT, 1_000_000) == 0.0


def at_home(*nats: float) -> CellService:
    """Phones in one house."""
    known = CellService()
    for who, each in enumerate(nats):
        known.learn(structs.replace(report(who), place=report(0).place), each)
    return known


def test_one_place_counts_once_as_its_most_prompt_phone() -> None:
    assert at_home(*[PROMPT] * 12).against(CELL, AT, 1_000_000) == pytest.approx(PROMPT)


def test_a_small_cell_of_one_house_serves_those_who_are_there() -> None:
    """It is three phones that may be hostile, and not all that are in one house with them."""
    assert at_home(*[PROMPT] * 3).against(CELL, AT, 1_000_000) == 0.0
    assert at_home(*[PROMPT] * 4).against(CELL, AT, 1_000_000) == pytest.approx(PROMPT)
    assert at_home(*[PROMPT] * 3, *[LATE] * 3).against(CELL, AT, 1_000_000) == 0.0


def test_a_phone_counts_by_its_most_prompt_report_for_half_an_hour_from_then() -> None:
    known = CellService()
    for who in range(8):
        for rx_ms, nats in ((1_000_000, PROMPT), (1_500_000, LATE), (2_000_000, LATE)):
            known.learn(report(who, rx_ms=rx_ms), nats)
    assert known.against(CELL, AT, 2_000_000) == pytest.approx(5 * PROMPT)
    assert known.against(CELL, AT, 2_900_000) == 0.0


def test_a_liar_who_claims_to_be_everywhere_first_or_last_is_one_liar() -> None:
    held, served = CellService(), CellService()
    everywhere = [structs.replace(report(who), who="liar") for who in range(40)]
    for lie in everywhere:
        held.learn(lie, PROMPT)
    for who in range(40):
        held.learn(report(who), PROMPT if who < 4 else LATE)
        served.learn(report(who), PROMPT)
    for lie in everywhere:
        served.learn(lie, PROMPT - 0.1)
    assert held.against(CELL, AT, 1_000_000) == 0.0
    assert served.against(CELL, AT, 1_000_000) == -8.0


def test_its_memory_is_bounded() -> None:
    known = CellService()
    for number in range(1200):
        known.learn(report(1, cell=Identity("lte", 460, 0, 4100, number)), PROMPT)
    for who in range(100):
        known.learn(report(who), PROMPT)
    assert len(known.cells) == 1024
    assert len(known.cells["lte-460-0-4100-2001"]) == 48


def test_a_phone_counts_once_however_many_places_it_names() -> None:
    """Three hostile phones that drive about can't show that a cell serves."""
    known = CellService()
    for number in range(40):
        placed = report(number)
        known.learn(structs.replace(placed, who=f"h{number % 3}"), PROMPT)
    assert known.against(CELL, AT, 1_000_000) == 0.0


def test_a_story_is_served_as_far_as_its_most_reported_cell_is(make: Any) -> None:
    other = Identity("lte", 460, 0, 4100, 2002)

    def tallies(of_other: int) -> Any:
        findings: list[Finding] = [make.finding(n, claimed=CELL) for n in range(6)]
        findings += [make.finding(20 + n, claimed=other) for n in range(of_other)]
        return make.incident(findings).tallies

    known, here = service(*[PROMPT] * 8), {CELL: AT}.get
    assert known.against_all(tallies(2), here, 1_000_000) == pytest.approx(5 * PROMPT)
    assert known.against_all(tallies(6), here, 1_000_000) == 0.0
    assert known.against_all([], here, 1_000_000) == 0.0
    assert known.against_all(tallies(2), {}.get, 1_000_000) == 0.0


def test_a_cell_serves_where_its_own_phones_are_whatever_else_an_incident_has(make: Any) -> None:
    """Bare codes from the next district, gathered by the same incident, take its middle away."""
    known = Service(service(*[PROMPT] * 8), Attested())
    at = {"ts": 1_000_000, "rx_ts": 1_000_000}
    findings = [make.finding(n, claimed=CELL, place=Place(*AT), **at) for n in range(6)]
    beside = make.incident(findings)
    alone = known.against(beside, beside.tallies, CELL)
    code = Identity("nr", 460, 0, pci=110)
    away = Place(AT[0] + 0.1, AT[1])
    findings += [make.finding(20 + n, claimed=code, place=away, **at) for n in range(40)]
    beside = make.incident(findings)
    assert beside.middle is not None
    assert abs(beside.middle[0] - AT[0]) > 0.05
    own = [tally for tally in beside.tallies if tally.claimed == CELL]
    assert known.against(beside, own, CELL) == alone < -5.0


@pytest.mark.parametrize("nats", [[], [LATE] * 5, [PROMPT, PROMPT, PROMPT, LATE]])
def test_nothing_speaks_against_it(nats: list[float]) -> None:
    assert served_nats(nats) == 0.0
