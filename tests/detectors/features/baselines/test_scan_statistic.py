"""Counting odd messages by place: who counts, when they are found, what explains them, bounds."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.baselines.outlook import Outlook
from detectors.features.baselines.scan_statistic import STANDS_FOR, TARGET, Clusters, Found
from detectors.features.baselines.tiles import Tile
from detectors.model.finding import Observation

MOST = 9.0
#: Nothing but the floor and the number of subscribers decides.
BARE = Outlook(habit=False, crowd=False, widespread=False, repeats=False)
EVERYTHING = Outlook()


def odd(
    make: Any,
    number: int = 0,
    at_s: float = 0.0,
    east_m: float = 0.0,
    target: str | None = None,
) -> Observation:
    """Subscriber ``number`` says something odd so far from the site."""
    place, values = make.place(east_m), {} if target is None else {TARGET: target}
    observation: Observation = make.observation(
        number, at_s, kind="odd", place=place, values=values
    )
    return observation


def plain(make: Any, at_s: float = 0.0, east_m: float = 0.0, stands_for: int = 1) -> Observation:
    values = {STANDS_FOR: stands_for}
    observation: Observation = make.observation(
        0, at_s, kind="plain", place=make.place(east_m), values=values
    )
    return observation


def judged(
    make: Any, observations: Iterable[Observation], outlook: Outlook = BARE, until_s: float = 1e7
) -> list[Found]:
    """What a fresh zone finds in observations in this order, all taken in before it evaluates."""
    clusters = Clusters()
    for observation in observations:
        clusters.observe(observation, outlook)
    return list(clusters.evaluate(make.t0_ms + round(until_s * 1000), outlook, MOST))


def test_two_subscribers_of_one_place_count_and_one_does_not(make: Any) -> None:
    assert judged(make, [odd(make, 0), odd(make, 0, 1.0)]) == []
    found = judged(make, [odd(make, 0), odd(make, 1, 1.0)])
    assert [each.observation.who for each in found] == ["s0", "s1"]
    assert {each.seen for each in found} == {2}
    assert {each.expected for each in found} == {BARE.floor}


def test_devices_and_subscribers_of_one_name_are_two(make: Any) -> None:
    same = msgspec.structs.replace(odd(make, 0, 1.0), space="device")
    assert len(judged(make, [odd(make, 0), same])) == 2


def test_next_to_each_other_is_one_place_and_kilometres_apart_is_not(make: Any) -> None:
    assert len(judged(make, [odd(make, 0), odd(make, 1, east_m=600.0)])) == 2
    assert judged(make, [odd(make, 0), odd(make, 1, east_m=3000.0)]) == []
    nowhere = [msgspec.structs.replace(odd(make, n), place=None) for n in range(2)]
    assert len(judged(make, nowhere)) == 2


def test_what_is_about_different_targets_is_not_counted_together(make: Any) -> None:
    assert judged(make, [odd(make, 0, target="a"), odd(make, 1, target="b")]) == []
    assert len(judged(make, [odd(make, n, target="a") for n in range(2)])) == 2


def test_what_was_found_honest_about_a_target_silences_that_target_only(make: Any) -> None:
    both = [odd(make, n, target=target) for target in "ab" for n in range(3)]
    honest = make.observation(9, 0.0, kind="honest", place=make.place(), values={TARGET: "a"})
    found = judged(make, [*both, honest])
    assert [each.observation.values[TARGET] for each in found] == ["b"] * 3


def test_an_odd_message_waits_for_others_and_is_then_found(make: Any) -> None:
    clusters = Clusters()
    assert clusters.next_due_ms() is None
    clusters.observe(odd(make, 0), BARE)
    due_ms = make.t0_ms + BARE.hold_ms
    assert clusters.next_due_ms() == due_ms
    clusters.observe(odd(make, 1, 14.0), BARE)
    assert list(clusters.evaluate(due_ms - 1, BARE, MOST)) == []
    (first,) = clusters.evaluate(due_ms, BARE, MOST)
    assert (first.observation.who, first.rx_ms) == ("s0", due_ms)


def test_one_that_came_too_early_is_found_with_those_that_support_it(make: Any) -> None:
    clusters = Clusters()
    clusters.observe(odd(make, 0), BARE)
    assert list(clusters.evaluate(make.t0_ms + 60_000, BARE, MOST)) == []
    clusters.observe(odd(make, 1, 100.0), BARE)
    late = list(clusters.evaluate(make.t0_ms + 200_000, BARE, MOST))
    assert {each.observation.who for each in late} == {"s0", "s1"}
    assert {each.rx_ms for each in late} == {make.t0_ms + 115_000}


def test_a_place_has_half_of_a_zones_traffic_at_most(make: Any) -> None:
    """A small town is no place of its own: when its core restarts, there must be an elsewhere."""
    town = [plain(make, n, 1000.0 * (n % 2), stands_for=200) for n in range(8)]
    here = [odd(make, n, 20.0 + n) for n in range(20)]
    there = [odd(make, 100 + n, 20.0 + n, 1000.0) for n in range(20)]
    outlook = Outlook(habit=False, widespread=False)
    assert judged(make, [*town, *here, *there], outlook) == []
    assert len(judged(make, [*town, *here], outlook)) == 20
    # As long as hardly any traffic is known, nothing is left out.
    found = judged(make, [*town[:2], *here, *there], outlook)
    assert {each.seen for each in found} == {40}


def test_what_is_honest_about_a_target_next_door_silences_it_in_a_small_town(make: Any) -> None:
    town = [plain(make, n, 1000.0 * (n % 2), stands_for=200) for n in range(8)]
    both = [odd(make, n, 10.0, target="a") for n in range(6)]
    values = {TARGET: "a"}
    honest = make.observation(9, 9.0, kind="honest", place=make.place(1000.0), values=values)
    assert len(judged(make, [*town, *both], BARE)) == 6
    assert judged(make, [*town, honest, *both], BARE) == []


def test_a_tile_of_a_release_before_has_its_habit(make: Any) -> None:
    """What the count was before the window before is new in the state of a tile."""
    old = msgspec.to_builtins(Tile(7, usual=2.0, windows=9))[:-1]
    assert msgspec.convert(old, Tile).before == 2.0


def test_what_goes_on_is_no_habit(make: Any) -> None:
    """What began in the window before, up to 400 s here, is no habit yet; what was before is."""
    outlook = Outlook(crowd=False, widespread=False, least_subscribers=10)
    about = [(east_m, at_s) for east_m in (-1000.0, 0.0, 1000.0) for at_s in (390.0, 391.0)]
    began = [odd(make, n, at_s, east_m) for n, (east_m, at_s) in enumerate(about)]
    goes_on = [odd(make, 100 + n, 410.0 + n) for n in range(6)]
    found = judged(make, [*began, *goes_on], outlook)
    assert {each.expected for each in found if each.observation.who == "s105"} == {outlook.floor}
    later = [odd(make, 200 + n, 1010.0 + n) for n in range(30)]
    found = judged(make, [*began, *later], outlook)
    assert {each.expected for each in found if each.observation.who == "s229"} == {3.0}


@given(
    who=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    places=st.lists(st.sampled_from([0.0, 400.0, 5000.0]), min_size=12, max_size=12),
    plains=st.integers(0, 30),
    data=st.data(),
)
def test_the_order_of_what_came_at_once_does_not_matter(
    make: Any, who: list[int], places: list[float], plains: int, data: st.DataObject
) -> None:
    outlook = msgspec.structs.replace(EVERYTHING, repeats=False)
    observations = [odd(make, n, east_m=east_m) for n, east_m in zip(who, places, strict=False)]
    observations += [plain(make, stands_for=8) for _ in range(plains)]
    other = data.draw(st.permutations(observations))
    evaluated = [
        sorted(
            (each.observation.who, each.observation.digest(), each.weight, each.seen)
            for each in found
        )
        for found in (judged(make, observations, outlook), judged(make, other, outlook))
    ]
    assert evaluated[0] == evaluated[1]


@pytest.mark.slow
@given(few=st.integers(2, 40), more=st.integers(0, 60))
def test_more_subscribers_never_weigh_less(make: Any, few: int, more: int) -> None:
    def weight(count: int) -> float:
        found = judged(make, [odd(make, n) for n in range(count)], EVERYTHING)
        return max(each.weight for each in found)

    assert 0.0 < weight(few) <= weight(few + more) <= MOST


@given(people=st.integers(0, 3000), more=st.integers(0, 3000))
def test_more_traffic_never_makes_it_odder(make: Any, people: int, more: int) -> None:
    outlook = msgspec.structs.replace(BARE, crowd=True, least_weight=0.0)

    def found(count: int) -> Found:
        traffic = plain(make, stands_for=count)
        return judged(make, [traffic, *(odd(make, n) for n in range(5))], outlook)[0]

    calm, busy = found(people + 1), found(people + more + 1)
    assert busy.weight <= calm.weight
    for each, count in ((calm, people + 1), (busy, people + more + 1)):
        usual = max(outlook.floor, outlook.usual_share * count)
        assert each.expected == pytest.approx(usual, abs=0.001)


@given(cuts=st.lists(st.integers(0, 400), max_size=4))
def test_evaluating_bit_by_bit_finds_the_same(make: Any, cuts: list[int]) -> None:
    observations = [odd(make, n % 7, 11.0 * n, 400.0 * (n % 3)) for n in range(30)]
    whole, parts = Clusters(), Clusters()
    for observation in observations:
        whole.observe(observation, BARE)
        parts.observe(observation, BARE)
    found: list[Found] = []
    for cut_s in [*sorted(cuts), 1000]:
        found += parts.evaluate(make.t0_ms + cut_s * 1000, BARE, MOST)
        parts = msgspec.msgpack.decode(msgspec.msgpack.encode(parts), type=Clusters)
    assert found == list(whole.evaluate(make.t0_ms + 1_000_000, BARE, MOST))


def test_a_subscriber_that_is_odd_over_and_over_stops_counting(make: Any) -> None:
    outlook = msgspec.structs.replace(BARE, repeats=True)
    again = [odd(make, 0, 10.0 * n) for n in range(10)]
    assert len(judged(make, [*again, odd(make, 1)], outlook)) == outlook.most_repeats + 1
    assert len(judged(make, [*again, odd(make, 1)], BARE)) == 11


def test_one_that_is_odd_all_day_makes_no_habit_and_others_each_do(make: Any) -> None:
    outlook = msgspec.structs.replace(BARE, habit=True)
    burst = [odd(make, 1000 + n, 35_990.0 + 0.1 * n) for n in range(20)]
    one = [odd(make, 0, 60.0 * minute) for minute in range(600)]
    assert judged(make, [*one, *burst], outlook)[-1].expected == outlook.floor
    many = [odd(make, n, 600.0 * n) for n in range(60)]
    assert judged(make, [*many, *burst], outlook)[-1].expected == pytest.approx(1.0, abs=0.1)


def test_a_place_forgets_what_is_over(make: Any) -> None:
    first = odd(make, 0)
    for gap_s, count in ((600.0, 2), (1300.0, 0)):
        clusters, found = Clusters(), 0
        for observation in (first, odd(make, 1, gap_s)):
            clusters.observe(observation, BARE)
            found += len(list(clusters.evaluate(observation.rx_ts + BARE.hold_ms, BARE, MOST)))
        assert found == count


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["odd", "plain"])
def test_memory_is_bounded_over_places_names_and_time(make: Any, kind: str) -> None:
    clusters, sizes = Clusters(), []
    for n in range(300):
        clusters.observe(odd(make, n), EVERYTHING)
    assert len(clusters.tiles) == 1
    assert all(len(tile.who) == 128 for tile in clusters.tiles.values())
    for turn in range(3):
        for n in range(5000):
            at_s = turn * 700.0 + n * 0.1
            observation = odd(make, turn * 5000 + n, at_s, 50.0 * n) if kind == "odd" else None
            clusters.observe(observation or plain(make, at_s, 1500.0 * n), EVERYTHING)
        list(clusters.evaluate(make.t0_ms + round((turn * 700.0 + 690.0) * 1000), EVERYTHING, MOST))
        sizes.append(len(msgspec.msgpack.encode(clusters)))
    assert len(clusters.tiles) <= 4096
    assert len(clusters.repeats) <= 1024
    assert all(
        len(tile.who) <= 128 and len(tile.unreported) <= 16 for tile in clusters.tiles.values()
    )
    assert clusters.waiting == []
    assert sizes[2] <= 1.2 * sizes[1]
