"""What an alert names is what its story is about."""

from typing import Any

from detectors.alert.stories import stories
from detectors.alert.subject import subject
from detectors.model.finding import Finding, Identity
from detectors.model.text import SENT_FROM

CELL = Identity("lte", 460, 0, 4100, 1001)
WEIGH = {"unknown_cell": 2.0, "wrong_channel": 2.0, "lost_area": 2.0}


def posing(make: Any, n: int) -> Finding:
    found: Finding = make.finding(n, at_s=10.0 * n, detector="wrong_channel", claimed=CELL)
    return found


def test_a_stray_is_not_named_beside_what_several_phones_met(make: Any) -> None:
    met = [make.finding(n, at_s=10.0 * n, claimed=make.claimed(area=61000)) for n in range(3)]
    stray = make.finding(9, at_s=300.0, claimed=make.claimed(area=64000))
    one = make.incident([*met, stray])
    about = subject(one, stories(one)[0], WEIGH)
    assert [claimed.area for claimed in about.identities] == [61000]
    assert (about.first_ts, about.last_ts) == (met[0].ts, met[2].ts)
    alone = make.incident([stray])
    assert [i.area for i in subject(alone, stories(alone)[0], WEIGH).identities] == [64000]


def test_one_person_is_one_witness_as_device_and_as_subscriber(make: Any) -> None:
    met = [make.finding(n, claimed=make.claimed(area=61000)) for n in range(3)]
    twice = [
        make.finding(9, claimed=make.claimed(area=64000), space=space)
        for space in ("device", "subscriber")
    ]
    one = make.incident([*met, *twice])
    assert [i.area for i in subject(one, stories(one)[0], WEIGH).identities] == [61000]


def test_what_poses_as_a_registered_cell_is_a_clone_whatever_else_is_there(make: Any) -> None:
    strays = [make.finding(n, claimed=make.claimed(area=61000)) for n in range(9)]
    one = make.incident([*strays, *(posing(make, n) for n in range(3))])
    strangers, clone = stories(one)
    assert subject(one, strangers, WEIGH).kind == "fake_base_station"
    about = subject(one, clone, WEIGH)
    assert (about.identities, about.kind) == ([CELL], "cloned_cell")


def test_what_names_nothing_counts_for_two_minutes(make: Any) -> None:
    for late_s, counts in ((100.0, True), (400.0, False)):
        lost = make.finding(8, at_s=20.0 + late_s, detector="lost_area", claimed=None)
        one = make.incident([*(posing(make, n) for n in range(3)), lost])
        last_ts = subject(one, stories(one)[1], WEIGH).last_ts
        assert last_ts == (lost.ts if counts else posing(make, 2).ts)
    nameless = make.incident([make.finding(8, at_s=5.0, detector="lost_area", claimed=None)])
    about = subject(nameless, stories(nameless)[0], WEIGH)
    assert (about.identities, about.last_ts) == ([], nameless.last_ts)


def test_a_team_s_reading_is_evidence_of_now(make: Any) -> None:
    one = make.incident([posing(make, n) for n in range(3)])
    one.last_ts += 600_000
    one.measured = True
    assert subject(one, stories(one)[1], WEIGH).last_ts == one.last_ts
    # It stays seen then when phones report something else.
    one.measured, one.seen_ts = False, one.last_ts
    assert subject(one, stories(one)[1], WEIGH).last_ts == one.last_ts


def test_a_stray_names_nothing_beside_what_weighs_and_names_nothing(make: Any) -> None:
    lost = [make.finding(n, at_s=300.0 + n, detector="lost_area", claimed=None) for n in range(5)]
    named = [
        make.finding(20 + n, at_s=10.0 * n, detector="unknown_old_area", claimed=make.claimed())
        for n in range(2)
    ]
    one = make.incident([named[0], *lost])
    about = subject(one, stories(one)[0], {"lost_area": 8.0, "unknown_old_area": 0.0})
    assert (about.identities, about.first_ts, about.last_ts) == ([], lost[0].ts, lost[-1].ts)
    # What several phones name may be the transmitter's, but doesn't say when it was on the air.
    two = make.incident([*named, *lost])
    about = subject(two, stories(two)[0], {"lost_area": 8.0, "unknown_old_area": 0.0})
    assert about.identities == [make.claimed()]
    assert (about.first_ts, about.last_ts) == (lost[0].ts, lost[-1].ts)


def test_what_weighs_names_it_not_what_weighs_nothing(make: Any) -> None:
    met = [make.finding(n, at_s=10.0 * n, claimed=make.claimed(area=61000)) for n in range(3)]
    strays = [
        make.finding(
            9 + n, at_s=90.0, detector="unknown_old_area", claimed=make.claimed(area=64000)
        )
        for n in range(3)
    ]
    one = make.incident([*met, *strays])
    about = subject(one, stories(one)[0], {"unknown_cell": 4.0, "unknown_old_area": 0.0})
    assert [claimed.area for claimed in about.identities] == [61000]
    both = subject(one, stories(one)[0], {"unknown_cell": 4.0, "unknown_old_area": 1.0})
    assert {claimed.area for claimed in both.identities} == {61000, 64000}


def test_a_campaign_is_named_by_the_cell_in_whose_name_it_was_sent(make: Any) -> None:
    own = {"family": "sms", "detector": "phantom_sms", "claimed": None, "weight": 2.0}
    text = {"sender": "95588", "content": "00000000000000ff", SENT_FROM: "lte-460-0-4100-1001"}
    one = make.incident([make.finding(n, values=text, **own) for n in range(4)])
    story = stories(one)[0]
    assert subject(one, story, {"phantom_sms": 2.0}).identities == [CELL]
    # What weighs nothing names nobody.
    assert subject(one, story, {}).identities == []


def test_what_texts_name_comes_after_what_phones_received(make: Any) -> None:
    own = {"family": "sms", "detector": "phantom_sms", "claimed": None, "weight": 2.0}
    text = {"sender": "95588", "content": "00000000000000ff", SENT_FROM: "lte-460-0-4100-1001"}
    met = [make.finding(n, claimed=make.claimed(area=61000)) for n in range(10, 30)]
    one = make.incident([*met, *(make.finding(n, values=text, **own) for n in range(4))])
    about = subject(one, stories(one)[0], {"phantom_sms": 2.0, "unknown_cell": 2.0})
    assert [claimed.area for claimed in about.identities] == [61000, 4100]
