"""Alerts of several days are tied together by what a gang doesn't change, with reasons."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alert.record import Evidence
from detectors.model.finding import Identity
from field.console.casework.linking import LEAST_SCORE, Traits, likeness, similar, traits
from field.console.casework.route_likeness import alike, apart_m, length_m
from tests.field.evidence.test_matching import alert_of, finding_of

T0 = 1_748_916_000_000
DAY = 86_400_000
EAST = tuple((T0 + 60_000 * n, 30.6, 104.0 + 0.01 * n) for n in range(6))
NORTH = tuple((T0 + 60_000 * n, 30.6 + 0.01 * n, 104.0) for n in range(6))


def of(name: str, days: int = 0, **changes: Any) -> Traits:
    """Traits of an alert of an hour, so many days later."""
    base = Traits(alert_id=name, first_seen=T0 + days * DAY, last_seen=T0 + days * DAY + 3_600_000)
    return msgspec.structs.replace(base, **changes)


def later(track: Sequence[tuple[int, float, float]], days: int) -> tuple[Any, ...]:
    return tuple((ts + days * DAY, lat, lon) for ts, lat, lon in track)


@pytest.mark.parametrize(
    ("one", "other", "sentences"),
    [
        (
            {"numbers": frozenset({"h-1", "h-2"})},
            {"numbers": frozenset({"h-2", "h-3"})},
            "numbers in common: 1",
        ),
        ({"campaign": "c"}, {"campaign": "c"}, "same campaign"),
        (
            {"templates": frozenset({0xFF00})},
            {"templates": frozenset({0xFF3F})},
            "same SMS template",
        ),
        (
            {"domains": frozenset({"a.example"})},
            {"domains": frozenset({"a.example"})},
            "same domain a.example",
        ),
        (
            {"identities": (Identity("gsm", 460, 0, 65000, 17),)},
            {"identities": (Identity("gsm", 460, 0, 65000, 17),)},
            "same claimed cell 65000-17",
        ),
        (
            {"identities": (Identity("gsm", 460, 0, 65000, 17),)},
            {"identities": (Identity("gsm", 460, 0, 65000, 18),)},
            "same claimed area 65000",
        ),
        (
            {"identities": (Identity("gsm", arfcn=62, pci=11),)},
            {"identities": (Identity("gsm", arfcn=62, pci=11),)},
            "same channel and code 62, 11",
        ),
        ({"track": EAST}, {"track": later(EAST, 1)}, "route 100 % alike"),
        ({"track": EAST[:1]}, {"track": later(EAST[:1], 1)}, "within 0 m of it"),
    ],
)
def test_each_tie_has_a_sentence(
    one: dict[str, Any], other: dict[str, Any], sentences: str
) -> None:
    found = likeness(of("a", **one), of("b", 1, **other))
    assert [reason.en for reason in found.reasons] == [sentences]
    assert all(reason.zh and reason.zh != reason.en for reason in found.reasons)
    assert found.score >= LEAST_SCORE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"templates": frozenset({0xFF00})}, {"templates": frozenset({0xFF7F})}),
        ({"templates": frozenset()}, {"templates": frozenset()}),
        (
            {"identities": (Identity("gsm", arfcn=62),)},
            {"identities": (Identity("lte", arfcn=62),)},
        ),
        (
            {"identities": (Identity("gsm", 460, 0, 1),)},
            {"identities": (Identity("gsm", 460, 1, 1),)},
        ),
        ({"identities": (Identity("gsm"),)}, {"identities": (Identity("gsm"),)}),
        ({"track": EAST}, {"track": later(NORTH, 1)}),
    ],
)
def test_what_is_not_alike_is_no_tie(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert likeness(of("a", **one), of("b", 1, **other)).score == 0.0


def test_a_channel_alone_is_a_weak_tie_that_adds_to_others() -> None:
    tuned = {"identities": (Identity("gsm", arfcn=62),)}
    alone = likeness(of("a", **tuned), of("b", 1, **tuned))
    assert [reason.en for reason in alone.reasons] == ["same channel 62"]
    assert alone.score < LEAST_SCORE
    both = tuned | {"templates": frozenset({5})}
    more = likeness(of("a", **both), of("b", 1, **both))
    assert more.score > 0.6
    assert [reason.code for reason in more.reasons] == ["template", "channel"]


def test_two_places_at_one_time_are_two_transmitters() -> None:
    text = {"templates": frozenset({5})}
    far = tuple((ts, lat + 0.2, lon) for ts, lat, lon in EAST)
    found = likeness(of("a", track=EAST, **text), of("b", track=far, **text))
    assert [reason.code for reason in found.reasons] == ["template", "two_places"]
    assert "at the same time 22 km apart" in found.reasons[-1].en
    assert 0 < found.score < likeness(of("a", **text), of("b", 1, **text)).score


def test_similar_ones_come_likeliest_first_and_never_itself() -> None:
    one = of("a", templates=frozenset({5}), domains=frozenset({"x.example"}))
    strong = of("b", 1, templates=frozenset({5}), domains=frozenset({"x.example"}))
    weak = of("c", 2, templates=frozenset({5}))
    none = of("d", 3)
    assert [like.alert_id for like in similar(one, [none, weak, one, strong])] == ["b", "c"]
    assert len(similar(one, [weak, strong], most=1)) == 1


_IDENTITIES = st.builds(
    Identity,
    st.sampled_from(["gsm", "lte"]),
    st.just(460),
    st.sampled_from([0, 1]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, 7]),
    st.sampled_from([None, 62]),
    st.sampled_from([None, 3]),
)
_TRAITS = st.builds(
    lambda name, days, identities, templates, track: of(
        name,
        days,
        identities=tuple(identities),
        templates=frozenset(templates),
        track=later(track, days),
    ),
    st.text("abc", min_size=1),
    st.integers(0, 2),
    st.lists(_IDENTITIES, max_size=3),
    st.sets(st.integers(0, 2**64 - 1), max_size=3),
    st.sampled_from([(), EAST, NORTH, EAST[:1]]),
)


@given(_TRAITS, _TRAITS)
def test_likeness_is_the_same_both_ways_and_a_share(one: Traits, other: Traits) -> None:
    there, back = likeness(one, other), likeness(other, one)
    assert there.score == back.score
    assert {reason.code for reason in there.reasons} == {reason.code for reason in back.reasons}
    assert 0.0 <= there.score < 1.0


def test_traits_come_from_evidence_and_findings() -> None:
    share = Evidence("phantom_sms", 1, 2.0, 3, T0, T0, "x", values={"content": "00000000000000ff"})
    finding = finding_of(
        detector="sms_burst",
        values={"content": "00000000000000f0", "domain": "A.example", "sender": "95588"},
    )
    bad = finding_of(values={"content": "no hash", "domain": 7, "sender": None})
    changes = traits(alert_of(evidence=[share]), [finding, bad])
    assert changes.templates == {0xFF, 0xF0}
    assert changes.domains == {"a.example"}
    assert changes.senders == {"95588"}
    assert len(changes.track) == 1


def test_ways_are_compared_by_their_streets_not_their_fixes() -> None:
    way = [(lat, lon) for _, lat, lon in EAST]
    assert length_m(way) == pytest.approx(4786, rel=0.01)
    assert alike(way, list(reversed(way))) == 1.0
    assert alike(way, [way[0], way[-1]]) == 1.0
    assert alike(way, [(30.6, 104.025), (30.6, 104.2)]) == pytest.approx(0.58, abs=0.02)
    assert alike(way, way[:1]) == 0.0
    assert length_m([]) == 0.0
    assert apart_m(way, [(30.61, 104.02)]) == pytest.approx(1109, rel=0.01)
