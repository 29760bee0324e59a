"""Channels on a real Kafka: nothing lost, nobody flooded, whatever breaks or is killed."""

import time
from typing import Any

import pytest

from benchmarks.measuring.console.page_stage import launched
from field.channels.delivery.log import Delivery
from tests.field.channels.example import an_alert
from tests.field.channels.receiver import OK
from tests.integration.channels.sending import Sending, WebReceiver, publish, sending
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration

UNAVAILABLE = (503, {}, b"away")
BROKEN = (500, {}, b"broken")


def _sent(process: Sending) -> list[Delivery]:
    return [one for one in process.deliveries() if one.outcome == "sent"]


def webhook(there: WebReceiver, **changes: Any) -> dict[str, Any]:
    return {"kind": "webhook", "name": "hook", "url": there.url} | changes


def test_ten_thousand_revisions_of_one_target_are_one_push(deployment: Deployment) -> None:
    revisions = [an_alert("noisy", number) for number in range(1, 10_001)]
    with (
        WebReceiver() as there,
        sending(deployment, webhook(there, debounce_s=300.0)) as process,
    ):
        process.start()
        publish(deployment, *revisions, an_alert("another"))
        wait_until(lambda: ("another", 1) in there.events(), "all were read")
        publish(deployment, an_alert("last"))
        wait_until(lambda: ("last", 1) in there.events(), "and worked off")
        process.wait_until_sent("last")
        assert [one for one in there.events() if one[0] == "noisy"] == [("noisy", 1)]
        assert process.stop() == 0
        assert sorted(one.alert_id for one in _sent(process)) == ["another", "last", "noisy"]


def test_what_a_recording_is_behind_is_sent_as_a_replay(deployment: Deployment) -> None:
    """Not what is of now, while a replay is read; nor what was late for another reason."""
    now = an_alert("now", ts=int(time.time() * 1000))
    with WebReceiver() as there, sending(deployment, webhook(there)) as process:
        process.start()
        publish(deployment, an_alert("then"), now, replay=True)
        publish(deployment, an_alert("late"))
        wait_until(lambda: len(there.posted) == 3, "all are sent")
        replays = {posted.json["subject"]: posted.json.get("replay") for posted in there.posted}
        assert replays == {"then": True, "now": None, "late": None}
        assert process.stop() == 0


def test_after_an_outage_all_come_in_order_whatever_the_retries(deployment: Deployment) -> None:
    alerts = [
        an_alert("a", 1),
        an_alert("a", 2, severity="critical"),
        an_alert("a", 3, status="closed"),
    ]
    with WebReceiver() as there, sending(deployment, webhook(there, retries=0)) as process:
        process.launch = launched  # Once as people start it.
        process.start()
        there.answer = UNAVAILABLE
        publish(deployment, *alerts)
        wait_until(lambda: len(there.posted) >= 2, "it is tried again")
        assert set(there.events()) == {("a", 1)}
        there.start_over(OK)
        wait_until(lambda: len(there.posted) >= 3, "all come")
        wait_until(lambda: len(_sent(process)) >= 3, "and are logged")
        assert there.events() == [("a", 1), ("a", 2), ("a", 3)]
        assert process.stop() == 0
        log = process.deliveries()
        assert [one.revision for one in _sent(process)] == [1, 2, 3]
        retries = [one for one in log if one.outcome == "retry"]
        assert {one.revision for one in retries} == {1}
        assert retries[0].detail == "answered 503: away"
        first = next(one for one in log if one.outcome == "sent")
        assert first.attempts == len(retries) + 1
        assert first.latency_ms > 0


def test_what_is_refused_to_the_last_is_dead_and_the_next_goes_on(deployment: Deployment) -> None:
    with WebReceiver() as there, sending(deployment, webhook(there, retries=1)) as process:
        process.start()
        there.answer = BROKEN
        publish(deployment, an_alert("a"))
        wait_until(lambda: any(one.outcome == "dead" for one in process.deliveries()), "dead")
        there.answer = OK
        publish(deployment, an_alert("b"))
        wait_until(lambda: there.events()[-1:] == [("b", 1)], "the next")
        assert process.stop() == 0
        (dead,) = [one for one in process.deliveries() if one.outcome == "dead"]
        assert (dead.alert_id, dead.attempts) == ("a", 2)


def test_killed_half_way_it_doubles_at_most_what_was_under_way(deployment: Deployment) -> None:
    alerts = [an_alert(f"k{number}") for number in range(300)]
    with WebReceiver() as there, sending(deployment, webhook(there)) as process:
        process.start()
        # Else all could be sent before this comes to kill it.
        there.takes_s = 0.02
        publish(deployment, *alerts)
        wait_until(lambda: len(there.posted) >= 20, "it sends")
        process.kill()
        there.takes_s = 0.0
        before = len(there.posted)
        assert before < len(alerts)
        process.start()
        wait_until(lambda: len(set(there.events())) == len(alerts), "all come")
        publish(deployment, an_alert("after"))
        wait_until(lambda: ("after", 1) in there.events(), "and the next")
        doubled = len(there.posted) - len(alerts) - 1
        print(f"killed after {before} of {len(alerts)}: {doubled} came twice")
        assert doubled <= 1
        assert process.stop() == 0


def test_what_was_held_back_outlives_a_kill(deployment: Deployment) -> None:
    with (
        WebReceiver() as there,
        sending(deployment, webhook(there, debounce_s=20.0)) as process,
    ):
        process.start()
        publish(deployment, an_alert("a", 1), an_alert("a", 2), an_alert("a", 3))
        publish(deployment, an_alert("b"))
        wait_until(lambda: ("b", 1) in there.events(), "both are sent")
        process.wait_until_sent("a", "b")
        process.kill()
        process.start()
        wait_until(lambda: len(there.posted) >= 3, "what was held comes when it is due")
        assert sorted(there.events()) == [("a", 1), ("a", 3), ("b", 1)]
        assert process.stop() == 0


def test_a_new_channel_begins_at_the_end_and_an_old_alert_is_not_pushed(
    deployment: Deployment,
) -> None:
    publish(deployment, *(an_alert(f"before{number}") for number in range(50)))
    with WebReceiver() as there, sending(deployment, webhook(there)) as process:
        process.start()
        publish(deployment, an_alert("old"), ago_s=4000.0)
        publish(deployment, an_alert("new"))
        wait_until(lambda: ("new", 1) in there.events(), "the new one comes")
        process.wait_until_sent("new")
        assert process.stop() == 0
        # While it was down, one more: that is no reason to lose it.
        publish(deployment, an_alert("meanwhile"))
        process.start()
        wait_until(lambda: ("meanwhile", 1) in there.events(), "what came meanwhile")
        assert there.events() == [("new", 1), ("meanwhile", 1)]
        assert process.stop() == 0
        (dropped,) = [one for one in process.deliveries() if one.outcome == "dropped"]
        assert (dropped.alert_id, dropped.detail) == ("old", "older than 3600 s")
