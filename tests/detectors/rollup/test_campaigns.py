"""Alerts of several provinces become one campaign."""

from collections import Counter
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calls.links import MOST_OF_A_LINK
from detectors.rollup import campaigns
from detectors.rollup.tied import Tied
from tests.detectors.rollup.made import (
    T0,
    campaign,
)


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
    news_of = {one.campaign: (one.status, one.merged_into, one.version) for one in news}
    assert news_of == {older: ("open", None, 2), newer: ("merged", older, 2)}
    assert campaigns.published(campaigns.merged(apart), before) == []


def test_a_campaign_is_over_when_all_its_alerts_are() -> None:
    parts = [campaign("east", "a", "n", status="closed"), campaign("west", "b", "n")]
    assert campaigns.merged(parts)[0].status == "open"
    parts[1] = campaign("west", "b", "n", status="closed")
    assert campaigns.merged(parts)[0].status == "closed"
    parts = [campaign("east", "a", "n", verdict="false_alarm")]
    assert campaigns.merged(parts)[0].status == "withdrawn"


@given(st.data())
def test_what_is_kept_up_to_date_is_what_is_made_of_all_anew(data: st.DataObject) -> None:
    """Alerts are revised, tied, torn apart: at each look as if made of all at once."""
    tied, newest, revisions = Tied(), {}, Counter[str]()
    most = data.draw(st.integers(1, 9))
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        # So that numbers become hubs, and are none any more.
        for module in ("campaigns", "tied"):
            patch.setattr(f"detectors.rollup.{module}.MOST_OF_A_LINK", 3)
        for _ in range(data.draw(st.integers(1, 12))):
            name = data.draw(st.sampled_from("abcdefgh"))
            numbers = data.draw(st.lists(st.sampled_from(["1", "2", "3", "4"]), max_size=3))
            revisions[name] += 1
            part = campaign(
                "east", name, *numbers, revision=revisions[name], first_seen=T0 + ord(name)
            )
            newest[name] = part
            tied.take(part)
            if data.draw(st.booleans()):
                tied.news(most)
        while tied.is_behind:
            tied.news(most)
        alive = [one for one in tied.written.values() if one.status != "merged"]
        plain = {one.campaign: msgspec.structs.replace(one, version=1) for one in alive}
        assert plain == {one.campaign: one for one in campaigns.merged(newest.values())}
        gone = [one for one in tied.written.values() if one.status == "merged"]
        assert all(one.merged_into in tied.written for one in gone)


def test_after_a_start_only_some_of_many_alerts_are_looked_at_at_once() -> None:
    parts = [campaign("east", f"a{n}", f"n{n // 2}") for n in range(200)]
    before, after = Tied(), Tied()
    for part in parts:
        before.take(part)
    written = before.news()
    assert len(written) == 100
    assert not before.is_behind
    for one in written:
        after.wrote(one)
    for part in parts:
        after.take(part)
    turns = 0
    while after.is_behind:
        assert after.news(20) == []
        turns += 1
    assert turns == 10
