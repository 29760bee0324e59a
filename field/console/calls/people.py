"""The API of what people complained of, and of people who may be being defrauded.

Notices of victims are shown to the accounts that ``console.guardians`` names, in person, to nobody
else; each look is on the trail before it is answered.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from sqlalchemy import Connection, select

from detectors.acting.cases import Sum
from detectors.acting.notice import VictimNotice
from detectors.model.codes import Level
from field.alerts.number_cases import OUTCOME, reference
from field.console.access import Person, require
from field.console.access.person import AnybodyInPerson
from field.console.alert_actions import done_by
from field.console.answers import answer, declared
from field.console.calls.figures import Figures
from field.console.query_params import Limit, store_of
from field.console.status import shown_now_ms
from field.console.store.queries.actions import actions_named
from field.console.store.tables import VICTIMS
from field.formats.numbers.tables import of_figures

router = APIRouter(tags=["people"])

CSV: Final = "text/csv"
#: The action by which a look at victims is on the trail.
LOOK: Final = "victims_look"
_VIEWER: Final = [Depends(require("viewer"))]
_DAY_MS: Final = 86_400_000
_MOST_ACTIONS: Final = 100_000
_MONTH_DAYS: Final = 31
Split = Annotated[Literal["both", "class", "carrier"], Query(description="What by.")]
Months = Annotated[int, Query(ge=1, le=36, description="How far back.")]


@router.get("/api/complaints/figures", responses=declared(422), dependencies=_VIEWER)
def monthly(request: Request, by: Split = "both", months: Months = 13) -> Response:
    """Complaints and cases of each month by class of number and carrier; complaints a million users
    where ``cases.users`` of the settings says how many there are."""
    return answer({"figures": _figures(request, by, months)})


@router.get("/complaints.csv", responses=declared(422, media=CSV), dependencies=_VIEWER)
def monthly_as_csv(request: Request, by: Split = "both", months: Months = 13) -> Response:
    """The same as CSV."""
    content = of_figures(_figures(request, by, months))
    return Response(content, 200, {"Cache-Control": "no-store"}, media_type=CSV)


@router.get("/api/victims", responses=declared(422))
async def victims(
    request: Request, person: AnybodyInPerson, level: Level | None = None, limit: Limit = 500
) -> Response:
    """People who may be being defrauded, as pseudonyms: level, reasons, until when, what came of
    it. For guardians; kept on the trail."""
    if not is_guardian(request, person):
        raise HTTPException(403, "victims are shown to those whom console.guardians names")
    details = {"level": level or "all", "limit": limit}
    await request.app.state.publisher.act(done_by(person, request, LOOK, "", details=details))
    notices = store_of(request).read(_notices, level, shown_now_ms(request.app), limit)
    words = _outcomes(request)
    return answer({"victims": [_shown(notice, words) for notice in notices]})


def is_guardian(request: Request, person: Person) -> bool:
    """Whether somebody may see victims."""
    return person.name in request.app.state.access.guardians


def _figures(request: Request, by: str, months: int) -> list[Sum]:
    state = request.app.state
    # Whole days, so that the next one who asks is answered from the same.
    since_ms = (shown_now_ms(request.app) // _DAY_MS - months * _MONTH_DAYS) * _DAY_MS
    figures: Figures = state.figures
    return figures.of(store_of(request), state.settings, since_ms, by)


def _notices(
    connection: Connection, level: str | None, now_ms: int, limit: int
) -> list[VictimNotice]:
    """Those that hold now, the deepest first, the newest of these first."""
    v = VICTIMS.c
    where = [v.valid_until > now_ms] + ([] if level is None else [v.level == level])
    # By the alphabet the levels stand as they lie: deep, medium, shallow.
    found = connection.execute(
        select(v.value).where(*where).order_by(v.level, v.ts.desc(), v.subscriber).limit(limit)
    ).scalars()
    return [msgspec.json.decode(value, type=VictimNotice) for value in found]


def _outcomes(request: Request) -> dict[str, str]:
    """The newest word on each notice that anybody reported on."""
    reported = store_of(request).read(actions_named, "", (OUTCOME,), 0, _MOST_ACTIONS)
    return {str(a.details.get("notice")): str(a.details.get("outcome")) for a in reported}


def _shown(notice: VictimNotice, outcomes: dict[str, str]) -> dict[str, Any]:
    name = reference(notice.subscriber, notice.level, notice.since)
    return {**msgspec.to_builtins(notice), "outcome": outcomes.get(name)}
