"""What people enter during a replay arrives at the replay's time, not at the clock's."""

from typing import Any

import pytest

from field.alerts.life_cycle import Action
from field.console.live.arrival import arrival_now_ms, feedback_of
from streams.kafka.heartbeat import Feed

NOW = 1_764_000_000_000
THEN = 1_700_000_000_000
DAY = 86_400_000


def worker(arrival_ms: int, heard_ms: int, topic: str = "cell.measurements") -> dict[str, Any]:
    feed = {"arrival_ms": arrival_ms, "heard_ms": heard_ms, "messages": 1, "dead_letters": 0}
    return {"feeds": {topic: feed}}


def outcome(monkeypatch: pytest.MonkeyPatch, *message: tuple[int, dict[str, Any]]) -> int:
    monkeypatch.setattr("field.console.live.arrival.workers", lambda _: list(message))
    return arrival_now_ms(None, NOW)  # type: ignore[arg-type] # nobody asks it


def test_live_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(monkeypatch) == NOW
    assert outcome(monkeypatch, (NOW - 100, worker(NOW - 3_000, NOW - 2_900))) == NOW - 100


def test_during_a_replay_it_is_the_time_that_has_come_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert outcome(monkeypatch, (NOW, worker(THEN, NOW - 5_000))) == THEN + 5_000


def test_what_people_wrote_and_stopped_workers_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = (
        (NOW, worker(THEN, NOW)),
        (NOW, worker(NOW, NOW, "field.feedback")),
        (NOW - DAY, worker(NOW - DAY, NOW - DAY)),
        (NOW, {"feeds": {"sms.metadata": {"arrival_ms": "soon"}}}),
        (NOW, {"feeds": 7}),
    )
    assert outcome(monkeypatch, *message) == THEN


def test_a_feed_that_was_never_received_gives_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(monkeypatch, (NOW, worker(0, 0))) == NOW
    assert Feed().heard_ms == 0


def test_a_mute_lasts_as_long_in_the_time_of_the_replay() -> None:
    action = Action(
        action_id="a",
        ts=NOW,
        action="false_alarm",
        by="anna",
        role="field",
        alert_id="0" * 32,
        details={"mute_until_ts": NOW + DAY, "mute_radius_m": 500.0},
    )
    message = feedback_of(action, THEN)
    assert (message["ts"], message["rx_ts"]) == (THEN, THEN)
    assert message["mute_until_ts"] == THEN + DAY
    assert message["mute_radius_m"] == 500.0
    assert message["verdict"] == "false_alarm"
    assert "lat" not in message


@pytest.mark.parametrize("message", ["soon", {}, [], True, None])
def test_a_mute_that_is_no_number_is_none(message: object) -> None:
    """It once ended the console, and again at each start: the verdict was still to be sent."""
    action = Action(
        action_id="a",
        ts=NOW,
        action="false_alarm",
        by="anna",
        role="field",
        alert_id="0" * 32,
        details={"mute_until_ts": message, "mute_radius_m": message},
    )
    sent = feedback_of(action, NOW)
    assert sent["verdict"] == "false_alarm"
    assert not {"mute_until_ts", "mute_radius_m"} & set(sent)
