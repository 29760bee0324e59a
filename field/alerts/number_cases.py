"""What people do about complaints and victims, on the trail: cases about numbers, and what came of
reminding somebody.

Cases that reports open are those of `detectors.acting.cases.opened`; others are opened by people.
Each step is an action on ``fbs.actions`` that is about no single alert, so it is signed and kept
with all others. What came of a notice is kept without the person: by a digest of the notice, which
says nothing once the notice is gone.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, Literal

from detectors.acting.cases import Deed, NumberCase, Step, after_steps
from detectors.model.codes import Level
from field.alerts.life_cycle import Action, lettered

Outcome = Literal["dissuaded", "not_fraud", "lost"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("dissuaded", "not_fraud", "lost")
#: The action by which somebody reports what came of a notice.
OUTCOME: Final = "victim_outcome"
#: The action by which a person opens a case, and those that are steps of one.
OPEN: Final = "check_open"
STEPS: Final[Mapping[str, Deed]] = {
    "check_dispatch": "dispatch",
    "check_answer": "answer",
    "check_close": "close",
    "check_reopen": "reopen",
}


def reference(subscriber: str, level: Level, since: int) -> str:
    """Names a notice without whom it is about, in letters.

    >>> reference("h-1", "deep", 0) == reference("h-1", "deep", 1)
    False
    """
    digest = blake2b(f"{subscriber} {level} {since}".encode(), digest_size=12)
    return lettered(digest.hexdigest())


def outcome_details(
    subscriber: str, level: Level, since: int, outcome: Outcome, alert_ids: Iterable[str] = ()
) -> dict[str, Any]:
    """The details of an action `OUTCOME`."""
    name = reference(subscriber, level, since)
    return {"notice": name, "level": level, "outcome": outcome, "alert_ids": list(alert_ids)}


def outcomes(actions: Iterable[Action]) -> dict[tuple[str, str], int]:
    """How many notices of each level came to what: the newest word about each counts."""
    newest: dict[str, tuple[str, str]] = {}
    for action in actions:
        details = action.details
        level, outcome, name = (details.get(key) for key in ("level", "outcome", "notice"))
        if action.action == OUTCOME and outcome in OUTCOMES and isinstance(name, str):
            newest[name] = (str(level), str(outcome))
    counts: dict[tuple[str, str], int] = {}
    for pair in newest.values():
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def opening_details(case_id: str, number: str, **known: str | None) -> dict[str, Any]:
    """The details of an action `OPEN`; ``known`` are category, class, carrier, answerable."""
    given = {name: value for name, value in known.items() if value is not None}
    return {"case_id": case_id, "number": number, **given}


def step_details(case_id: str, sent_to: str | None = None, answer: str | None = None) -> Any:
    """The details of a step."""
    given = {"case_id": case_id, "sent_to": sent_to, "answer": answer}
    return {name: value for name, value in given.items() if value is not None}


def cases_after(
    from_reports: Mapping[str, NumberCase], actions: Iterable[Action]
) -> dict[str, NumberCase]:
    """All cases as the actions of the trail, in its order, have left them. What can't be done, or
    is about no case that is known, counts for nothing."""
    cases = dict(from_reports)
    for action in actions:
        name = action.details.get("case_id")
        if not isinstance(name, str):
            continue
        if action.action == OPEN and name not in cases:
            made = _opened(name, action)
            cases |= {name: made} if made is not None else {}
        elif (deed := STEPS.get(action.action)) is not None:
            step = Step(
                case_id=name,
                deed=deed,
                ts=action.ts,
                sent_to=_text(action, "sent_to"),
                answer=_text(action, "answer"),
            )
            cases, _ = after_steps(cases, [step])
    return cases


def _opened(name: str, action: Action) -> NumberCase | None:
    number = _text(action, "number")
    if number is None:
        return None
    return NumberCase(
        case_id=name,
        number=number,
        by=action.by,
        opened_ts=action.ts,
        category=_text(action, "category"),
        number_class=_text(action, "number_class"),
        carrier=_text(action, "carrier"),
        answerable=_text(action, "answerable"),
    )


def _text(action: Action, name: str) -> str | None:
    value = action.details.get(name)
    return value if isinstance(value, str) and value else None
