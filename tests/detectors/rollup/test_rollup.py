"""Provinces' alerts and marks, put together: windows that replace, campaigns, marks."""

import random
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alert.record import Alert, AlertNumber, Evidence
from detectors.calls.links import MOST_OF_A_LINK
from detectors.rollup import campaigns
from detectors.rollup.marks import Marks, for_province
from detectors.rollup.national import Nation
from detectors.rollup.province import OURS, Province
from detectors.rollup.records import Campaign, Given, Mark, NationalMark, Progress, Window
from detectors.rollup.sketch import Sketch, is_sketch, merged

HOUR, DAY = 3_600_000, 86_400_000
T0 = 1_748_916_000_000 // HOUR * HOUR


def alert(name: str = "a", revision: int = 1, **other: Any) -> Alert:
    numbers = other.pop("numbers", ["n1"])
    roles = other.pop("roles", {})
    rules = other.pop("rules", ["caller_rate", "spoofed_ingress"])
    given = {
        "alert_id": name,
        "revision": revision,
        "status": "open",
        "ts": T0 + 1000,
        "first_seen": T0,
        "last_seen": T0 + 500,
        "kind": "scam_campaign",
        "identities": [],
        "probability": 0.9,
        "severity": "high",
        **dict.fromkeys(("position", "region", "radius_m", "track", "speed_mps", "bearing_deg")),
        "region_level": 0.9,
        "devices": 5,
        "reports": 9,
        "evidence": [Evidence(rule, 1, 3.0, 1, T0, T0, "") for rule in rules],
        "headline": "",
        "numbers": [
            AlertNumber(one, "8613", "mobile", roles.get(one, "caller")) for one in numbers
        ],
        "calls": ["c1"],
    }
    return Alert(**(given | other))


def named(number: str) -> str | None:
    return f"N-{number}"


def province(name: str = "east") -> Province:
    return Province(name, 14 * DAY)


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
    for window in (again, first, second):
        nation.take(window)
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
def test_a_sketch_of_many_is_as_exact_as_is_said(count: int) -> None:
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


def campaign(province: str, name: str, *numbers: str, **other: Any) -> Campaign:
    found = Province(province, 14 * DAY).take(
        alert(name, numbers=numbers, **other), lambda one: one
    )
    assert found is not None
    return found[0]


def test_a_campaign_in_two_provinces_is_one() -> None:
    parts = [
        campaign("east", "a", "n1", "n2", first_seen=T0 - 5),
        campaign("west", "a", "n2", "n3", reports=20, kind="wangiri", probability=0.97),
        campaign("west", "b", "n8"),
    ]
    found = sorted(campaigns.merged(parts), key=lambda one: -one.numbers)
    assert [(one.provinces, one.numbers) for one in found] == [(["east", "west"], 3), (["west"], 1)]
    one = found[0]
    assert (one.kind, one.probability, one.calls, one.shared) == ("wangiri", 0.97, 29, ["n2"])
    assert one.alerts == [("east", "a"), ("west", "a")]
    for order in permutations(parts):
        assert sorted(campaigns.merged(order), key=lambda one: -one.numbers) == found


def test_a_number_of_very_many_alerts_ties_nothing() -> None:
    many = [campaign("east", f"a{n}", "busy") for n in range(MOST_OF_A_LINK + 1)]
    assert len(campaigns.merged(many)) == len(many)
    assert len(campaigns.merged(many[:-1])) == 1


def test_campaigns_that_turn_out_to_be_one_say_so_and_keep_the_older_id() -> None:
    before: dict[str, Any] = {}
    apart = [campaign("east", "a", "n1"), campaign("west", "b", "n2", first_seen=T0 - 9)]
    news = campaigns.published(campaigns.merged(apart), before)
    assert {one.status for one in news} == {"open"}
    older = next(one.campaign for one in news if one.provinces == ["west"])
    newer = next(one.campaign for one in news if one.provinces == ["east"])
    apart[0] = campaign("east", "a", "n1", "n2", revision=2)
    news = campaigns.published(campaigns.merged(apart), before)
    said = {one.campaign: (one.status, one.merged_into, one.version) for one in news}
    assert said == {older: ("open", None, 2), newer: ("merged", older, 2)}
    assert campaigns.published(campaigns.merged(apart), before) == []


def test_a_campaign_is_over_when_all_its_alerts_are() -> None:
    parts = [campaign("east", "a", "n", status="closed"), campaign("west", "b", "n")]
    assert campaigns.merged(parts)[0].status == "open"
    parts[1] = campaign("west", "b", "n", status="closed")
    assert campaigns.merged(parts)[0].status == "closed"
    parts = [campaign("east", "a", "n", verdict="false_alarm")]
    assert campaigns.merged(parts)[0].status == "withdrawn"


def window(
    province: str, version: int, names: list[str], start: int = T0, as_of: int = T0
) -> Window:
    return Window(
        province=province,
        start=start,
        length_s=3600,
        group="wangiri",
        version=version,
        as_of=as_of,
        alerts=1,
        people=2,
        suspects=Sketch(names).bytes(),
        calls=Sketch().bytes(),
    )


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
                for k, v in nation.campaigns_before.items()
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


def mark(province: str, number: str, by: str = "app", ts: int = T0, **other: Any) -> Mark:
    given = {"mark": "fraud", "count": 3, "valid_until": T0 + DAY}
    return Mark(province=province, number=number, by=by, ts=ts, **(given | other))


def test_marks_come_down_without_the_province_own_word() -> None:
    marks = Marks()
    for one in (mark("east", "n"), mark("west", "n", count=5), mark("west", "n", OURS, count=1)):
        marks.take(one)
    whole = marks.news()["n"]
    assert isinstance(whole, NationalMark)
    assert [(one.province, one.by) for one in whole.given] == [
        ("east", "app"),
        ("west", "app"),
        ("west", OURS),
    ]
    in_east, in_west = for_province(whole, "east", T0), for_province(whole, "west", T0)
    assert (in_east.by, in_east.count, in_west.count) == ("national", 6, 3)
    assert for_province(whole, "north", T0).count == 9
    assert for_province(whole, "north", T0 + DAY) is None
    alone = NationalMark(number="n", given=[Given("east", "app", "fraud", 1, T0)], appealed=False)
    assert for_province(alone, "east", T0) is None


def test_an_appeal_holds_in_all_provinces() -> None:
    marks = Marks()
    marks.take(mark("east", "n"))
    marks.take(mark("west", "n", appealed=True))
    whole = marks.news()["n"]
    assert for_province(whole, "west", T0).appealed
    assert for_province(whole, "north", T0).appealed


def test_marks_end_and_are_taken_back() -> None:
    marks = Marks()
    marks.take(mark("east", "n"))
    marks.take(mark("west", "n", valid_until=None))
    marks.news()
    marks.expire(T0 + DAY)
    assert [one.province for one in marks.news()["n"].given] == ["west"]
    marks.take(mark("west", "n", ts=T0 - 1, count=7))
    assert marks.news() == {}
    marks.gone("west", "n", "app")
    assert marks.news() == {"n": None}
    assert marks.news() == {}


def test_an_accusation_that_rests_on_marks_gives_none() -> None:
    echo = alert(rules=["caller_rate", "reputation"])
    assert province().take(echo, named)[1] == []


def test_one_of_two_alerts_that_is_honest_leaves_the_other_word() -> None:
    east = province()
    east.take(alert("a"), named)
    east.take(alert("b"), named)
    _, (after,) = east.take(alert("a", 2, verdict="false_alarm"), named)
    assert after.count == 1
    _, (both,) = east.take(alert("b", 2, probability=0.3), named)
    assert both.count == 0
