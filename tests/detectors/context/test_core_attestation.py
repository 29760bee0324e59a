"""What the core's own service makes honest."""

from typing import Any

import pytest

from detectors.context import core_attestation
from detectors.context.core_attestation import ENOUGH, MOST_SERVED, Attested, Served
from detectors.features.facts import Origin
from detectors.model.codes import GSM, LTE
from detectors.model.finding import Identity, Observation

CORE, RAN, DEVICE = 1, 2, 3
NEW = {"area": 4999, "cell": 7}


def observed(make: Any, *rows: dict[str, Any], **every: Any) -> list[Observation]:
    batch = make.signalling(*rows, **every)
    return core_attestation.screen(Served(), batch, make.register(), Origin("t", 0))


def attested(*observations: Observation) -> Attested:
    state = Attested()
    for observation in observations:
        state.observe(observation)
    return state


def test_service_on_a_cell_that_the_register_lacks_is_observed(make: Any) -> None:
    (observation,) = observed(make, NEW)
    assert (observation.detector, observation.kind, observation.who) == (
        "core_service",
        "served",
        "d0",
    )
    assert observation.claimed == Identity("lte", 460, 0, 4999, 7)
    assert observation.values == {"new_area": 1}


@pytest.mark.parametrize(
    "row",
    [{}, {**NEW, "source": DEVICE}, {**NEW, "source": RAN}, {**NEW, "outcome": 2}]
    + [{**NEW, "area": area} for area in (0, 0xFFFE)],
    ids=["registered", "device", "ran", "reject", "area 0", "area 0xFFFE"],
)
def test_nothing_else_is(make: Any, row: dict[str, Any]) -> None:
    assert observed(make, row) == []


def test_each_of_the_first_subscribers_of_an_identity_is_passed_on_once(make: Any) -> None:
    rows = [{"subscriber": f"s{n // 2}", **NEW} for n in range(2 * MOST_SERVED + 20)]
    assert [n.who for n in observed(make, *rows)] == [f"s{n}" for n in range(MOST_SERVED)]


def test_a_cut_in_the_batch_changes_nothing(make: Any) -> None:
    batch = make.signalling(*({"subscriber": who, **NEW} for who in "aabacd"))
    register, origin = make.register(), Origin("t", 0)
    whole = core_attestation.screen(Served(), batch, register, origin)
    for cut in range(len(batch) + 1):
        state = Served()
        parts = [batch.take(slice(0, cut)), batch.take(slice(cut, None))]
        assert whole == [
            n for p in parts for n in core_attestation.screen(state, p, register, origin)
        ]


def test_other_batches_give_nothing(make: Any) -> None:
    register = make.register()
    assert core_attestation.screen(Served(), make.measurements(NEW), register, Origin("t", 0)) == []


def test_three_subscribers_make_a_cell_honest(make: Any) -> None:
    state = Attested()
    turned = [state.observe(make.observation(n)) for n in (0, 1, 0, 1, 2, 3, 3)]
    assert turned == [False, False, False, False, True, True, False]
    assert len(state.served(make.claimed())) == 4
    assert state.attests(make.claimed())
    assert not state.attests(make.claimed(mnc=1))


def test_an_area_that_the_register_lacks_becomes_honest_as_a_whole(make: Any) -> None:
    state = attested(*(make.observation(n, claimed=make.claimed(cell=n)) for n in range(3)))
    assert state.attests(make.claimed(cell=None))
    assert state.attests(make.claimed(cell=99))
    assert state.attests(make.claimed(cell=None, rat=None))
    assert state.attests(make.claimed(cell=None, rat="umts"))  # they share location areas
    assert not state.attests(make.claimed(cell=None, rat="lte"))
    assert not state.attests(make.claimed(area=62000, cell=None))


def test_a_missing_cell_of_a_listed_area_attests_none_of_its_other_cells(make: Any) -> None:
    """Else one hole in the register would hide the clone of any cell of that area."""
    new_cell = {"subscriber": "a", "cell": 1999}
    observations = observed(make, *({**new_cell, "subscriber": who} for who in "abc"))
    assert [observation.values for observation in observations] == [{"new_area": 0}] * 3
    state = attested(*observations)
    assert state.attests(Identity("lte", 460, 0, 4100, 1999))
    assert not state.attests(Identity("lte", 460, 0, 4100, 1001))
    assert not state.attests(Identity("lte", 460, 0, 4100))


@pytest.mark.parametrize(("rat", "new"), [("gsm", 0), ("umts", 0), ("lte", 1)])
def test_an_area_listed_in_gsm_is_known_in_umts(make: Any, rat: str, new: int) -> None:
    code = {"gsm": 1, "umts": 2, "lte": LTE}[rat]
    area, _ = make.cells[GSM]
    (observation,) = observed(make, {"rat": code, "area": area, "cell": 12345})
    assert observation.values == {"new_area": new}


def test_a_flood_of_made_up_cells_is_bounded_and_takes_no_attested_one_away(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_attestation, "MOST_IDENTITIES", 40)
    served = [make.observation(who) for who in range(ENOUGH)]
    flood = [
        make.observation(9, claimed=Identity("lte", 460, 0, 1000 + n, 7), values={})
        for n in range(400)
    ]
    state = attested(*served, *flood)
    assert len(state.by_key) <= 40
    assert state.attests(make.claimed())

    rows = [{**NEW, "area": 3000 + n, "subscriber": "a"} for n in range(400)]
    screened = Served()
    batch = make.signalling(*rows)
    core_attestation.screen(screened, batch, make.register(), Origin("t", 0))
    assert 0 < len(screened.by_identity) <= 40


def test_where_all_are_attested_the_oldest_are_forgotten(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_attestation, "MOST_IDENTITIES", 40)
    cells = [Identity("lte", 460, 0, 1000 + n, 7) for n in range(60)]
    state = attested(
        *(make.observation(who, claimed=cell, values={}) for cell in cells for who in range(ENOUGH))
    )
    assert len(state.by_key) <= 40
    assert state.attests(cells[-1])
    assert not state.attests(cells[0])
