"""What came of reminding victims, and cases about numbers: entered by people, kept on the trail.

Nobody reads of victims here: whoever reminds them has the notice, and reports what came of it.
"""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from detectors.acting.cases import Deed, NumberCase, Step, stepped
from detectors.model.codes import Level
from field.alerts.checks import MOST_MS
from field.alerts.life_cycle import Action, lettered, new_id
from field.alerts.number_cases import (
    OPEN,
    OUTCOME,
    STEPS,
    Outcome,
    cases_after,
    opening_details,
    outcome_details,
    outcomes,
    step_details,
)
from field.console.access import Dispatcher, Person
from field.console.alert_actions import done_by
from field.console.answers import answer, declared
from field.console.query_params import store_of
from field.console.scrub import clean
from field.console.status import shown_now_ms
from field.console.store.queries.actions import actions_named
from field.console.store.queries.complaints import cases_of_reports

router = APIRouter(tags=["numbers"])

#: Actions that are read back: of a country's complaints those of some years.
_MOST: Final = 100_000
#: Complaints that are older open no case any more; what people did about one stays on the trail.
_KEPT_MS: Final = 400 * 86_400_000
_PSEUDONYM: Final = r"^h-[0-9a-f]{24}$"
_CASE: Final = r"^[0-9A-Za-z._:\-]{1,80}$"
Pseudonym = Annotated[str, Field(pattern=_PSEUDONYM)]
CaseName = Annotated[str, Path(pattern=_CASE, description="Of the case.")]
Short = Annotated[str, Field(min_length=1, max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OutcomeReport(_Body):
    """What came of a notice of `fraud.victims`; its first three fields are those of the notice.
    Reported again, the newest word counts."""

    subscriber: Pseudonym
    level: Level
    since: int = Field(ge=0, le=MOST_MS)
    outcome: Outcome
    alert_ids: list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = Field([], max_length=8)


class Opening(_Body):
    """A case about a number, by its pseudonym. With ``source`` and ``case_ref`` it is that which a
    report opens under these."""

    number: Pseudonym
    source: Short | None = None
    case_ref: Short | None = None
    category: Short | None = None
    number_class: Short | None = None
    carrier: Short | None = None
    note: str = Field("", max_length=4000)


class StepReport(_Body):
    """What was done about a case: to whom it was sent, what was answered."""

    deed: Deed
    sent_to: Short | None = None
    answer: str | None = Field(None, min_length=1, max_length=1000)
    note: str = Field("", max_length=4000)


@router.post("/api/victims/outcomes", responses=declared(413, 422))
async def report_outcome(request: Request, wanted: OutcomeReport, person: Dispatcher) -> Response:
    """Report what came of reminding somebody; the person isn't kept."""
    details = outcome_details(
        wanted.subscriber, wanted.level, wanted.since, wanted.outcome, wanted.alert_ids
    )
    action = done_by(person, request, OUTCOME, "", details=details)
    await request.app.state.publisher.act(action)
    return answer({"action_id": action.action_id, "notice": details["notice"]})


@router.get("/api/victims/outcomes", responses=declared())
def all_outcomes(request: Request, person: Dispatcher) -> Response:
    """How many notices of each level came to what."""
    counted = outcomes(_actions(request, (OUTCOME,)))
    rows = [{"level": level, "outcome": what, "count": n} for (level, what), n in counted.items()]
    return answer({"outcomes": rows})


@router.get("/api/number-cases", responses=declared())
def all_cases(request: Request, person: Dispatcher) -> Response:
    """The cases that complaints and people have opened, the newest first."""
    cases = sorted(_cases(request).values(), key=lambda case: -case.opened_ts)
    return answer({"cases": cases})


@router.post("/api/number-cases", responses=declared(409, 413, 422))
async def open_case(request: Request, wanted: Opening, person: Dispatcher) -> Response:
    """Open a case about a number; answers once everybody can see it."""
    hasher = request.app.state.hasher

    def cleaned(text: str | None) -> str | None:
        return None if text is None else clean(text, hasher)

    name = f"case-{lettered(new_id()[:12])}"
    if wanted.source is not None and wanted.case_ref is not None:
        name = f"{clean(wanted.source, hasher)}:{clean(wanted.case_ref, hasher)}"
    if await asyncio.to_thread(lambda: name in _cases(request)):
        raise HTTPException(409, "there is such a case already")
    details = opening_details(
        name,
        wanted.number,
        category=cleaned(wanted.category),
        number_class=cleaned(wanted.number_class),
        carrier=cleaned(wanted.carrier),
        answerable=cleaned(wanted.carrier),
    )
    return await _done(request, person, OPEN, details, wanted.note)


@router.post("/api/number-cases/{number_case}/steps", responses=declared(404, 409, 413, 422))
async def step(
    request: Request, number_case: CaseName, wanted: StepReport, person: Dispatcher
) -> Response:
    """Send a case to a carrier, enter its answer, close the case or open it again."""
    hasher = request.app.state.hasher
    case = (await asyncio.to_thread(_cases, request)).get(number_case)
    if case is None:
        raise HTTPException(404, "no such case")
    sent_to = None if wanted.sent_to is None else clean(wanted.sent_to, hasher)
    answered = None if wanted.answer is None else clean(wanted.answer, hasher)
    asked = Step(case_id=number_case, deed=wanted.deed, ts=0, sent_to=sent_to)
    if stepped(case, asked) is None:
        problem = f"it is {case.state}, or nobody is named to send it to"
        raise HTTPException(409, f"{wanted.deed} can't be done: {problem}")
    name = next(action for action, deed in STEPS.items() if deed == wanted.deed)
    details = step_details(number_case, sent_to, answered)
    return await _done(request, person, name, details, wanted.note)


async def _done(
    request: Request, person: Person, name: str, details: dict[str, Any], note: str
) -> Response:
    state = request.app.state
    action = done_by(person, request, name, "", note=clean(note, state.hasher), details=details)
    await state.publisher.act(action)
    cases = await asyncio.to_thread(_cases, request)
    return answer({"action_id": action.action_id, "case": cases[str(details["case_id"])]})


def _cases(request: Request) -> dict[str, NumberCase]:
    since_ms = shown_now_ms(request.app) - _KEPT_MS
    reported = store_of(request).read(cases_of_reports, request.app.state.settings, since_ms)
    return cases_after(reported, _actions(request, (OPEN, *STEPS)))


def _actions(request: Request, names: tuple[str, ...]) -> list[Action]:
    return store_of(request).read(actions_named, "", names, 0, _MOST)
