"""Notices go out again when an alert opens that accuses who called."""

import pytest
from msgspec.structs import replace

from detectors.acting import reminders
from detectors.acting.notice import VictimNotice
from detectors.acting.reminders import Reminded, Reminders
from detectors.model.codes import Level

DAY_MS = 86_400_000
HIM = "h-" + 24 * "e"
GANG, OTHER = "h-" + 24 * "a", "h-" + 24 * "b"


def notice(level: Level, ts: int = 0, who: str = HIM, alerts: tuple[str, ...] = ()) -> VictimNotice:
    return VictimNotice(
        subscriber=who,
        level=level,
        reasons=("spoofed",),
        since=ts,
        ts=ts,
        valid_until=ts + DAY_MS,
        alert_ids=alerts,
    )


def test_an_alert_that_opens_later_is_named_once() -> None:
    known = Reminders({})
    assert known.given(notice("medium")) == notice("medium")
    known.called(HIM, GANG, 0)
    assert known.accused("a1", [OTHER], 5) == []
    assert known.accused("a1", [OTHER, GANG], 5) == [
        replace(notice("medium"), ts=5, alert_ids=("a1",))
    ]
    assert known.accused("a1", [GANG], 6) == []


def test_all_who_called_count_and_a_higher_level_keeps_what_is_known() -> None:
    known = Reminders({})
    known.given(notice("medium", alerts=("a1",)))
    known.called(HIM, GANG, 0)
    known.called(HIM, OTHER, 1)
    both = ("a1", "a2")
    assert [one.alert_ids for one in known.accused("a2", [OTHER], 8)] == [both]
    assert known.given(notice("deep", 9, alerts=("a3",))).alert_ids == (*both, "a3")
    assert [one.level for one in known.accused("a4", [GANG], 10)] == ["deep"]


def test_what_is_no_longer_valid_is_not_sent_again() -> None:
    known = Reminders({})
    known.given(notice("medium", alerts=("a1",)))
    known.called(HIM, GANG, 0)
    assert known.accused("a2", [GANG], DAY_MS) == []
    assert known.given(notice("medium", DAY_MS)).alert_ids == ()


def test_whom_no_notice_is_about_is_not_remembered() -> None:
    state: dict[str, Reminded] = {}
    Reminders(state).called(HIM, GANG, 0)
    assert state == {}


def test_what_is_remembered_is_the_state_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "MOST_REMINDED", 50)
    state: dict[str, Reminded] = {}
    known = Reminders(state)
    for n in range(55):
        known.given(notice("shallow", n, f"h-{n}"))
        known.called(f"h-{n}", GANG, n)
    assert list(state) == [f"h-{n}" for n in range(5, 55)]
    again = Reminders(dict(state))
    found = known.accused("a1", [GANG], 60)
    assert len(found) == 50
    assert again.accused("a1", [GANG], 60) == found
    for n in range(20):
        known.called("h-54", f"h-{n}-b", 61)
    assert len(state["h-54"].callers) == 4
