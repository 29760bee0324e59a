"""Mismatches by area and place: what stands out, what places get used to, what is found once."""

from collections.abc import Iterable
from math import floor
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import Clusters, Found
from detectors.model.finding import Observation
from detectors.rules.unexpected_old_area.by_area import CELLS_SHARE, SITE, Mismatches

MOST = 1.5
OUTLOOK = Outlook(repeats=False)
WINDOW_S = 600.0


def named(
    make: Any, who: int, at_s: float, area: int, east_m: float = 0.0, share: float = 0.0
) -> Observation:
    """Somebody at a place who names an area that a share of the cells about have."""
    observation: Observation = make.observation(
        who,
        at_s,
        kind="odd",
        place=make.place(east_m),
        claimed=make.claimed(area=area, cell=None),
        values={CELLS_SHARE: share},
    )
    source = msgspec.structs.replace(observation.source, offset=who)
    return msgspec.structs.replace(observation, source=source)


def judged(
    make: Any, observations: Iterable[Observation], state: Mismatches | None = None
) -> list[Found]:
    """What is found, each observation taken in when it arrives."""
    state, found = state or Mismatches(), []
    for each in sorted(observations, key=lambda each: each.rx_ts):
        found += state.evaluate(each.rx_ts, OUTLOOK, MOST)
        state.observe(each, OUTLOOK)
    return [*found, *state.evaluate(make.t0_ms + 10**9, OUTLOOK, MOST)]


def who(found: Iterable[Found], least: int = 0) -> set[int]:
    """Numbers of those found, from one on."""
    numbers = {int(each.observation.who.lstrip("s")) for each in found}
    return {number for number in numbers if number >= least}


def usual(make: Any, windows: int, areas: dict[int, float], seed: int = 1) -> list[Observation]:
    """A place where people come from some areas, so many a window of each on average."""
    rng, rows, number = np.random.default_rng(seed), [], 0
    for window in range(windows):
        for area, rate in areas.items():
            for _ in range(int(rng.poisson(rate))):
                at_s = WINDOW_S * (window + float(rng.random()))
                rows.append(named(make, number, at_s, area, share=1.0 / len(areas)))
                number += 1
    return rows


def test_victims_of_one_area_stand_out_among_those_who_name_others(make: Any) -> None:
    often = usual(make, 60, {1: 2.0, 2: 2.0, 3: 2.0})
    victims = [named(make, 90_000 + n, WINDOW_S * 61 + n, 77) for n in range(6)]
    assert who(judged(make, [*often, *victims]), 90_000) == {90_000 + n for n in range(6)}
    # To all of the place they are too few.
    alone = Clusters()
    for each in [*often, *victims]:
        alone.observe(each, OUTLOOK)
    assert who(alone.evaluate(make.t0_ms + 10**9, OUTLOOK, MOST), 90_000) == set()


def test_a_place_gets_used_to_what_comes_of_each_area(make: Any) -> None:
    """Hour by hour, as many a window as there are; of one area after the other, too."""
    late = 72
    steady = usual(make, 144, {1: 2.0, 2: 2.0, 3: 2.0})
    found = [each for each in judged(make, steady) if each.rx_ms > make.t0_ms + late * 600_000]
    assert len(found) <= 0.05 * len(steady)
    shuttle = [
        named(make, 5 * window + n, WINDOW_S * window + 60.0 + 20.0 * n, window % 3, share=0.3)
        for window in range(144)
        for n in range(5)
    ]
    found = [each for each in judged(make, shuttle) if each.rx_ms > make.t0_ms + late * 600_000]
    assert len(found) <= 0.1 * len(shuttle)


@pytest.mark.parametrize("victims", [6, 20])
def test_mismatches_of_other_areas_all_over_the_town_hide_nobody(make: Any, victims: int) -> None:
    places = [
        named(make, 100 * place + n, 300.0 + 20.0 * n, place, 4000.0 * place, share=1.0)
        for place in range(1, 7)
        for n in range(10)
    ]
    taken = [named(make, 90_000 + n, 450.0 + n, 77) for n in range(victims)]
    assert len(who(judged(make, [*places, *taken]), 90_000)) == victims
    # As many as name it here do everywhere: the core has forgotten it.
    everywhere = [msgspec.structs.replace(one, claimed=taken[0].claimed) for one in places]
    assert who(judged(make, [*everywhere, *taken[:6]]), 90_000) == set()


def test_three_who_name_one_area_are_too_few(make: Any) -> None:
    """Where many name many, somebody else always happens to name the same one."""
    often = usual(make, 60, {1: 2.0, 2: 2.0, 3: 2.0})
    named_by = [named(make, 90_000 + n, WINDOW_S * 61 + n, 77) for n in range(4)]
    assert who(judged(make, [*often, *named_by[:3]]), 90_000) == set()
    assert len(who(judged(make, [*often, *named_by]), 90_000)) == 4


def test_of_those_who_come_back_on_one_cell_two_count(make: Any) -> None:
    """A cell that reaches far, or is in a wrong place, brings many from one area; victims come back
    on the cells about."""
    often = usual(make, 60, {1: 2.0, 2: 2.0, 3: 2.0})

    def back(cells: int) -> list[Observation]:
        rows = [named(make, 90_000 + n, WINDOW_S * 61 + n, 77) for n in range(8)]
        seen_on = [f"lte-460-0-4100-{n % cells}" for n in range(8)]
        return [
            msgspec.structs.replace(row, values={**row.values, "seen_on": cell})
            for row, cell in zip(rows, seen_on, strict=True)
        ]

    assert who(judged(make, [*often, *back(1)]), 90_000) == set()
    assert len(who(judged(make, [*often, *back(3)]), 90_000)) == 6
    assert len(who(judged(make, [*often, *back(8)]), 90_000)) == 8


def test_the_cells_about_say_what_may_be_named_some_day(make: Any) -> None:
    """Calls fall back to the area of a place, one day, though few ever did."""
    often = usual(make, 60, {1: 10.0})
    at_s = WINDOW_S * 61
    local = [named(make, 90_000 + n, at_s + n, 2, share=1.0) for n in range(8)]
    foreign = [named(make, 90_000 + n, at_s + n, 2, share=0.0) for n in range(8)]
    assert who(judged(make, [*often, *local]), 90_000) == set()
    assert len(who(judged(make, [*often, *foreign]), 90_000)) == 8


def test_each_message_is_found_once_by_whichever_count(make: Any) -> None:
    """First by its area; later, with all who come to the place, it waits no more."""
    often = [
        named(make, 10 * window + n, WINDOW_S * window + 100.0 + 40.0 * n, 1, share=1.0)
        for window in range(30)
        for n in range(10)
    ]
    taken = [named(make, 90_000 + n, WINDOW_S * 30 + 30.0 + n, 77) for n in range(5)]
    more = [named(make, 95_000 + n, WINDOW_S * 30 + 200.0 + n, 1, share=1.0) for n in range(60)]
    found = [each.observation.who for each in judged(make, [*often, *taken, *more])]
    assert len(found) == len(set(found))
    assert {f"s{90_000 + n}" for n in range(5)} <= set(found)
    assert len(found) > 40


def test_of_both_counts_the_one_that_says_more_counts(make: Any) -> None:
    often = usual(make, 60, {1: 2.0, 2: 2.0, 3: 2.0})
    victims = [named(make, 90_000 + n, WINDOW_S * 61 + n, 77) for n in range(40)]
    found = [each for each in judged(make, [*often, *victims]) if each.seen >= 30]
    assert {each.weight for each in found} == {MOST}


def on_site(make: Any, who: int, at_s: float, area: int, site: str) -> Observation:
    """Somebody back on a site."""
    one = named(make, who, at_s, area)
    return msgspec.structs.replace(one, values={**one.values, SITE: site})


def test_places_on_a_site_are_by_area_and_for_a_window(make: Any) -> None:
    state = Mismatches()
    counted = []
    for who_, at_s, area in (
        (1, 0.0, 7),
        (2, 10.0, 7),
        (3, 20.0, 7),
        (4, 30.0, 8),
        (1, 40.0, 7),
        (5, 700.0, 7),
    ):
        before = len(state.by_area.waiting)
        state.observe(on_site(make, who_, at_s, area, "mast"), OUTLOOK)
        counted.append(len(state.by_area.waiting) > before)
    assert counted == [True, True, False, True, True, True]


def test_one_that_is_odd_over_and_over_takes_nobodys_place(make: Any) -> None:
    outlook, state = Outlook(), Mismatches()
    for n in range(20):
        state.observe(on_site(make, n % 2, 300.0 * n, 7, "mast"), outlook)
    state.observe(on_site(make, 9, 6000.0, 7, "mast"), outlook)
    assert [each.observation.who for each in state.by_area.waiting][-1] == "s9"


def test_those_elsewhere_are_counted_over_the_turn_of_a_window(make: Any) -> None:
    """An outage goes on, on few cells elsewhere and many here."""
    rows = [
        on_site(make, 100 * place + n, at_s + n, 77, f"{place}-{n % (20 if place == 8 else 2)}")
        for place in range(1, 9)
        for at_s in (350.0, 405.0)
        for n in range(30)
    ]
    rows = [
        msgspec.structs.replace(row, place=make.place(4000.0 * int(row.who[1:-2])), who=f"t{n}")
        for n, row in enumerate(rows)
    ]
    state, found = Mismatches(), []
    for each in sorted(rows, key=lambda each: each.rx_ts):
        found += state.evaluate(each.rx_ts, OUTLOOK, MOST)
        state.observe(each, OUTLOOK)
    # At first nobody knows that it is everywhere.
    found += state.evaluate(make.t0_ms + 10**9, OUTLOOK, MOST)
    assert [each for each in found if each.rx_ms > make.t0_ms + 380_000] == []


def test_bit_by_bit_and_restored_it_finds_the_same(make: Any) -> None:
    rows = usual(make, 6, {1: 3.0, 2: 3.0})
    rows += [named(make, 90_000 + n, 2000.0 + 7.0 * n, 77) for n in range(8)]
    at_once, restored, state = judged(make, rows), [], Mismatches()
    for each in sorted(rows, key=lambda each: each.rx_ts):
        for ms in (each.rx_ts - 3_000, each.rx_ts):
            restored += state.evaluate(ms, OUTLOOK, MOST)
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Mismatches)
        state.observe(each, OUTLOOK)
    restored += state.evaluate(make.t0_ms + 10**9, OUTLOOK, MOST)
    assert restored == at_once
    assert at_once


def test_memory_is_bounded_over_areas_and_messages(make: Any) -> None:
    state, sizes = Mismatches(), []
    for n in range(4000):
        at_ms = make.t0_ms + 100 * n
        state.evaluate(at_ms, OUTLOOK, MOST)
        one = named(make, n, 0.1 * n, n, 50_000.0 * floor(n / 400))
        one = msgspec.structs.replace(one, values={**one.values, "seen_on": f"cell-{n}"})
        state.observe(one, OUTLOOK)
        sizes.append((len(state.areas), len(state.on_sites), len(state.found)))
    most = [max(each) for each in zip(*sizes, strict=True)]
    assert most[0] == 256
    assert most[1] == 2048
    assert most[2] <= 2048
    # After a quiet hour those who came back before are forgotten, two with each who comes.
    for n in range(40):
        one = named(make, 5000 + n, 4000.0 + n, n)
        values = {**one.values, "seen_on": f"late-{n}"}
        state.observe(msgspec.structs.replace(one, values=values), OUTLOOK)
    assert len(state.on_sites) <= 2048 - 40 + 2


def test_what_a_release_before_stored_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.msgpack.decode(msgspec.msgpack.encode(Clusters()), type=Mismatches)
