"""Texts join as identities do: by sender and like content, and no farther."""

from typing import Any

import msgspec
import pytest

from detectors.incident.association import Association, are_sent_apart, choose
from detectors.incident.identity_change import same_transmitter
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.model.finding import Identity, Place
from detectors.model.text import MOST_TEXTS, SENT_FROM, Text, remember

GATES = Association()
ONE, OTHER = "00000000000000ff", "ffff0000ffff0000"


def text(make: Any, who: int, content: str = ONE, east_m: float = 0.0, **over: Any) -> Any:
    values = {"sender": over.pop("sender", "95588"), "content": content}
    given = {"detector": "phantom_sms", "family": "sms", "weight": 2.0, "claimed": None}
    place = make.place(east_m=east_m)
    return make.finding(who, **{**given, "place": place, "values": values, **over})


def incident(*findings: Any) -> Incident:
    first = findings[0]
    one = Incident("zone", "zone", first.rx_ts, first.rx_ts, first.ts, first.ts)
    for finding in findings:
        one.add(finding, finding.rx_ts)
    return one


def joined(make: Any, known: Incident, finding: Any) -> bool:
    index = IncidentIndex([])
    index.add(known)
    return choose(index.joinable(finding, GATES.near_m()), finding, GATES) is known


def test_the_same_text_joins_across_the_reach_of_a_transmitter(make: Any) -> None:
    known = incident(text(make, 1), text(make, 2))
    assert joined(make, known, text(make, 3, east_m=2500.0))
    assert joined(make, known, text(make, 3, "00000000000000fe", east_m=2500.0))
    assert joined(make, known, text(make, 3, east_m=2500.0, weight=0.3))


def test_another_text_begins_a_candidate_of_its_own(make: Any) -> None:
    known = incident(text(make, 1), text(make, 2))
    assert not joined(make, known, text(make, 3, OTHER))
    assert not joined(make, known, text(make, 3, sender="95533"))


def test_a_text_joins_what_phones_found_near_by_otherwise(make: Any) -> None:
    known = incident(*(make.finding(n, weight=2.0) for n in range(3)))
    assert joined(make, known, text(make, 7))


def test_a_text_goes_where_most_reports_of_it_are_not_where_one_strayed(make: Any) -> None:
    strayed = incident(*(text(make, n, OTHER) for n in range(9)), text(make, 10))
    known = incident(*(text(make, 20 + n, east_m=1500.0) for n in range(3)))
    index = IncidentIndex([])
    for one in (strayed, known):
        index.add(one)
    finding = text(make, 30, east_m=200.0)
    assert choose(index.joinable(finding, GATES.near_m()), finding, GATES) is known


@pytest.mark.parametrize(("apart_m", "same"), [(0.0, True), (900.0, False)])
def test_two_texts_are_of_one_transmitter_where_places_agree(
    make: Any, apart_m: float, same: bool
) -> None:
    spread = [-300.0, -150.0, 0.0, 150.0, 300.0] * 4
    old = incident(*(text(make, n, ONE, at) for n, at in enumerate(spread)))
    new = incident(*(text(make, 50 + n, OTHER, apart_m + at) for n, at in enumerate(spread)))
    assert (same_transmitter(new, old, GATES) == "same") is same


@pytest.mark.parametrize(
    ("other_m", "same"), [(None, True), (300.0, True), (1500.0, False), (9000.0, True)]
)
def test_two_texts_of_about_one_place_are_one_transmitters_where_nothing_else_sends(
    make: Any, other_m: float | None, same: bool
) -> None:
    """Few phones, each a kilometre or so from the next: no place for certain, after a minute."""
    spread = [-700.0, 700.0, -500.0, 500.0]

    def sent(content: str, first: int, east_m: float = 0.0) -> Incident:
        near = enumerate(spread)
        return incident(
            *(text(make, first + n, content, east_m + at, at_s=30.0 * n) for n, at in near)
        )

    old, new = sent(ONE, 0), sent(OTHER, 50, 200.0)
    others = [] if other_m is None else [sent("0f0f0f0f0f0f0f0f", 90, other_m)]
    assert same_transmitter(new, old, GATES, [old, new, *others]) == ("same" if same else "other")
    early = incident(*(text(make, 70 + n, OTHER, at) for n, at in enumerate(spread)))
    assert same_transmitter(early, old, GATES, []) == "open"


def test_a_wrong_row_that_one_receiver_of_a_text_found_makes_no_clone_of_it(make: Any) -> None:
    def sent(content: str, first: int, *more: Any) -> Incident:
        return incident(*(text(make, first + n, content) for n in range(8)), *more)

    registered = make.claimed(area=4100, cell=1001)
    row = make.finding(90, detector="impossible_distance", family="radio", claimed=registered)
    old, new = sent(ONE, 0, row), sent(OTHER, 50)
    assert old.poses
    assert same_transmitter(new, old, GATES) == "same"
    rows = [msgspec.structs.replace(row, who=f"d{90 + n}") for n in range(4)]
    assert same_transmitter(new, sent(ONE, 0, *rows), GATES) == "other"


def test_what_a_cell_of_the_register_serves_shows_no_place_for_certain(make: Any) -> None:
    """All phones of a cell are put at the same spot, which is none of theirs."""

    def sent(content: str, first: int) -> Incident:
        place = msgspec.structs.replace(make.place(), accuracy_m=None, reach_m=1500.0)
        return incident(*(text(make, first + n, content, place=place) for n in range(20)))

    assert same_transmitter(sent(OTHER, 50), sent(ONE, 0), GATES) != "same"


def test_texts_that_are_remembered_are_few() -> None:
    texts: list[Text] = []
    for n in range(3 * MOST_TEXTS):
        remember(texts, Text(f"s{n}", None, n))
        remember(texts, Text(f"s{n}", None, n - 1))
    assert [one.last_ts for one in texts] == list(range(2 * MOST_TEXTS, 3 * MOST_TEXTS))
    assert {one.count for one in texts} == {2}


def test_a_sender_alone_decides_where_no_content_is_known() -> None:
    assert Text("a", None, 0).is_like(Text("a", None, 1))
    assert not Text("a", None, 0).is_like(Text("a", 7, 1))


def test_in_whose_name_a_text_was_sent_is_kept_while_later_reports_do_not_say(make: Any) -> None:
    named = {"sender": "95588", "content": ONE, SENT_FROM: "lte-460-0-4100-1001"}
    one = incident(text(make, 1), text(make, 2, values=named), text(make, 3))
    assert [known.sent_from for known in one.texts] == ["lte-460-0-4100-1001"]


@pytest.mark.parametrize(
    ("cell", "own_place", "taken"), [(1001, False, 1), (1002, False, 3), (1001, True, 3)]
)
def test_the_registered_place_of_a_cell_in_whose_name_it_was_sent_is_void(
    make: Any, cell: int, own_place: bool, taken: int
) -> None:
    """Of those who reported before that was known, too."""
    named = {"sender": "95588", "content": ONE, SENT_FROM: "lte-460-0-4100-1001"}
    mast = Place(make.place().lat, make.place().lon, reach_m=900.0)
    seen_on = Identity("lte", 460, 0, 4100, cell)
    about = {"place": make.place() if own_place else mast, "seen_on": seen_on}
    phone = text(make, 1, east_m=2000.0)
    one = incident(phone, text(make, 2, **about), text(make, 3, values=named, **about))
    assert len(one.reports) == taken
    assert len(one.voters) == 3
    if taken == 1:
        assert one.middle == pytest.approx((phone.place.lat, phone.place.lon))


def test_a_complaint_has_a_place_of_its_own(make: Any) -> None:
    named = {"sender": "95588", "content": ONE, SENT_FROM: "lte-460-0-4100-1001"}
    mast, cell = make.place(), Identity("lte", 460, 0, 4100, 1001)
    about = {"place": Place(mast.lat, mast.lon, reach_m=900.0), "seen_on": cell}
    complaint = text(make, 2, values={**named, "by": "complaint"}, **about)
    assert len(incident(text(make, 1, values=named), complaint).reports) == 2


@pytest.mark.parametrize(
    ("poses_as", "joins"),
    [
        ({"area": 61001, "cell": 7}, False),
        ({"area": 4100, "cell": 1002}, False),
        ({"area": 4100, "cell": 1001}, True),
        ({"area": 4100, "cell": None}, True),
    ],
)
def test_texts_that_came_on_one_cell_are_nothing_of_what_poses_as_another(
    make: Any, poses_as: dict[str, Any], joins: bool
) -> None:
    named = {"sender": "95588", "content": ONE, SENT_FROM: "gsm-460-0-4100-1001"}
    claimed = make.claimed(**poses_as)
    known = incident(*(make.finding(n, weight=2.0, claimed=claimed) for n in range(4)))
    assert joined(make, known, text(make, 7))
    assert joined(make, known, text(make, 7, values=named)) is joins
    known.add(text(make, 8), make.t0_ms)
    assert joined(make, known, text(make, 7, values=named))  # it sends the same


@pytest.mark.parametrize(
    "over", [{"rat": "lte"}, {"cell": None, "detector": "unknown_old_area"}, {"phones": 3}]
)
def test_a_lure_on_lte_strays_and_three_phones_pose_as_nothing_that_sends(
    make: Any, over: dict[str, Any]
) -> None:
    """A cell on LTE that sends its phones to GSM isn't the one that they get texts on."""
    named = {"sender": "95588", "content": ONE, SENT_FROM: "gsm-460-0-4100-1001"}
    phones, detector = over.pop("phones", 4), over.pop("detector", "unknown_cell")
    about = {"detector": detector, "weight": 2.0, "claimed": make.claimed(**over)}
    if detector == "unknown_old_area":
        about["family"] = "signalling"
    known = incident(*(make.finding(n, **about) for n in range(phones)))
    assert joined(make, known, text(make, 7, values=named))


@pytest.mark.parametrize("cell", [1001, 1002])
def test_nor_do_they_become_part_of_it(make: Any, cell: int) -> None:
    named = {"sender": "95588", "content": ONE, SENT_FROM: "gsm-460-0-4100-1001"}
    claimed = make.claimed(area=4100, cell=cell)
    stranger = incident(*(make.finding(n, weight=2.0, claimed=claimed) for n in range(5)))
    unnamed, texts = (
        incident(*(text(make, 10 + n, **over) for n in range(5)))
        for over in ({}, {"values": named})
    )
    assert same_transmitter(unnamed, stranger, GATES) == "same"
    assert (same_transmitter(texts, stranger, GATES) == "same") is (cell == 1001)


def test_a_transmitter_that_sent_texts_as_one_cell_may_go_on_as_another(make: Any) -> None:
    """Of what is known from more than texts the next identity is part all the same."""
    named = {"sender": "95588", "content": ONE, SENT_FROM: "gsm-460-0-4100-1001"}
    first = [make.finding(n, at_s=10.0 * n, claimed=make.claimed(area=61000)) for n in range(5)]
    sent = [text(make, 10 + n, values=named) for n in range(5)]
    known = incident(*first, *sent)
    later = incident(*(make.finding(20 + n, at_s=200.0 + 10.0 * n) for n in range(20)))
    assert not are_sent_apart(later, known)
    assert same_transmitter(later, known, GATES) == "same"
