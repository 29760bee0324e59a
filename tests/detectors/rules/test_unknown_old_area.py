"""What an unknown old area is, and the values and networks that are none."""

from typing import Any

import pytest

from detectors.columns import Batch
from detectors.finding import Identity
from detectors.rules.unknown_old_area import UnknownOldArea
from detectors.vocabulary import GSM, LTE, NR, PROCEDURES, UMTS

HOUR_MS = 3_600_000
CORE, RAN, DEVICE = 1, 2, 3


def found(make: Any, register: Any = None, rule: Any = None, **row: Any) -> list[Any]:
    batch = make.signalling({"old_area": 61001, "old_rat": GSM, **row})
    return make.found(rule or UnknownOldArea(), batch, register)


@pytest.mark.parametrize("source", [CORE, DEVICE])
def test_an_update_from_an_area_that_no_cell_has_fires(make: Any, source: int) -> None:
    (finding,) = found(make, source=source)
    assert finding.claimed == Identity("gsm", 460, 0, 61001)
    assert finding.seen_on == Identity("lte", 460, 0, 4100, 1001)
    assert (finding.space, finding.who) == ("subscriber", "d0")
    assert finding.values == {"procedure": "tracking_area_update"}
    assert (finding.weight, finding.cap) == (2.0, 9.0)


def test_without_a_place_of_its_own_it_is_somewhere_about_the_cell(make: Any) -> None:
    (finding,) = found(make)
    assert finding.place is not None
    assert (finding.place.lat, finding.place.lon) == make.at()
    assert (finding.place.reach_m, finding.place.accuracy_m) == (1000.0, None)


def test_on_an_unregistered_cell_it_is_somewhere_about_the_area(make: Any) -> None:
    (finding,) = found(make, cell=1999)
    assert finding.place is not None
    assert finding.place.lat == pytest.approx(make.at()[0])
    assert finding.place.reach_m == 500.0


def test_in_an_unknown_area_too_it_has_no_place(make: Any) -> None:
    (finding,) = found(make, area=4999, cell=1999)
    assert finding.place is None


def test_a_register_row_without_a_place_gives_none(make: Any) -> None:
    (finding,) = found(make, make.register(lat=None, lon=None))
    assert finding.place is None


def test_a_phones_own_place_comes_first(make: Any) -> None:
    lat, lon = make.at(300.0)
    (finding,) = found(make, lat=lat, lon=lon, accuracy_m=15.0)
    assert finding.place is not None
    assert (finding.place.lon, finding.place.accuracy_m) == (lon, 15.0)


def test_the_old_lai_of_a_combined_update_counts_as_well(make: Any) -> None:
    tac_and_lac = found(make, old_area=4777, old_rat=LTE, old_lai_area=61001)
    assert {f.claimed for f in tac_and_lac} == {
        Identity("lte", 460, 0, 4777),
        Identity("gsm", 460, 0, 61001),
    }
    assert sorted(f.source.part for f in tac_and_lac) == [0, 1]
    (lac_alone,) = found(make, old_area=None, old_rat=None, old_lai_area=61001)
    assert lac_alone.claimed == Identity("gsm", 460, 0, 61001)


@pytest.mark.parametrize(
    ("rat", "reserved"),
    [(rat, area) for rat in (GSM, UMTS, LTE) for area in (0, 0xFFFE, 0xFFFF)]
    + [(NR, 0), (NR, 0xFFFFFE)]
    + [(None, area) for area in (0, 0xFFFE, 0xFFFF, 0xFFFFFE)],
)
def test_reserved_values_say_that_there_is_no_area(
    make: Any, rat: int | None, reserved: int
) -> None:
    assert found(make, old_area=reserved, old_rat=rat) == []


def test_the_reserved_values_are_those_of_the_rat(make: Any) -> None:
    assert len(found(make, old_area=0xFFFE, old_rat=NR)) == 1


def test_reserved_old_lai(make: Any) -> None:
    assert found(make, old_area=4100, old_rat=LTE, old_lai_area=0xFFFE) == []


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR, None])
def test_an_area_of_the_register_is_known(make: Any, rat: int | None) -> None:
    assert found(make, old_area=make.cells[rat or LTE][0], old_rat=rat) == []


@pytest.mark.parametrize(("said", "listed"), [(GSM, UMTS), (UMTS, GSM)])
def test_gsm_and_umts_share_location_areas(make: Any, said: int, listed: int) -> None:
    assert found(make, old_area=make.cells[listed][0], old_rat=said) == []


def test_other_rats_do_not_share_areas(make: Any) -> None:
    assert len(found(make, old_area=make.cells[LTE][0], old_rat=GSM)) == 1


def test_an_update_from_2g_without_its_rat_may_carry_a_lac(make: Any) -> None:
    assert found(make, old_area=make.cells[GSM][0], old_rat=None) == []
    (finding,) = found(make, old_area=61001, old_rat=None)
    assert finding.claimed == Identity(None, 460, 0, 61001)


@pytest.mark.parametrize(("mcc", "mnc"), [(460, 1), (262, 0)])
def test_areas_of_networks_that_the_register_does_not_know(make: Any, mcc: int, mnc: int) -> None:
    assert found(make, old_mcc=mcc, old_mnc=mnc) == []


def test_without_an_old_network_it_is_the_present_one(make: Any) -> None:
    assert found(make, old_mcc=None, old_mnc=None, mcc=262, mnc=0) == []
    assert len(found(make, old_mcc=460, old_mnc=0, mcc=262, mnc=0)) == 1


def test_a_retired_area_is_known_for_a_while(make: Any) -> None:
    def after(hours: float) -> list[Any]:
        retired = {"rat": GSM, "area": 61001, "cell": 1, "valid_to_ms": make.t0_ms}
        return found(make, make.register(retired), at_s=hours * 3600)

    assert after(-1) == after(167) == []
    assert len(after(169)) == 1
    register = make.register({"rat": GSM, "area": 61001, "cell": 1, "valid_to_ms": make.t0_ms})
    assert len(found(make, register, UnknownOldArea(grace_h=1.0), at_s=2 * 3600)) == 1


def test_an_area_is_judged_as_of_the_event(make: Any) -> None:
    row = {"rat": GSM, "area": 61001, "cell": 1, "valid_from_ms": make.t0_ms + HOUR_MS}
    assert found(make, make.register(row), at_s=2 * 3600) == []
    assert len(found(make, make.register(row), at_s=0, rx_s=2 * 3600)) == 1


RETURNS = [
    "registration",
    "location_update",
    "routing_area_update",
    "tracking_area_update",
    "attach",
]


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_only_procedures_by_which_a_phone_comes_back_count(make: Any, procedure: str) -> None:
    findings = found(make, procedure=PROCEDURES.index(procedure) + 1)
    assert [f.values["procedure"] for f in findings] == [procedure] * (procedure in RETURNS)


def test_base_stations_words_about_old_areas_are_none(make: Any) -> None:
    assert found(make, source=RAN) == []


def test_no_old_area_is_no_news(make: Any) -> None:
    assert found(make, old_area=None, old_rat=None) == []


def fires(make: Any) -> list[Batch]:
    """Phones that come back from an unknown area; one names two."""
    back = {"old_area": 61001, "old_rat": GSM}
    return [make.signalling(back, {}, {**back, "old_lai_area": 61002}, {"old_area": 0}, back)]


def silent(make: Any) -> list[Batch]:
    return [make.signalling({"old_area": 0xFFFE}, {"old_area": 4100}, {})]
