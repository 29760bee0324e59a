"""Messages that come later than is allowed, on a real broker."""

import random

import pytest
from pyproj import Geod

from replay.traces.trace import Message
from tests.integration.conftest import Known
from tests.integration.deployment import Deployment
from tests.integration.messages import end_ms, in_order
from tests.integration.waiting import wait_until

pytestmark = pytest.mark.integration


def test_what_comes_later_than_allowed_is_counted_used_and_opens_no_second_alert(
    deployment: Deployment, quarter_hour: Known
) -> None:
    chance = random.Random(11)
    messages = in_order(quarter_hour.trace)
    # One of ten is one to four minutes late; the rest comes in order.
    delivered = [
        (m.arrival_ms + (chance.uniform(60_000.0, 240_000.0) if chance.random() < 0.1 else 0.0), n)
        for n, m in enumerate(messages)
    ]
    cut_ms = (messages[0].arrival_ms + messages[-1].arrival_ms) // 2
    first, rest = list[Message](), list[Message]()
    for at_ms, number in sorted(delivered):
        (first if at_ms < cut_ms else rest).append(messages[number])
    assert sum(message.arrival_ms < cut_ms for message in rest) > 20
    deployment.load_register(quarter_hour.trace)
    deployment.start()
    deployment.send(first)
    deployment.mark(cut_ms, end=False)
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert before the rest comes")
    deployment.send(rest)
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert sum(correlator.late for correlator in deployment.correlators().values()) > 0

    # As many alerts as of messages in order, each under one name from its first revision on.
    alerts, known = deployment.alerts(), quarter_hour.alerts
    assert len({one.alert_id for one in alerts}) == len({one.alert_id for one in known}) == 1
    assert [one.revision for one in alerts] == list(range(1, len(alerts) + 1))
    # What came late is used: the last revision stands on as many phones, about, and there.
    last, expected = alerts[-1], known[-1]
    assert abs(last.devices - expected.devices) <= 2
    assert last.position is not None
    assert expected.position is not None
    at, due = last.position, expected.position
    away = Geod(ellps="WGS84").line_length([at["lon"], due["lon"]], [at["lat"], due["lat"]])
    assert away < 100.0
