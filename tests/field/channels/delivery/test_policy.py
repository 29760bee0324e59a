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
#: LastSent of revision 3, medium, a hundred seconds ago.
TOLD = LastSent(3, "medium", NOW_S - 100.0, 0)
LONG_AGO = LastSent(3, "medium", NOW_S - 300.0, 0)
HIGH = LastSent(3, "high", NOW_S - 100.0, 0)
OVER = LastSent(3, "medium", NOW_S - 100.0, 0, closed=True)


@pytest.mark.parametrize(
    ("channel", "changes", "told", "wanted", "age_s", "decision"),
    [
        # What opens goes at once, by whatever revision it is first seen, unless it is filtered.
        (PEOPLE, {"revision": 1}, None, True, 0.0, Send()),
        (PEOPLE, {"revision": 7}, None, True, 0.0, Send()),
        (PEOPLE, {"revision": 1}, None, False, 0.0, Drop("filtered")),
        # What was told stays told, also when it no longer passes the filter.
        (PEOPLE, {"severity": "low"}, TOLD, False, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "low"}, LONG_AGO, False, 0.0, Send()),
        # An update waits its time; a rise doesn't, and a severity that wavers is no rise.
        (PEOPLE, {"severity": "medium"}, TOLD, True, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "medium"}, LONG_AGO, True, 0.0, Send()),
        (PEOPLE, {"severity": "high"}, TOLD, True, 0.0, Send()),
        (PEOPLE, {"severity": "high"}, HIGH, True, 0.0, Hold(NOW_S + 200.0)),
        (PEOPLE, {"severity": "critical"}, HIGH, True, 0.0, Send()),
        (PEOPLE, {"severity": "unheard of"}, TOLD, True, 0.0, Hold(NOW_S + 200.0)),
        # What closes goes at once where its opening was told.
        (PEOPLE, {"status": "closed"}, TOLD, True, 0.0, Send()),
        (PEOPLE, {"status": "closed"}, TOLD, False, 9e9, Send()),
        (PEOPLE, {"status": "closed"}, None, True, 0.0, Drop("closed before it was told")),
        # Nothing is told twice.
        (PEOPLE, {"revision": 3}, TOLD, True, 0.0, Drop("told already")),
        (PEOPLE, {"revision": 2, "severity": "critical"}, TOLD, True, 0.0, Drop("told already")),
        (PEOPLE, {"revision": 3, "status": "closed"}, OVER, True, 0.0, Drop("told already")),
        # Old news isn't pushed to people.
        (PEOPLE, {"revision": 1}, None, True, 3601.0, Drop("older than 3600 s", True)),
        (PEOPLE, {"severity": "critical"}, TOLD, True, 3601.0, Drop("older than 3600 s", True)),
        (PEOPLE, {"revision": 1}, None, True, 3599.0, Send()),
        # Statuses that nobody asked for.
        (FINDINGS, {"severity": "critical"}, TOLD, True, 0.0, Drop("status is filtered")),
        (FINDINGS, {"status": "closed"}, TOLD, True, 0.0, Send()),
        # A map moves its markers sooner, and takes off what it may have shown in an earlier run.
        (MAP, {"revision": 1}, None, True, 3601.0, Send()),
        (MAP, {"severity": "medium"}, TOLD, True, 0.0, Send()),
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
    told: LastSent | None,
    wanted: bool,
    age_s: float,
    decision: Send | Hold | Drop,
) -> None:
    alert = an_alert(**({"revision": 4, "severity": "medium"} | changes))
    assert decide(alert, told, wanted, channel, NOW_S, NOW_S - age_s) == decision


def test_what_was_told_last_keeps_the_highest_severity_that_was_told() -> None:
    low = LastSent(4, "low", 5.0, 6)
    assert HIGH.and_then(low) == LastSent(4, "high", 5.0, 6)
    assert low.and_then(HIGH) == LastSent(4, "high", 5.0, 6)
