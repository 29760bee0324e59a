"""What a channel does with a revision, as a table."""

from typing import Any

import msgspec
import pytest

from field.channels.delivery.policy import Drop, Hold, LastSent, Send, decide
from streams.config.channels import ChannelSettings, CotSettings, WecomSettings
from tests.field.channels.example import an_alert

PEOPLE = WecomSettings(name="people", debounce_s=300.0, most_age_s=3600.0)
MAP = CotSettings(name="map", url="tcp://127.0.0.1:1", debounce_s=10.0, most_age_s=86_400.0)
FINDINGS = msgspec.structs.replace(PEOPLE, statuses=("open", "closed"))
NOW_S = 10_000.0
#: Revision 3 was sent, medium, a hundred seconds ago.
SENT = LastSent(3, "medium", NOW_S - 100.0, 0)
LONG_AGO = LastSent(3, "medium", NOW_S - 300.0, 0)
HIGH = LastSent(3, "high", NOW_S - 100.0, 0)
OVER = LastSent(3, "medium", NOW_S - 100.0, 0, closed=True)


@pytest.mark.parametrize(
    ("channel", "changes", "before", "wanted", "age_s", "decision"),
    [
        # What opens goes at once, by whatever revision it is first seen, unless it is filtered.
        (PEOPLE, {"revision": 1}, None, True, 0.0, Send()),
        (PEOPLE, {"revision": 7}, None, True, 0.0, Send()),
        (PEOPLE, {"revision": 1}, None, False, 0.0, Drop("filtered")),
        # What was sent once is sent on, also when it no longer passes the filter.
        (PEOPLE, {"severity": "low"}, SENT, False, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "low"}, LONG_AGO, False, 0.0, Send()),
        # An update waits its time; a rise doesn't, and a severity that wavers is no rise.
        (PEOPLE, {"severity": "medium"}, SENT, True, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "medium"}, LONG_AGO, True, 0.0, Send()),
        (PEOPLE, {"severity": "high"}, SENT, True, 0.0, Send()),
        (PEOPLE, {"severity": "high"}, HIGH, True, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "critical"}, HIGH, True, 0.0, Send()),
        (PEOPLE, {"severity": "unknown"}, SENT, True, 0.0, Hold(NOW_S + 200.0)),
        # What closes goes at once where its opening was sent.
        (PEOPLE, {"status": "closed"}, SENT, True, 0.0, Send()),
        (PEOPLE, {"status": "closed"}, SENT, False, 9e9, Send()),
        (PEOPLE, {"status": "closed"}, None, True, 0.0, Drop("closed before it was sent")),
        # Nothing is sent twice.
        (PEOPLE, {"revision": 3}, SENT, True, 0.0, Drop("sent already")),
        (PEOPLE, {"revision": 2, "severity": "critical"}, SENT, True, 0.0, Drop("sent already")),
        (PEOPLE, {"revision": 3, "status": "closed"}, OVER, True, 0.0, Drop("sent already")),
        # Old news isn't pushed to people.
        (PEOPLE, {"revision": 1}, None, True, 3601.0, Drop("older than 3600 s", True)),
        (PEOPLE, {"severity": "critical"}, SENT, True, 3601.0, Drop("older than 3600 s", True)),
        (PEOPLE, {"revision": 1}, None, True, 3599.0, Send()),
        # Statuses that nobody asked for.
        (FINDINGS, {"severity": "critical"}, SENT, True, 0.0, Drop("status is filtered")),
        (FINDINGS, {"status": "closed"}, SENT, True, 0.0, Send()),
        # A map moves its markers sooner, and takes off what it may have shown in an earlier run.
        (MAP, {"revision": 1}, None, True, 3601.0, Send()),
        (MAP, {"severity": "medium"}, SENT, True, 0.0, Send()),
        (
            MAP,
            {"severity": "medium"},
            LastSent(3, "medium", NOW_S, 0),
            True,
            0.0,
            Hold(NOW_S + 10.0),
        ),
        (MAP, {"status": "closed"}, None, True, 0.0, Send()),
        (MAP, {"status": "closed"}, None, False, 0.0, Send()),
    ],
)
def test_a_revision_is_sent_held_or_dropped(
    channel: ChannelSettings,
    changes: dict[str, Any],
    before: LastSent | None,
    wanted: bool,
    age_s: float,
    decision: Send | Hold | Drop,
) -> None:
    alert = an_alert(**({"revision": 4, "severity": "medium"} | changes))
    assert decide(alert, before, wanted, channel, NOW_S, NOW_S - age_s) == decision


def test_what_was_sent_last_keeps_the_highest_severity_that_was_sent() -> None:
    low = LastSent(4, "low", 5.0, 6)
    assert HIGH.and_then(low) == LastSent(4, "high", 5.0, 6)
    assert low.and_then(HIGH) == LastSent(4, "high", 5.0, 6)
