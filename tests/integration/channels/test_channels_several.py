"""Several channels, or several processes of one, on a real Kafka; and channels by command."""

from typing import Any

import pytest

from tests.field.channels.example import an_alert
from tests.integration.channels.sending import WebReceiver, publish, sending
from tests.integration.channels.test_channels import UNAVAILABLE, webhook
from tests.integration.deployment import Deployment
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def test_a_broken_channel_never_stops_the_others(deployment: Deployment) -> None:
    blocked = deployment.folder / "file"
    blocked.touch()
    broken = {"kind": "cap", "name": "hub", "sender": "a@b.example", "folder": str(blocked / "x")}
    away: dict[str, Any] = {"kind": "cot", "name": "tak", "url": "tcp://127.0.0.1:1"}
    # It waits half of it for a connection, which must be reported before the whole is over.
    away["timeout_s"] = 10.0
    with WebReceiver() as there, sending(deployment, broken, away, webhook(there)) as process:
        process.start()
        publish(deployment, an_alert("a"))
        publish(deployment, an_alert("b"))
        wait_until(lambda: len(there.posted) == 2, "the webhook goes on")
        wait_until(
            lambda: {one.channel for one in process.deliveries()} == {"hub", "tak", "hook"},
            "the others say what is wrong",
        )
        details = {one.channel: one.detail for one in process.deliveries()}
        assert details["hub"] == "not written: Not a directory"
        assert details["tak"].startswith("not connected: ")


def test_two_processes_share_a_channel_and_send_nothing_twice(deployment: Deployment) -> None:
    with (
        WebReceiver() as there,
        sending(deployment, webhook(there)) as one,
        sending(deployment, webhook(there)) as other,
    ):
        one.start()
        other.runs = 10
        other.start()
        first = [an_alert(f"a{number}") for number in range(40)]
        publish(deployment, *first)
        wait_until(lambda: len(there.posted) >= 40, "all come")
        one.wait_until_sent(*(alert.alert_id for alert in first))
        assert one.stop() == 0
        publish(deployment, *(an_alert(f"b{number}") for number in range(10)))
        wait_until(lambda: len(there.posted) >= 50, "the other goes on")
        assert other.stop() == 0
        assert len(there.events()) == len(set(there.events())) == 50


def test_a_test_message_and_a_list_from_the_command_line(deployment: Deployment) -> None:
    with WebReceiver() as there, sending(deployment, webhook(there, enabled=False)) as process:
        config = str(process.config)
        assert (
            "hook: webhook (disabled)"
            in deployment.command("notify", "list", "--config", config).stdout
        )
        words = ("notify", "test", "hook", "--config", config)
        printed = deployment.command(*words, own_process=True).stdout
        assert printed.startswith("channel hook: sent in ")
        assert there.posted[0].json["type"] == "cellhound.alert.test"
        there.answer = UNAVAILABLE
        failed = deployment.attempt("notify", "test", "hook", "--config", config)
        assert failed.returncode == 1
        assert "channel hook: answered 503: away" in failed.stderr
        unknown = deployment.attempt("notify", "test", "hooks", "--config", config)
        assert unknown.returncode == 2
        assert "there is no channel 'hooks'; the settings have hook" in unknown.stderr
        nothing = deployment.attempt("notify", "run", "--config", config)
        assert nothing.returncode == 2
        assert "no channel to run" in nothing.stderr
