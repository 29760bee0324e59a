"""What provinces put up, and how the nation puts windows and sketches together."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.rare_messages import OURS
from detectors.rollup.national import Nation
from detectors.rollup.records import Progress, Window
from detectors.rollup.sketch import Sketch, is_sketch, merged
from tests.detectors.rollup.made import (
    DAY,
    HOUR,
    T0,
    alert,
    campaign,
    mark,
    named,
    province,
    window,
)


def count(window: Window) -> tuple[int, int, float, float]:
    suspects, calls = merged([window.suspects]).about, merged([window.calls]).about
    return window.alerts, window.people, round(suspects), round(calls)


def test_a_window_counts_what_is_new_and_a_later_version_replaces_it() -> None:
    east, versions = province(), {}
    east.take(alert(numbers=["n1", "n2"]), named)
    (first,) = east.windows(versions, T0)
    assert (first.version, first.start, first.group) == (1, T0, "scam_campaign")
    assert count(first) == (1, 5, 2, 1)
    assert east.windows(versions, T0) == []
    later = {"last_seen": T0 + HOUR, "devices": 8, "calls": ["c1", "c2"]}
    east.take(alert(revision=2, numbers=["n1", "n2", "n3"], **later), named)
    (second,) = east.windows(versions, T0)
    assert (second.version, second.start, count(second)) == (1, T0 + HOUR, (1, 3, 1, 1))
    # A late one changes an hour that was counted before.
    east.take(alert("b", numbers=["n9"], calls=["c9"]), named)
    (again,) = east.windows(versions, T0)
    assert (again.version, again.start, count(again)) == (2, T0, (2, 10, 3, 2))
    nation = Nation()
    for each in (again, first, second):
        nation.take(each)
    (one, two) = nation.news(T0).windows
    assert (one.alerts, one.people, round(one.suspects)) == (2, 10, 3)
    assert two.start == T0 + HOUR


def test_revisions_that_are_read_again_change_nothing() -> None:
    east, versions = province(), {}
    assert east.take(alert(), named) is not None
    east.windows(versions, T0)
    assert east.take(alert(), named) is None
    assert east.take(alert(revision=1, devices=50), named) is None
    assert east.windows(versions, T0) == []


def test_what_is_older_than_is_kept_stays_as_it_is() -> None:
    east, versions = province(), {}
    east.take(alert(last_seen=T0 + 15 * DAY), named)
    assert len(east.windows(versions, T0)) == 1
    east.take(alert("old"), named)
    assert east.windows(versions, T0) == []


def test_alerts_of_stations_and_impersonated_owners_stay_in_the_province() -> None:
    east = province()
    assert east.take(alert(kind="fake_base_station"), named) is None
    found = east.take(alert(numbers=["n1", "owner"], roles={"owner": "impersonated"}), named)
    assert found is not None
    campaign, marks = found
    assert [one.number for one in campaign.numbers] == ["N-n1"]
    assert [one.number for one in marks] == ["N-n1"]
    # Nor what has no national name, such as the name that a producer gave itself.
    (bare, _) = east.take(
        alert("c", numbers=["n1", "x"]), lambda one: named(one) if one == "n1" else None
    )
    assert [one.number for one in bare.numbers] == ["N-n1"]


def test_the_people_of_a_province_are_nothing_but_a_count() -> None:
    campaign, _ = province().take(alert(devices=7, calls=["secret-call"]), named)
    east = province()
    east.take(alert(devices=7, calls=["secret-call"]), named)
    (window,) = east.windows({}, T0)
    for record in (campaign, window):
        assert b"secret-call" not in msgspec.json.encode(record)
    assert campaign.people == 7


@given(st.lists(st.lists(st.integers(0, 400), max_size=300), min_size=1, max_size=4))
def test_sketches_merge_as_sets_do(parts: list[list[int]]) -> None:
    sketches = [Sketch(map(str, part)).bytes() for part in parts]
    true = len(set().union(*parts))
    found = merged(sketches)
    assert abs(found.about - true) <= max(1.0, 0.06 * true)
    assert found.low <= found.about <= found.high
    assert merged([*sketches, *sketches, b"no sketch"]).about == pytest.approx(found.about)


@pytest.mark.parametrize("count", [1_000, 30_000])
def test_a_sketch_of_many_is_as_exact_as_it_should_be(count: int) -> None:
    errors = []
    for seed in range(20):
        names = [f"{seed}-{n}" for n in range(count)]
        half = count // 2
        parts = [Sketch(names[: half + half // 2]).bytes(), Sketch(names[half:]).bytes()]
        errors.append(merged(parts).about / count - 1)
    rms = (sum(each**2 for each in errors) / len(errors)) ** 0.5
    print(f"{count}: {100 * rms:.2f} % over {len(errors)} draws")
    assert rms < 0.03


@given(st.binary(max_size=64))
def test_what_is_no_sketch_is_none(raw: bytes) -> None:
    assert merged([raw]).about >= 0
    assert not is_sketch(raw + bytes(9000))


def test_a_silent_province_holds_nothing_back_and_is_replaced_when_it_speaks() -> None:
    nation = Nation()
    nation.take(Progress(province="silent", as_of=T0 - DAY))
    nation.take(window("east", 1, ["a", "b"]))
    (first,) = nation.news(T0).windows
    assert (first.provinces, round(first.suspects)) == ({"east": T0}, 2)
    assert nation.how_far(T0).provinces == {"east": T0, "silent": T0 - DAY}
    nation.take(window("silent", 3, ["b", "c"], as_of=T0 + DAY))
    (second,) = nation.news(T0).windows
    assert (second.version, round(second.suspects), second.people) == (2, 3, 4)
    assert second.provinces == {"east": T0, "silent": T0 + DAY}
    # An earlier version that comes after it is no news.
    nation.take(window("silent", 2, ["z"]))
    assert nation.news(T0).windows == []


def test_records_in_any_order_give_the_same_nation() -> None:
    records: list[Any] = [
        *(
            window(name, v, [f"{name}{v}", "x"], T0 + HOUR * (v % 2))
            for name in "pq"
            for v in range(4)
        ),
        *(
            campaign(name, f"a{n}", f"n{n}", "shared", revision=r)
            for name in "pq"
            for n in range(3)
            for r in (1, 2)
        ),
        *(
            mark(name, f"n{n}", by, T0 + n)
            for name in "pq"
            for n in range(3)
            for by in ("app", OURS)
        ),
    ]
    wanted = None
    for seed in range(20):
        nation = Nation()
        order = random.Random(seed).sample(records, len(records))
        for place, record in enumerate(order):
            nation.take(record)
            if place % 7 == 0:
                nation.news(T0)
        nation.news(T0)
        plain = (
            {k: msgspec.structs.replace(v, version=0) for k, v in nation.windows_before.items()},
            {
                k: msgspec.structs.replace(v, version=0)
                for k, v in nation.tied.written.items()
                if v.status != "merged"
            },
            nation.marks.all_written(),
        )
        wanted = wanted or plain
        assert plain == wanted


def test_what_was_written_is_not_written_again_by_the_next_process() -> None:
    records: list[Any] = [window("east", 1, ["a"]), campaign("east", "a", "n1"), mark("east", "n1")]
    first = Nation()
    for record in records:
        first.take(record)
    news = first.news(T0)
    assert len(news.windows) == len(news.campaigns) == len(news.marks) == 1
    second = Nation()
    for written in (*news.windows, *news.campaigns, *news.marks.values()):
        second.wrote(written)
    for record in records:
        second.take(record)
    again = second.news(T0)
    assert (again.windows, again.campaigns, again.marks) == ([], [], {})


def test_a_wrong_clock_makes_nothing_of_others_forgotten() -> None:
    nation = Nation()
    nation.take(campaign("east", "a", "n1"))
    nation.take(window("east", 1, ["n1"]))
    nation.news(T0 + HOUR)
    far = T0 + 1000 * DAY
    nation.take(campaign("west", "b", "n2", last_seen=far))
    nation.take(window("west", 1, ["n2"], start=far))
    nation.news(T0 + 2 * HOUR)
    nation.take(campaign("south", "c", "n1"))
    nation.take(window("south", 1, ["n3"]))
    news = nation.news(T0 + 3 * HOUR)
    assert [one.provinces for one in news.campaigns] == [["east", "south"]]
    assert [round(one.suspects) for one in news.windows] == [2]
    # Once that time has come they are forgotten.
    nation.news(far + DAY)
    nation.news(far + DAY)
    assert set(nation.windows_before) == {(far, "wangiri")}
    assert {one.provinces[0] for one in nation.tied.written.values()} == {"west"}
