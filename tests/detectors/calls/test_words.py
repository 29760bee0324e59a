"""Alerts about calls in English words."""

import msgspec
import pytest

from detectors.alert.record import Alert
from field.formats.words.text import headline
from tests.detectors.calls.conftest import Desk, Finder


@pytest.fixture
def alert(desk: Desk, found: Finder) -> Alert:
    one = "h-" + 24 * "a"
    rate = found(2, number=one, detector="caller_rate", family="pace", weight=3.0)
    return desk.take(found(1, number=one), rate).alerts[-1]


def test_the_headline_of_an_alert_is_that_of_channels_and_console(alert: Alert) -> None:
    expected = "Possible fraudulent caller: 1 number, 2 calls to 2 people (76 % sure)"
    assert alert.headline == headline(alert, "en") == expected


@pytest.mark.parametrize(
    ("status", "verdict", "begins"),
    [
        ("closed", None, "Over: fraudulent caller"),
        ("closed", "false_alarm", "Ruled out: fraudulent caller"),
        ("update", "confirmed", "Possible fraudulent caller"),
    ],
)
def test_what_is_over_or_ruled_out_is_called_so(
    alert: Alert, status: str, verdict: str | None, begins: str
) -> None:
    other = msgspec.structs.replace(alert, status=status, verdict=verdict)  # type: ignore[arg-type]
    assert headline(other, "en").startswith(begins)
