"""Returns without any area: whom the core made forget, and whom it didn't."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE
from detectors.rules.lost_area.rule import LostArea
from detectors.rules.lost_area.samples import REJECT, crowd, had, lost

ATTACH, DETACH, SERVICE, HANDOVER, BARRED = 5, 6, 13, 14, 10


def found(make: Any, *rows: dict[str, Any], rule: Any = None, register: Any = None) -> list[Any]:
    return make.found(rule or LostArea(), make.signalling(*rows), register)


def test_several_that_forgot_for_no_reason_fire(make: Any) -> None:
    findings = found(make, *crowd())
    assert [f.who for f in findings] == ["s0", "s1", "s2", "s3"]
    assert findings[0].claimed is None
    assert findings[0].values == {"away_s": 600, "seen": 4, "expected": 0.2}


@pytest.mark.parametrize("area", [0, 0xFFFE, 0xFFFF])
def test_all_reserved_areas_count(make: Any, area: int) -> None:
    assert len(found(make, *crowd(old_area=area))) == 4


def test_an_attach_that_names_none_counts_and_an_update_does_not(make: Any) -> None:
    assert len(found(make, *crowd(old_area=None, procedure=ATTACH))) == 4
    assert found(make, *crowd(old_area=None)) == []


def test_strangers_count_while_the_core_knows_nobody(make: Any) -> None:
    findings = found(make, *crowd()[4:])
    assert [f.who for f in findings] == ["s0", "s1", "s2", "s3"]
    assert findings[0].values == {"away_s": None, "seen": 4, "expected": 0.2}
    assert {(f.place.lat, f.place.lon) for f in findings} == {make.at()}
    known = found(make, *crowd())
    assert {f.cap for f in findings} == {LostArea().strangers_cap}
    assert {f.cap for f in known} == {LostArea().cap}
    assert max(f.weight for f in findings) < min(f.weight for f in known)
    assert found(make, *crowd()[4:6]) == []
    assert found(make, *crowd(1)) == []


def test_whom_the_core_has_just_met_is_a_stranger(make: Any) -> None:
    """Who arrives sends more than one message, in any order."""
    names = [f"s{n}" for n in range(4)]
    met = [
        {"subscriber": who, "at_s": 600.0 + n, "procedure": SERVICE} for n, who in enumerate(names)
    ]
    rows = met + [lost(who, 602.0 + n, procedure=ATTACH) for n, who in enumerate(names)]
    assert {f.values["away_s"] for f in found(make, *rows)} == {None}
    assert {f.values["away_s"] for f in found(make, *rows, rule=LostArea(met_s=0.0))} == {2}
    known = [had(who, n) for n, who in enumerate(names)]
    assert {f.values["away_s"] for f in found(make, *known, *rows)} == {2}


def test_half_an_area_lost_counts_apart(make: Any) -> None:
    """After a reject on GSM alone phones still know where they were on LTE."""
    here = make.cells[LTE][0]
    halves = found(make, *crowd(rat=LTE, old_area=here, old_lai_area=0xFFFE))
    assert {f.cap for f in halves} == {LostArea().halves_cap}
    assert set(halves[0].values) == {"away_s", "seen", "expected"}
    assert found(make, *crowd(rat=LTE, old_area=here, old_lai_area=4200)) == []
    # Beside no tracking area it is no more than what all lose who were off.
    nothing = found(make, *crowd(rat=LTE, old_area=0xFFFE, old_lai_area=0xFFFE))
    assert {f.cap for f in nothing} == {LostArea().cap}


#: A sample of all, so that a test needs few messages.
ALL = LostArea(one_in=1)


def town(make: Any, known: int, strangers: int) -> tuple[list[dict[str, Any]], Any]:
    """Others who come back far away, 300 s after the core had them last, or never had them."""
    lat, lon = make.at(9000.0)
    there = {"rat": LTE, "area": 4100, "cell": 2000}
    rows = [had(f"k{n}", float(n % 60), **there) for n in range(known)]
    rows += [had(f"k{n}", 300.0 + n % 60, **there) for n in range(known)]
    rows += [had(f"n{n}", 360.0 + n, **there) for n in range(strangers)]
    register = make.register({**there, "lat": lat, "lon": lon})
    return sorted(rows, key=lambda row: float(row["at_s"])), register


def test_arrivals_are_excused_and_victims_are_not(make: Any) -> None:
    people, register = town(make, 60, 60)
    landed = [lost(f"a{n}", 600.0 + n) for n in range(20)]
    late = {f.who for f in found(make, *people, *landed, register=register, rule=ALL)}
    blind = LostArea(one_in=1, excuse_arrivals=False)
    assert len(late) < 8
    assert len(found(make, *people, *landed, register=register, rule=blind)) == 20
    # As many of them known as of others, and found as before: a transmitter.
    victims = [had(f"a{n}", 400.0 + n / 10) for n in range(0, 20, 2)]
    mixed = found(make, *people, *victims, *landed, register=register, rule=ALL)
    assert {f.who for f in mixed} >= {f"a{n}" for n in range(0, 20, 2)}


def test_where_strangers_are_rare_they_say_nothing(make: Any) -> None:
    people, register = town(make, 300, 0)
    few = [lost(f"a{n}", 600.0 + n) for n in range(5)]
    blind = LostArea(one_in=1, excuse_arrivals=False)
    assert found(make, *people, *few, register=register, rule=blind) == []
    known = [had(row["subscriber"], 400.0) for row in few]
    assert len(found(make, *people, *known, *few, register=register, rule=blind)) == 5


def test_the_place_is_where_the_core_had_it_last(make: Any) -> None:
    lat, lon = make.at(5000.0)
    away = {"rat": LTE, "area": 4100, "cell": 2000, "lat": lat, "lon": lon}
    findings = found(make, *crowd(cell=2000), register=make.register(away))
    assert {(f.place.lat, f.place.lon) for f in findings} == {make.at()}
    assert findings[0].seen_on.cell == 1001
    unknown = [{**row, "cell": 999, "area": 4999} if row["at_s"] < 60 else row for row in crowd()]
    assert found(make, *unknown)[0].place is not None


EXCUSED = [
    ("excuse_rejected", {"outcome": REJECT, "cause": 15}),
    ("excuse_rejected", {"outcome": REJECT, "cause": 3, "rat": GSM, "area": 4200, "cell": 11}),
    ("excuse_rejected", {"procedure": BARRED, "outcome": 0}),
    ("excuse_detached", {"procedure": DETACH}),
]


@pytest.mark.parametrize(("excuse", "between"), EXCUSED)
def test_what_made_it_forget_is_an_excuse(make: Any, excuse: str, between: dict[str, Any]) -> None:
    assert found(make, *crowd(4, between)) == []
    assert len(found(make, *crowd(4, between), rule=LostArea(**{excuse: False}))) == 4
    # Having attached again since, it knew an area.
    known = {"old_area": 4100, "procedure": ATTACH, "outcome": 1}
    assert len(found(make, *crowd(4, between, known))) == 4


@pytest.mark.parametrize(
    "asked", [{"cause": 10}, {"cause": 22}, {"cause": 22, "procedure": SERVICE}]
)
def test_a_turned_away_phone_forgets_its_area_when_it_tries_again_in_vain(
    make: Any, asked: dict[str, int]
) -> None:
    away = {"outcome": REJECT, "old_area": 4100, **asked}
    assert found(make, *crowd(4, away)) == []
    assert len(found(make, *crowd(4, away), rule=LostArea(excuse_rejected=False))) == 4
    # It had its area still when it got in again.
    assert len(found(make, *crowd(4, away, {"old_area": 4100, "outcome": 1}))) == 4
    # Handing a call over is no attempt of its own, and what was long ago is over.
    assert len(found(make, *crowd(4, {**away, "procedure": HANDOVER}))) == 4
    assert len(found(make, *crowd(4, away), rule=LostArea(turned_away_s=499.0))) == 4


def off_and_on(with_area: int, without: int) -> list[dict[str, Any]]:
    """Phones of a crowd that go off without a word and attach minutes later, some of whose records
    leave the area out; all others are at home and update now and then."""
    names = [f"s{n}" for n in range(with_area + without)]
    rows = [had(who, n / 2) for n, who in enumerate(names)]
    attach = {"procedure": ATTACH, "old_area": 4100}
    rows += [lost(who, 600.0 + n, **attach) for n, who in enumerate(names)]
    for n in range(with_area, len(names)):
        rows[len(names) + n]["old_area"] = None
    return rows


def updates(count: int, unnamed: int) -> list[dict[str, Any]]:
    return [
        had(f"h{n}", 100.0 + n, **({"old_area": None} if n < unnamed else {})) for n in range(count)
    ]


def test_where_records_leave_areas_out_they_do_so_of_a_crowd_that_was_off(make: Any) -> None:
    crowd_of_40 = off_and_on(20, 20)
    assert found(make, *updates(60, 30), *crowd_of_40, rule=ALL) == []
    blind = LostArea(one_in=1, excuse_left_out=False)
    assert len(found(make, *updates(60, 30), *crowd_of_40, rule=blind)) == 20
    # Where records are whole, those without an area have lost it.
    assert len(found(make, *updates(60, 0), *crowd_of_40, rule=ALL)) == 20


def test_victims_all_come_without_an_area_whatever_records_leave_out(make: Any) -> None:
    victims = off_and_on(0, 20)
    assert len(found(make, *updates(60, 30), *victims, rule=ALL)) == 20


@pytest.mark.parametrize("part", [8, 11])
def test_a_procedure_is_not_over_with_its_parts(make: Any, part: int) -> None:
    """Authentication and ciphering are part of the very update that names no area."""
    away = {"outcome": REJECT, "cause": 9, "old_area": 4100}
    assert found(make, *crowd(4, away, {"procedure": part, "outcome": 1})) == []
    strangers = [{"subscriber": f"s{n}", "at_s": 599.0, "procedure": part} for n in range(4)]
    findings = found(make, *strangers, *crowd()[4:])
    assert [f.values["away_s"] for f in findings] == [None] * 4


def test_a_second_message_of_the_same_is_no_news(make: Any) -> None:
    again = [lost(f"s{n}", 700.0 + n) for n in range(4)]
    assert len(found(make, *crowd(), *again)) == 4


def test_paging_is_not_the_phones_doing(make: Any) -> None:
    assert found(make, *crowd(4, {"procedure": DETACH}, {"procedure": 15})) == []
    assert len(found(make, *crowd(4, {"procedure": DETACH}, {"procedure": SERVICE}))) == 4


def test_a_core_that_restarts_loses_everyone_everywhere(make: Any) -> None:
    def outage(count: int, places: int = 12) -> tuple[list[dict[str, Any]], Any]:
        rows, cells = [], []
        for n in range(places):
            lat, lon = make.at(3000.0 * n)
            cells.append({"rat": LTE, "area": 4100, "cell": 2000 + n, "lat": lat, "lon": lon})
            for k in range(count if n == 5 else 4):
                rows.append(had(f"p{n}-{k}", 20.0 + k, cell=2000 + n))
                rows.append(lost(f"p{n}-{k}", 600.0 + k % 30, cell=2000 + n))
        return sorted(rows, key=lambda row: float(row["at_s"])), make.register(*cells)

    rows, register = outage(4)
    assert found(make, *rows, register=register, rule=LostArea(hold_s=60.0)) == []
    blind = LostArea(hold_s=60.0, excuse_restart=False, excuse_crowd=False)
    assert len(found(make, *rows, register=register, rule=blind)) == 48
    rows, register = outage(40)
    midst = found(make, *rows, register=register, rule=LostArea(hold_s=60.0))
    assert {f.who.split("-")[0] for f in midst} == {"p5"}
