"""Whom a listed cell serves at a place, and what its late phones then say."""

from itertools import permutations
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import pytest

from detectors.features.facts import Origin
from detectors.features.rows.placed_reports import SEEN
from detectors.model.finding import Observation
from detectors.rules.held_back import listed_cells
from detectors.rules.held_back.lateness import Late
from detectors.rules.held_back.listed_cells import Served, about_mast, cut_off_nats, strongest
from detectors.rules.held_back.rule import HeldBack
from detectors.rules.held_back.zone_state import HeldBackState
from detectors.sites.cell_number import cell_number
from detectors.sites.report_windows import DEGREE
from detectors.sites.site_census import SiteCensus, reports_of

PROMPT = -1.4


def census(make: Any, *rows: dict[str, Any]) -> list[Observation]:
    """Of phones on the town's cell, which send at once."""
    counted = SiteCensus()
    counted.take(make.facts(make.measurements(*rows)))
    return counted.due(1 << 60, Origin("cell.measurements", 0))


def cell(make: Any) -> int:
    number = cell_number(make.claimed(rat="lte", area=4100, cell=1001))
    assert number is not None
    return number


def late(make: Any, number: int, east_m: float, kind: str = "late", nats: float = 2.0) -> Late:
    seen = make.observation(number, detector="held_back", kind=kind, place=make.place(east_m))
    return Late(nats, seen)


def served(make: Any, *east_m: float, at_s: float = 60.0) -> Any:
    rows = np.zeros(len(east_m), dtype=SEEN)
    for row, metres in zip(rows, east_m, strict=True):
        row["lat"], row["lon"] = (round(axis * DEGREE) for axis in make.at(metres))
    rows["phone"] = np.arange(len(rows))
    rows["window_ms"] = make.t0_ms + 1000 * at_s
    return rows


def test_a_phone_s_newest_place_counts_whatever_the_order(make: Any) -> None:
    windows = [
        census(make, {"device": "a", "at_s": at_s, "lat": make.at(0.0, at_s)[0]})
        for at_s in (10.0, 70.0, 130.0)
    ]
    found = set()
    for order in permutations(windows):
        kept = Served()
        for each in [observation for some in order for observation in some]:
            kept.take_reports(reports_of(each))
        (row,) = kept.phones(cell(make), make.t0_ms + 200_000).tolist()
        found.add(row)
    assert len(found) == 1
    assert found.pop()[3] / DEGREE == pytest.approx(make.at(0.0, 130.0)[0], abs=1e-6)


def test_half_an_hour_later_nobody_is_served(make: Any) -> None:
    kept = Served()
    for each in census(make, {"at_s": 10.0}):
        kept.take_reports(reports_of(each))
    assert len(kept.phones(cell(make), make.t0_ms + 60_000)) == 1
    assert len(kept.phones(cell(make), make.t0_ms + 1_900_000)) == 0
    assert len(kept.phones(cell(make) + 1, make.t0_ms + 60_000)) == 0


def test_what_is_kept_is_bounded_and_the_same_after_a_restart(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed_cells, "_FEW", 8)
    monkeypatch.setattr(listed_cells, "_PHONES", 16)
    kept, again = Served(), Served()
    sizes = []
    for minute in range(60):
        rows = [{"device": f"{minute}-{n}", "at_s": 60.0 * minute + n} for n in range(10)]
        for each in census(make, *rows):
            kept.take_reports(reports_of(each))
            again = msgspec.msgpack.decode(msgspec.msgpack.encode(again), type=Served)
            again.take_reports(reports_of(each))
        sizes.append(len(kept.rows))
        newest = kept.phones(cell(make), make.t0_ms + 60_000 * minute + 60_000)
        assert len(newest) == min(10 * (minute + 1), 16)
    assert kept == again
    assert max(sizes) <= (listed_cells._TIMES * 16 + 10) * SEEN.itemsize


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
def test_what_is_forgotten_does_not_depend_on_partitions_nor_on_places(
    make: Any, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed_cells, "_FEW", 8)
    monkeypatch.setattr(listed_cells, "_MOST", 40)

    def kept_of(parts: int) -> Served:
        kept = Served()
        for window in range(4):
            rows = [
                {"device": f"p{n}", "at_s": 30.0 * window + 1.0, "lat": make.at(0.0, 20.0 * n)[0]}
                for n in range(60)
            ]
            for part in range(parts):
                for each in census(make, *rows[part::parts]):
                    kept.take_reports(reports_of(each))
        return kept

    now_ms = make.t0_ms + 130_000
    once, cut = (kept_of(each).phones(cell(make), now_ms) for each in (1, parts))
    assert once.tolist() == cut.tolist()
    # Neither the north nor the south is forgotten first.
    assert 20 <= np.median((once["lat"] / DEGREE - make.at()[0]) * 111_195.0 / 20.0) <= 40


def test_one_window_of_any_size_is_bounded_too(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed_cells, "_FEW", 8)
    monkeypatch.setattr(listed_cells, "_MOST", 20)
    kept, sizes = Served(), []
    for part in range(40):
        rows = [{"device": f"{part}-{n}", "at_s": 1.0} for n in range(10)]
        for each in census(make, *rows):
            kept.take_reports(reports_of(each))
        sizes.append(len(kept.rows) // SEEN.itemsize)
    assert max(sizes) <= listed_cells._TIMES * 20 + 10


def test_arrival_in_a_far_year_is_one_like_others(make: Any) -> None:
    (late,) = census(make, {"at_s": 10.0})
    kept = Served()
    kept.take_reports(reports_of(late)._replace(window_ms=253_000_000_000_000))
    assert len(kept.phones(cell(make), 253_000_000_030_000)) == 1


def test_late_phones_of_one_place_add_up_less_whom_the_cell_serves_there(make: Any) -> None:
    four = [late(make, n, 1000.0 + 100.0 * n) for n in range(4)]
    assert strongest(four, served(make), PROMPT).nats == [2.0] * 4
    group = strongest(four, served(make, 900.0, 950.0, 4000.0), PROMPT)
    assert sorted(group.nats) == [PROMPT] * 2 + [2.0] * 4


def test_the_place_is_the_one_that_says_most(make: Any) -> None:
    near = [late(make, n, 100.0 * n) for n in range(2)]
    far = [late(make, 5 + n, 5000.0 + 100.0 * n) for n in range(3)]
    group = strongest([*near, *far], served(make, 50.0, 5050.0), PROMPT)
    assert group.late == far
    assert sum(group.nats) == pytest.approx(6.0 + PROMPT)


def test_phones_of_one_house_are_one_witness_the_promptest(make: Any) -> None:
    house = [late(make, n, 1000.0, nats=2.5 - n) for n in range(2)]
    assert strongest(house, served(make), PROMPT).nats == [1.5]
    assert strongest(house, served(make, 1000.0), PROMPT).nats == [PROMPT]


def test_where_the_cell_cannot_be_received_phones_belong_to_any_place(make: Any) -> None:
    here = [late(make, 1, 1000.0), late(make, 2, 1100.0)]
    beyond = [late(make, 3, 6000.0, "misplaced"), late(make, 4, 9000.0, "misplaced")]
    group = strongest([*here, *beyond], served(make), PROMPT)
    assert len(group.late) == 4


def test_a_phone_that_the_cell_serves_there_is_not_held(make: Any) -> None:
    both = [late(make, n, 1000.0 + 100.0 * n) for n in range(4)]
    moved = served(make, *(1000.0 + 100.0 * n + 90.0 for n in range(4)))
    moved["phone"] = [crc32(each.report.who.encode()) for each in both]
    assert strongest(both, moved, PROMPT).late == []


def test_a_misplaced_phone_that_is_served_counts_once(make: Any) -> None:
    victims = [late(make, n, 6000.0 + 100.0 * n, "misplaced") for n in range(4)]
    prompt = late(make, 9, 6500.0, "misplaced", PROMPT)
    again = served(make, 6630.0)
    again["phone"] = crc32(prompt.report.who.encode())
    group = strongest([*victims, prompt], again, PROMPT)
    assert sorted(group.nats) == [PROMPT, 2.0, 2.0, 2.0, 2.0]


def test_late_phones_about_the_mast_show_that_it_is_cut_off(make: Any) -> None:
    about_it = [late(make, n, 60.0 * n, "near") for n in range(6)]
    assert cut_off_nats(about_it, served(make), PROMPT) == pytest.approx(6.0)
    # Three may be hostile; and whom it serves there shows that it isn't.
    assert cut_off_nats(about_it[:3], served(make), PROMPT) == 0.0
    assert cut_off_nats(about_it, served(make, 10.0, 200.0, 5000.0), PROMPT) == pytest.approx(3.2)
    assert cut_off_nats(about_it, served(make, *range(0, 300, 40)), PROMPT) == 0.0
    # But it was not always so.
    before = served(make, *range(0, 300, 40), at_s=-60.0)
    assert cut_off_nats(about_it, before, PROMPT) == pytest.approx(6.0)
    away = [late(make, n, 2500.0 + 100.0 * n) for n in range(3)]
    assert strongest([*away, *about_it], served(make), PROMPT).late == away


def test_a_mast_is_cut_off_though_the_register_has_its_code_wrong(make: Any) -> None:
    """Late phones at the mast say so, and count for no clone."""
    about_it = [late(make, n, 60.0 * n, "at_mast") for n in range(6)]
    assert about_mast(about_it) == about_it
    assert cut_off_nats(about_it, served(make), PROMPT) == pytest.approx(6.0)
    assert strongest(about_it, served(make), PROMPT).late == []
    elsewhere = [late(make, n, 60.0 * n, "misplaced") for n in range(6)]
    assert about_mast(elsewhere) == []


def test_late_phones_of_long_before_do_not_say_since_when_it_is_cut_off(make: Any) -> None:
    """Some phone is always late; what it served between says that it wasn't cut off then."""
    long_before = [late(make, n, 60.0 * n, "near") for n in range(3)]
    since = [
        Late(2.0, msgspec.structs.replace(each.report, ts=each.report.ts + 900_000))
        for each in (late(make, 9 + n, 60.0 * n, "near") for n in range(6))
    ]
    between = served(make, *range(0, 300, 40))
    assert cut_off_nats([*long_before, *since], between, PROMPT) == pytest.approx(6.0)
    # Three that may be hostile say nothing, whatever was so before.
    assert cut_off_nats([*long_before, *since[:3]], between, PROMPT) == 0.0


def test_screening_knows_what_is_received_at_its_mast_with_another_code(make: Any) -> None:
    rule = HeldBack()
    planned = {"pci": 7.0, "range_m": 1000.0}
    rows = [
        {
            "device": f"d{n}",
            "at_s": 60.0 * n,
            "rx_s": 60.0 * n + 90.0,
            "pci": 9,
            "lat": lat,
            "lon": lon,
        }
        for n, (lat, lon) in enumerate((make.at(100.0), make.at(900.0), make.at(4000.0)))
    ]
    facts = make.facts(make.measurements(*rows), make.register(**planned))
    screened = rule.screen(rule.new_state(), facts)
    kinds = [each.kind for each in screened.observations if each.claimed is not None]
    assert kinds == ["at_mast", "misplaced", "misplaced"]


def test_late_phones_on_its_other_cells_show_that_a_mast_is_cut_off(make: Any) -> None:
    """Wherever they are: a transmitter poses as one of the cells, and the others serve."""

    def of_cells(*numbers: int, rat: str = "lte", prompt: int = 0) -> float:
        state = HeldBackState()
        for at, number in enumerate(numbers):
            claimed = make.claimed(rat=rat, area=4100, cell=number)
            for n in range(6):
                seen = make.observation(
                    10 * at + n, detector="held_back", kind="misplaced", claimed=claimed,
                    place=make.place(5000.0 + 400.0 * at + 60.0 * n),
                )  # fmt: skip
                state.listed.take_in(str(cell_number(claimed)), seen, 2.0, seen.rx_ts)
        rows = served(make, *(5000.0 + 60.0 * n for n in range(prompt)))
        last = make.claimed(rat=rat, area=4100, cell=numbers[-1])
        rows["cell"] = cell_number(last)
        state.served.rows = rows.tobytes()
        first = str(cell_number(make.claimed(rat=rat, area=4100, cell=numbers[0])))
        known = list(state.listed.cells[first].values())
        return state.mast_cut_off_nats(first, known, make.t0_ms + 100_000, PROMPT)

    assert of_cells(0x4B01) == 0.0
    assert of_cells(0x4B01, 0x4B02) == pytest.approx(6.0)
    assert of_cells(0x4B01, 0x4B02, 0x4B03) == pytest.approx(18.0)
    assert of_cells(0x4B01, 0x4B02, prompt=5) == 0.0
    assert of_cells(0x4B01, 0x4C02) == 0.0  # another base station's
    assert of_cells(0x4B01, 0x4B02, rat="gsm") == 0.0
    # How long the number of an NR base station is, is the operator's choice: 32 of 36 bits at most.
    assert of_cells(0x4B01, 0x4B02, rat="nr") == pytest.approx(6.0)
    assert of_cells(0x4B01, 0x4B11, rat="nr") == 0.0


def test_whom_a_far_reaching_cell_serves_beside_its_late_phones_speaks_against_each(
    make: Any,
) -> None:
    """A mast on a hill serves a whole town, where the register says that it can't be received."""
    places = [0.0, 4000.0, 8000.0]
    known = [
        late(make, 10 * n + at, east_m + 100.0 * at, "misplaced")
        for n, east_m in enumerate(places)
        for at in range(3)
    ]
    assert sum(strongest(known, served(make), PROMPT).nats) == pytest.approx(2.0 * len(known))
    beside = served(make, *(east_m + 50.0 + 200.0 * n for east_m in places for n in range(4)))
    group = strongest(known, beside, PROMPT)
    assert sum(group.nats) == pytest.approx(2.0 * len(known) + PROMPT * len(beside))
    # Whom it serves about its own mast says nothing of the town.
    elsewhere = served(make, *(20_000.0 + 200.0 * n for n in range(4)))
    assert sum(strongest(known, elsewhere, PROMPT).nats) == pytest.approx(2.0 * len(known))
    # .. and one phone that is late there, be it hostile, makes nobody else there count.
    own = [late(make, n, 100.0 * n, "misplaced") for n in range(8)]
    there = served(make, *(10_000.0 + 200.0 * n for n in range(16)))
    one = late(make, 99, 10_000.0, "misplaced", nats=0.5)
    assert sum(strongest([*own, one], there, PROMPT).nats) == pytest.approx(16.5)
