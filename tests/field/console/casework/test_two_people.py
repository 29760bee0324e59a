"""What became of asks for a search, by the trail's records in their order."""

from typing import Any

import pytest

from field.alerts.life_cycle import Action
from field.console.casework.two_people import (
    APPROVE,
    ASK,
    HOLDS_MS,
    REFUSE,
    RUN,
    WAITS_MS,
    Ask,
    Span,
    asks,
    is_alone,
    needs_two,
)
from streams.config.console import ConsoleSettings

T0 = 1_748_916_000_000
SEARCH = {"within_m": 300.0, "order_number": "2026-0123"}


def action(name: str, by: str, after_ms: int = 0, action_id: str = "", **details: Any) -> Action:
    return Action(
        action_id=action_id or f"{name}-{by}-{after_ms}",
        ts=T0 + after_ms,
        action=name,
        by=by,
        role="admin",
        alert_id="a" * 32,
        details=details or {"ask_id": "ask-1"},
    )


def outcome(*actions: Action, now_ms: int = 0) -> Ask:
    """What became of ada's ask."""
    (found,) = asks([action(ASK, "ada", action_id="ask-1", **SEARCH), *actions], T0 + now_ms)
    return found


def test_an_ask_waits_for_another_admin_and_names_the_search() -> None:
    found = outcome()
    assert (found.state, found.by, found.search) == ("waiting", "ada", SEARCH)
    assert found.until == T0 + WAITS_MS
    assert found.span is None
    assert outcome(now_ms=WAITS_MS + 1).state == "over"


def test_an_ask_is_of_what_the_alert_was_then() -> None:
    span = {"revision": 3, "first_seen": T0 - 9_000, "last_seen": T0}
    (found,) = asks([action(ASK, "ada", **SEARCH, **span)], T0)
    assert (found.search, found.span) == (SEARCH, Span(**span))
    (partly,) = asks([action(ASK, "ada", **SEARCH, **span | {"last_seen": "now"})], T0)
    assert (partly.search, partly.span) == (SEARCH, None)


def test_nobody_approves_their_own_but_may_take_it_back() -> None:
    assert outcome(action(APPROVE, "ada")).state == "waiting"
    assert outcome(action(REFUSE, "ada")).state == "refused"


def test_an_approval_holds_for_an_hour_and_one_run() -> None:
    approved = action(APPROVE, "bo", 5_000)
    found = outcome(approved, now_ms=HOLDS_MS)
    assert (found.state, found.decided_by) == ("approved", "bo")
    assert outcome(approved, now_ms=5_001 + HOLDS_MS).state == "over"
    run, again = action(RUN, "ada", 6_000, "run-1"), action(RUN, "ada", 6_000, "run-2")
    found = outcome(approved, run, again, now_ms=9_000)
    assert (found.state, found.run_id) == ("used", "run-1")
    late = action(RUN, "ada", 5_001 + HOLDS_MS)
    assert outcome(approved, late, now_ms=6_000).run_id is None


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ((action(APPROVE, "bo", WAITS_MS + 1),), "waiting"),
        ((action(REFUSE, "bo"), action(APPROVE, "cy")), "refused"),
        ((action(APPROVE, "bo"), action(REFUSE, "cy")), "approved"),
        ((action(RUN, "ada"),), "waiting"),
        ((action(APPROVE, "bo"), action(RUN, "bo")), "approved"),
        ((action(APPROVE, "bo", ask_id="ask-2"),), "waiting"),
        ((action(APPROVE, "bo", ask_id=None),), "waiting"),
        ((action(APPROVE, "bo", ask_id=["ask-1"]),), "waiting"),
    ],
)
def test_what_comes_too_late_or_from_somebody_else_changes_nothing(
    actions: tuple[Action, ...], state: str
) -> None:
    assert outcome(*actions).state == state


def test_what_comes_before_its_ask_is_nothing() -> None:
    ask = action(ASK, "ada", action_id="ask-1", **SEARCH)
    assert asks([action(APPROVE, "bo"), ask], T0)[0].state == "waiting"
    repeated = asks([ask, action(APPROVE, "bo"), ask], T0)
    assert [one.state for one in repeated] == ["approved"]


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({}, False),
        ({"four_eyes": "always"}, True),
        ({"listen": "0.0.0.0:8340"}, True),
        ({"listen": "[::]:8340"}, True),
        ({"listen": "0.0.0.0:8340", "four_eyes": "never"}, False),
        ({"proxy_addresses": ("127.0.0.1",)}, True),
        ({"public_url": "https://console.example"}, True),
        ({"public_url": "http://127.0.0.1:8340"}, False),
    ],
)
def test_a_second_person_is_needed_where_others_reach_the_console(
    settings: dict[str, Any], needed: bool
) -> None:
    made = ConsoleSettings(**settings)
    assert needs_two(made) is needed
    assert is_alone(made) is (made.four_eyes == "never")
