"""From revisions of alerts to proposals."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from detectors.acting import proposals
from detectors.acting.notice import VictimNotice
from detectors.acting.proposals import Proposals, Suspect
from detectors.acting.record import FraudAction
from detectors.acting.settings import ActingSettings
from detectors.alert.record import Alert, Evidence

DAY_MS = 86_400_000
NUMBER = "h-" + 24 * "a"
#: How many families speak, and whether one of them is what numbers say.
OWN, SPOOFED = (2, False), (2, True)


def alert(probability: float = 0.97, **over: Any) -> Alert:
    share = Evidence("caller_rate", 1, 3.0, 4, 0, 0, "rings strangers")
    fixed: dict[str, Any] = {
        "alert_id": "5f" * 16,
        "revision": 1,
        "status": "open",
        "ts": 1_000,
        "first_seen": 0,
        "last_seen": 0,
        "kind": "scam_caller",
        "identities": [],
        "probability": probability,
        "severity": "high",
        **dict.fromkeys(("position", "region", "radius_m", "track", "speed_mps", "bearing_deg")),
        "region_level": 0.9,
        "devices": 20,
        "reports": 20,
        "evidence": [share],
        "headline": "",
        "calls": ["ref-1", "ref-2"],
    }
    return Alert(**{**fixed, **over})


def suspect(**over: Any) -> Suspect:
    chance = over.pop("chance", 0.99)
    one = Suspect(NUMBER, "caller", "mobile", "8613812", False, False, lambda: chance)
    return one._replace(**over)


#: Where no number is at home, none is verified again.
NOWHERE = ActingSettings(home_code="")


def made(one: Suspect, of: Alert, families: tuple[int, bool] = OWN, **settings: Any) -> list[str]:
    given = Proposals(replace(NOWHERE, **settings), {}).of_alert(of, [one], *families)
    return [each.action for each in given]


def test_a_label_from_half_and_a_block_only_where_it_is_sure() -> None:
    assert made(suspect(), alert(0.5)) == ["label"]
    assert made(suspect(), alert(0.94)) == ["label"]
    assert made(suspect(), alert(0.95)) == ["label", "block"]


def test_one_family_of_evidence_proposes_nothing() -> None:
    assert made(suspect(), alert(0.99), (1, False)) == []


def test_a_number_is_not_blocked_for_what_the_others_of_its_campaign_did() -> None:
    assert made(suspect(chance=0.6), alert(0.99)) == ["label"]
    assert made(suspect(chance=0.4), alert(0.99)) == []


@pytest.mark.parametrize(
    "who",
    [
        {"role": "impersonated"},
        {"spared": True},
        {"number_class": "short"},
        {"number_class": "service"},
        {"number_class": "400"},
    ],
)
def test_numbers_of_others_are_left_alone_however_sure_it_is(who: dict[str, Any]) -> None:
    assert made(suspect(**who), alert(0.999), home_code="86") == []


@pytest.mark.parametrize(
    ("who", "is_blocked"),
    [
        ({}, False),
        ({"prefix": None}, False),
        ({"number_class": None}, False),
        ({"number_class": "unallocated"}, True),
        ({"prefix": "4479111"}, True),
        ({"is_spoofed": False}, True),
    ],
)
def test_who_owns_a_number_that_others_show_is_not_blocked(
    who: dict[str, Any], is_blocked: bool
) -> None:
    one = suspect(**{"is_spoofed": True} | who)
    assert ("block" in made(one, alert(0.999), SPOOFED, home_code="86")) == is_blocked


def test_owners_are_verified_anew_only_where_the_number_is_at_home_and_theirs() -> None:
    sure = alert(0.8)
    assert made(suspect(), sure, home_code="86") == ["label", "reverify"]
    assert made(suspect(prefix="4479111"), sure, home_code="86") == ["label"]
    assert "reverify" not in made(suspect(is_spoofed=True), sure, home_code="86")
    assert made(suspect(prefix=None), alert(0.8, kind="sim_box")) == ["label", "reverify"]


def test_a_call_is_traced_back_where_numbers_are_spoofed() -> None:
    of = Proposals(NOWHERE, {})
    given = of.of_alert(alert(0.6), [suspect(), suspect(number="h-b")], *SPOOFED)
    assert [(each.action, each.about) for each in given] == [
        ("label", NUMBER),
        ("label", "h-b"),
        ("trace", "ref-2"),
    ]
    later = alert(0.6, ts=2_000, calls=["ref-3"])
    assert of.of_alert(later, [suspect()], *SPOOFED) == []


def test_each_has_all_fields_and_nothing_is_automatic_unless_set() -> None:
    settings = ActingSettings(appeal="appeals@example", automatic=("label",))
    given = Proposals(settings, {}).of_alert(alert(), [suspect()], *OWN)
    assert given[0] == FraudAction(
        action="label",
        about=NUMBER,
        reason=f"scam_caller {'5f' * 16} at 0.97: caller_rate",
        by="automatic:label",
        ts=1_000,
        expires=1_000 + 7 * DAY_MS,
        appeal="appeals@example",
    )
    assert given[1].by == "rule:block"
    assert ActingSettings().automatic == ()


def test_it_is_made_again_only_when_half_of_its_time_is_over() -> None:
    of = Proposals(NOWHERE, {})
    at = [0, 1_000, DAY_MS // 2 - 1, DAY_MS // 2, DAY_MS // 2 + 1]
    blocks = [_names(of.of_alert(alert(ts=ts), [suspect()], *OWN)) for ts in at]
    assert blocks == [["label", "block"], [], [], ["block"], []]


def test_what_lasts_is_taken_back_when_it_expires() -> None:
    standing: dict[str, proposals.Standing] = {}
    of = Proposals(NOWHERE, standing)
    of.of_alert(alert(ts=0), [suspect()], *OWN)
    assert of.next_due_ms() == DAY_MS
    assert of.expired(DAY_MS - 1) == []
    (back,) = of.expired(DAY_MS)
    assert (back.action, back.about, back.ts) == ("restore", NUMBER, DAY_MS)
    assert back.reason == "block: it has expired"
    assert Proposals(NOWHERE, standing).next_due_ms() == of.next_due_ms() == 7 * DAY_MS


def test_a_renewed_one_expires_with_its_last_proposal() -> None:
    of = Proposals(NOWHERE, {})
    of.of_alert(alert(ts=0), [suspect()], *OWN)
    of.of_alert(alert(ts=DAY_MS // 2), [suspect()], *OWN)
    assert of.expired(DAY_MS) == []
    assert _names(of.expired(DAY_MS * 3 // 2)) == ["restore"]


def test_what_is_honest_or_turns_out_to_be_anothers_is_restored_at_once() -> None:
    of = Proposals(NOWHERE, {})
    of.of_alert(alert(), [suspect()], *OWN)
    (back,) = of.restored([NUMBER, "h-b"], 5_000, "found to be honest")
    assert (back.about, back.reason) == (NUMBER, "block, label: found to be honest")
    assert of.restored([NUMBER], 6_000, "found to be honest") == []
    of.of_alert(alert(), [suspect()], *OWN)
    later = of.of_alert(alert(ts=7_000), [suspect(role="impersonated")], *OWN)
    assert _names(later) == ["restore"]


def test_a_closed_alert_gives_no_new_reason() -> None:
    assert made(suspect(), alert(status="closed")) == []


def test_only_who_is_deep_in_it_has_payments_held() -> None:
    of = Proposals(NOWHERE, {})
    notice = VictimNotice(
        subscriber="h-e", level="deep", reasons=("rang a bank",), since=0, ts=9, valid_until=99
    )
    (hold,) = of.of_victim(notice)
    assert (hold.action, hold.about, hold.by) == ("stop_payment", "h-e", "rule:stop_payment")
    assert hold.reason == "victim at level deep: rang a bank"
    assert of.of_victim(replace(notice, ts=10)) == []
    assert Proposals(NOWHERE, {}).of_victim(replace(notice, level="medium")) == []


def test_what_stands_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals, "MOST_STANDING", 10)
    standing: dict[str, proposals.Standing] = {}
    of = Proposals(NOWHERE, standing)
    for ts, number in enumerate(_numbers(50)):
        of.of_alert(alert(0.6, ts=ts), [suspect(number=number)], *OWN)
    assert list(standing) == [f"label h-{n}" for n in range(40, 50)]
    assert len(of.expired(30 * DAY_MS)) == 10


def _numbers(count: int) -> Iterator[str]:
    return (f"h-{n}" for n in range(count))


def _names(given: list[FraudAction]) -> list[str]:
    return [each.action for each in given]
