"""Verification cases: a number that somebody complained of is put to its carrier, which answers.

A case is opened by a report that has a reference of its own, or by a person; it is sent to the
carrier, answered, and closed. What is done is a step; what a step leads to is one table.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from detectors.acting.owners import Owner
from detectors.model.rare_messages import PublicReport

CaseState = Literal["open", "dispatched", "answered", "closed"]
Deed = Literal["dispatch", "answer", "close", "reopen"]
#: What each step makes of each state. What isn't here can't be done.
NEXT: Final[Mapping[tuple[CaseState, Deed], CaseState]] = {
    ("open", "dispatch"): "dispatched",
    ("open", "close"): "closed",
    ("dispatched", "dispatch"): "dispatched",
    ("dispatched", "answer"): "answered",
    ("dispatched", "close"): "closed",
    ("answered", "dispatch"): "dispatched",
    ("answered", "close"): "closed",
    ("closed", "reopen"): "open",
}


class NumberCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case about a number, by its pseudonym. Times in ms; ``by`` is through whom the complaint
    came, or the account that opened it; ``sent_to`` the carrier or trunk that has to answer."""

    case_id: str
    number: str
    by: str
    opened_ts: int
    state: CaseState = "open"
    category: str | None = None
    number_class: str | None = None
    carrier: str | None = None
    answerable: str | None = None
    sent_to: str | None = None
    dispatched_ts: int | None = None
    answered_ts: int | None = None
    closed_ts: int | None = None
    answer: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about a case at a time (ms): to whom it was sent, or what was answered."""

    case_id: str
    deed: Deed
    ts: int
    sent_to: str | None = None
    answer: str | None = None


class Complaint(msgspec.Struct, frozen=True):
    """A report about a number, with its time (ms)."""

    ts: int
    number_class: str | None
    carrier: str | None


class Sum(msgspec.Struct, frozen=True, kw_only=True, rename={"number_class": "class"}):
    """A month's figures of one class and carrier, ``None`` where unknown or not asked by.

    Cases count in the month in which they were opened, by how far they have come since.
    ``per_million``: complaints by a million users, where their count is known.
    """

    month: str
    number_class: str | None
    carrier: str | None
    complaints: int
    cases: int
    dispatched: int
    answered: int
    closed: int
    per_million: float | None


def case_id_of(report: PublicReport) -> str | None:
    """The name of the case that a report opens; ``None`` where it opens none."""
    if report.case_ref is None or report.number is None:
        return None
    return f"{report.by}:{report.case_ref}"


def opened(reports: Sequence[PublicReport], owners: Sequence[Owner]) -> dict[str, NumberCase]:
    """The cases that reports open, each once, by name: the first report of one counts."""
    cases: dict[str, NumberCase] = {}
    for report, owner in zip(reports, owners, strict=True):
        name = case_id_of(report)
        if name is None or report.number is None or name in cases:
            continue
        cases[name] = NumberCase(
            case_id=name,
            number=report.number,
            by=report.by,
            opened_ts=report.ts,
            category=report.category,
            number_class=owner.number_class,
            carrier=owner.carrier,
            answerable=owner.answerable,
        )
    return cases


def stepped(case: NumberCase, step: Step) -> NumberCase | None:
    """The case after a step; ``None`` where that can't be done in its state, and where nobody is
    known to whom it could be sent."""
    state = NEXT.get((case.state, step.deed))
    if state is None:
        return None
    replace = msgspec.structs.replace
    match step.deed:
        case "dispatch":
            sent_to = step.sent_to or case.answerable
            if sent_to is None:
                return None
            return replace(case, state=state, sent_to=sent_to, dispatched_ts=step.ts)
        case "answer":
            return replace(case, state=state, answer=step.answer, answered_ts=step.ts)
        case "close":
            return replace(case, state=state, closed_ts=step.ts)
    return replace(case, state=state, closed_ts=None)


def after_steps(
    cases: Mapping[str, NumberCase], steps: Iterable[Step]
) -> tuple[dict[str, NumberCase], list[Step]]:
    """The cases after steps in their order, and the steps that counted for nothing."""
    now, refused = dict(cases), list[Step]()
    for step in steps:
        before = now.get(step.case_id)
        then = stepped(before, step) if before is not None else None
        if then is None:
            refused.append(step)
        else:
            now[step.case_id] = then
    return now, refused


def complaints(reports: Sequence[PublicReport], owners: Sequence[Owner]) -> list[Complaint]:
    """The reports about numbers; those about addresses and apps are left out."""
    return [
        Complaint(report.ts, owner.number_class, owner.carrier)
        for report, owner in zip(reports, owners, strict=True)
        if report.number is not None
    ]
