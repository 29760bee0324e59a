"""Cases about numbers, and what came of reminding victims, on the trail."""

from typing import Any

import msgspec

from detectors.acting.cases import NumberCase
from field.alerts.life_cycle import Action, after
from field.alerts.number_cases import (
    OPEN,
    OUTCOME,
    STEPS,
    cases_after,
    opening_details,
    outcome_details,
    outcomes,
    reference,
    step_details,
)

HIM = "h-" + 24 * "e"
REPORTED = NumberCase(case_id="12321:A-1", number="h-1", by="12321", opened_ts=0, answerable="own")


def action(name: str, ts: int, details: dict[str, Any]) -> Action:
    return Action(
        action_id=f"a-{ts}", ts=ts, action=name, by="anna", role="dispatcher", details=details
    )


def test_all_of_it_may_be_done_whatever_the_state_of_an_alert() -> None:
    assert all(after("new", name) == "new" for name in (OPEN, OUTCOME, *STEPS))


def test_a_reported_case_and_one_that_a_person_opened_go_their_way() -> None:
    opened = opening_details("c-1", "h-2", category="loan", carrier="b", number_class=None)
    trail = [
        action(OPEN, 1, opened),
        action("check_dispatch", 2, step_details("12321:A-1")),
        action("check_dispatch", 3, step_details("c-1", sent_to="carrier-b")),
        action("check_answer", 4, step_details("c-1", answer="line closed")),
        action("check_close", 5, step_details("c-1")),
        action("check_answer", 6, step_details("c-1", answer="too late")),
        action("note", 7, {}),
    ]
    found = cases_after({REPORTED.case_id: REPORTED}, trail)
    assert (found["12321:A-1"].state, found["12321:A-1"].sent_to) == ("dispatched", "own")
    mine = found["c-1"]
    assert (mine.by, mine.number, mine.category, mine.carrier) == ("anna", "h-2", "loan", "b")
    assert (mine.state, mine.sent_to, mine.answer) == ("closed", "carrier-b", "line closed")
    # Read back from its record it is the same.
    again = [msgspec.json.decode(msgspec.json.encode(each), type=Action) for each in trail]
    assert cases_after({REPORTED.case_id: REPORTED}, again) == found


def test_what_a_foreign_writer_puts_there_opens_nothing() -> None:
    trail = [
        action(OPEN, 1, {"case_id": 7, "number": "h-1"}),
        action(OPEN, 2, {"case_id": "c-1", "number": ["h-1"]}),
        action(OPEN, 3, {}),
        action("check_close", 4, {"case_id": "c-2"}),
        action(OPEN, 5, opening_details(REPORTED.case_id, "h-9")),
    ]
    assert cases_after({REPORTED.case_id: REPORTED}, trail) == {REPORTED.case_id: REPORTED}


def test_what_came_of_a_notice_is_kept_without_the_person() -> None:
    details = outcome_details(HIM, "deep", 5, "dissuaded", ("a1",))
    assert HIM not in msgspec.json.encode(details).decode()
    assert details["notice"] == reference(HIM, "deep", 5)
    assert details["notice"].isalpha()
    corrected = outcome_details(HIM, "deep", 5, "lost")
    other = outcome_details("h-2", "medium", 5, "not_fraud")
    trail = [
        action(OUTCOME, at, each)
        for at, each in enumerate((details, other, corrected, {"notice": "x", "outcome": "rich"}))
    ]
    assert outcomes(trail) == {("deep", "lost"): 1, ("medium", "not_fraud"): 1}
