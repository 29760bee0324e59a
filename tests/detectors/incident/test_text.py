"""Texts join as identities do: by sender and like content, and no farther."""

from typing import Any

import pytest

from detectors.incident.association import Association, choose, near_m
from detectors.incident.identity_change import same_transmitter
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.model.text import MOST_TEXTS, Text, remember

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
    return choose(index.joinable(finding, near_m(GATES)), finding, GATES) is known


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


@pytest.mark.parametrize(("apart_m", "same"), [(0.0, True), (900.0, False)])
def test_two_texts_are_of_one_transmitter_where_places_agree(
    make: Any, apart_m: float, same: bool
) -> None:
    spread = [-300.0, -150.0, 0.0, 150.0, 300.0] * 4
    old = incident(*(text(make, n, ONE, at) for n, at in enumerate(spread)))
    new = incident(*(text(make, 50 + n, OTHER, apart_m + at) for n, at in enumerate(spread)))
    assert (same_transmitter(new, old, GATES) == "same") is same


def test_texts_that_are_remembered_are_few() -> None:
    texts: list[Text] = []
    for n in range(3 * MOST_TEXTS):
        remember(texts, Text(f"s{n}", None, n))
        remember(texts, Text(f"s{n}", None, n - 1))
    assert [one.last_ts for one in texts] == list(range(2 * MOST_TEXTS, 3 * MOST_TEXTS))


def test_a_sender_alone_decides_where_no_content_is_known() -> None:
    assert Text("a", None, 0).is_like(Text("a", None, 1))
    assert not Text("a", None, 0).is_like(Text("a", 7, 1))
