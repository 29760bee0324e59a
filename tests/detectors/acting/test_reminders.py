"""Which notices of victims go out, and when again."""

from msgspec.structs import replace

from detectors.acting import reminders
from detectors.acting.notice import VictimNotice
from detectors.acting.reminders import Reminded, Reminders
from detectors.model.codes import Level

DAY_MS = 86_400_000
HIM = "h-" + 24 * "e"
GANG = "h-" + 24 * "a"


def notice(level: Level, ts: int = 0, who: str = HIM) -> VictimNotice:
    return VictimNotice(
        subscriber=who,
        level=level,
        reasons=("spoofed",),
        since=ts,
        ts=ts,
        valid_until=ts + DAY_MS,
    )


def test_one_notice_a_level_and_day_and_a_higher_level_at_once() -> None:
    known = Reminders({})
    assert known.take(notice("shallow"), GANG, ()) == [notice("shallow")]
    assert known.take(notice("shallow", 10), GANG, ()) == []
    assert known.take(notice("deep", 20), GANG, ()) == [notice("deep", 20)]
    assert known.take(notice("medium", 30), GANG, ()) == []
    assert known.take(notice("medium", 20 + DAY_MS), GANG, ()) == [notice("medium", 20 + DAY_MS)]


def test_an_alert_that_opens_later_is_named_in_a_later_notice() -> None:
    known = Reminders({})
    known.take(notice("medium"), GANG, ())
    assert known.accused("a1", ["h-other"], 5) == []
    named = replace(notice("medium"), ts=5, alert_ids=("a1",))
    assert known.accused("a1", [GANG], 5) == [named]
    assert known.accused("a1", [GANG], 6) == []
    # A second number called as well, and a higher level keeps what is known.
    assert known.take(notice("medium", 7), "h-b", ()) == []
    both = ("a1", "a2")
    assert known.accused("a2", ["h-b"], 8) == [replace(named, ts=8, alert_ids=both)]
    assert known.take(notice("deep", 9), GANG, ()) == [replace(notice("deep", 9), alert_ids=both)]
    assert known.accused("a3", [GANG], 9 + DAY_MS) == []


def test_who_withheld_the_number_gives_a_notice_too() -> None:
    assert Reminders({}).take(notice("shallow"), None, ()) == [notice("shallow")]


def test_what_is_remembered_is_the_state_and_bounded() -> None:
    state: dict[str, Reminded] = {}
    known = Reminders(state)
    for n in range(reminders.MOST_REMINDED + 5):
        known.take(notice("shallow", n, f"h-{n}"), GANG, ())
    assert len(state) == reminders.MOST_REMINDED
    assert "h-4" not in state
    again = Reminders(dict(state))
    ts = reminders.MOST_REMINDED
    assert again.accused("a1", [GANG], ts) == known.accused("a1", [GANG], ts)
