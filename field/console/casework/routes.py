"""The API of casework: cases and their links, similar alerts, and rules' precision."""

import asyncio
import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from field.console.access import Dispatcher, require
from field.console.alert_actions import done_by
from field.console.answers import answer, declared
from field.console.casework import queries
from field.console.casework.cases import case, overview, suggestion
from field.console.casework.linking import similar
from field.console.casework.precision import LEAST_VERDICTS, by_rule
from field.console.query_params import AlertId, store_of
from field.console.scrub import clean
from field.console.status import now_ms

router = APIRouter(tags=["cases"], dependencies=[Depends(require("viewer"))])

CaseId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_\-]{1,64}$", description="Of the case.")]
Days = Annotated[int, Query(ge=1, le=3650, description="How far back.")]
_DAY_MS: Final = 86_400_000
_MOST_COMPARED: Final = 2_000
_MOST_JUDGED: Final = 50_000


class Links(BaseModel):
    """Alerts to put into a case, or to take out of theirs. Without ``case_id`` they join the case
    that one of them is in, else a new one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alert_ids: list[Annotated[str, Field(pattern=r"^[0-9A-Za-z._\-]{1,64}$")]] = Field(
        min_length=1, max_length=50
    )
    case_id: str | None = Field(None, pattern=r"^[0-9A-Za-z_\-]{1,64}$")
    unlink: bool = False
    note: str = Field("", max_length=4000)


@router.get("/api/cases", responses=declared())
def all_cases(request: Request) -> Response:
    """All cases, the one seen last first."""
    kept = store_of(request).read(queries.alerts_in_cases, None, _MOST_JUDGED)
    return answer({"cases": overview(kept)})


@router.get("/api/cases/{case_id}", responses=declared(404, 422))
def one_case(request: Request, case_id: CaseId) -> Response:
    """A case with its alerts, its links, and how alike its alerts are."""
    store = store_of(request)
    kept = store.read(queries.alerts_in_cases, case_id, _MOST_COMPARED)
    if not kept:
        raise HTTPException(404, "no such case, or all its links were undone")
    traits = store.read(queries.traits_of, kept, request.app.state.settings.evidence)
    links = store.read(queries.links_of, [one.alert.alert_id for one in kept])
    return answer(case(case_id, kept, traits, links))


@router.post("/api/cases/links", responses=declared(404, 409, 413, 422))
async def link(request: Request, links: Links, person: Dispatcher) -> Response:
    """Link alerts to a case, or undo their links; answers once everybody can see it."""
    state = request.app.state
    ids = dict.fromkeys(links.alert_ids)
    kept = [await asyncio.to_thread(kept_alert, request, alert_id) for alert_id in ids]
    case_id = links.case_id if links.unlink else _case_of(links, kept)
    done = []
    for one in kept:
        own = one.case_id if links.unlink else case_id
        if links.unlink and (own is None or (case_id is not None and own != case_id)):
            raise HTTPException(409, f"{one.alert.alert_id} is not in that case")
        action = done_by(
            person,
            request,
            "unlink" if links.unlink else "link",
            one.alert.alert_id,
            note=clean(links.note, state.hasher),
            details={"case_id": own},
        )
        await state.publisher.act(action)
        done.append({"action_id": action.action_id, "alert_id": action.alert_id})
    return answer({"case_id": case_id, "actions": done})


def kept_alert(request: Request, alert_id: str) -> queries.Kept:
    found = store_of(request).read(queries.alert_of, alert_id)
    if found is None:
        raise HTTPException(404, f"no such alert: {alert_id}")
    return found


def _case_of(links: Links, kept: list[queries.Kept]) -> str:
    if links.case_id is not None:
        return links.case_id
    cases = sorted({one.case_id for one in kept if one.case_id is not None})
    if len(cases) > 1:
        raise HTTPException(409, f"they are in several cases: {', '.join(cases)}; name one")
    return cases[0] if cases else f"case-{secrets.token_hex(5)}"


@router.get("/api/alerts/{alert_id}/similar", responses=declared(404, 422))
def similar_alerts(request: Request, alert_id: AlertId, days: Days = 30) -> Response:
    """Alerts that may be of the same transmitter or gang, the likeliest first, with reasons."""
    store = store_of(request)
    one = kept_alert(request, alert_id)
    begin, end = one.alert.first_seen - days * _DAY_MS, one.alert.last_seen + days * _DAY_MS
    others = store.read(queries.alerts_between, begin, end, _MOST_COMPARED)
    kept = {other.alert.alert_id: other for other in [*others, one]}
    settings = request.app.state.settings.evidence
    traits = store.read(queries.traits_of, list(kept.values()), settings)
    own = next(one for one in traits if one.alert_id == alert_id)
    found = similar(own, traits)
    shown = [suggestion(like, kept[like.alert_id]) for like in found]
    return answer({"alert_id": alert_id, "similar": shown, "compared": len(kept) - 1})


@router.get("/api/rules/precision", responses=declared(422))
def precision(request: Request, days: Days = 365) -> Response:
    """How often alerts that each rule spoke for were real, by people's verdicts."""
    now, store = now_ms(request.app), store_of(request)
    kept = store.read(queries.alerts_between, now - days * _DAY_MS, now, _MOST_JUDGED)
    rules = by_rule((one.state, [share.detector for share in one.alert.evidence]) for one in kept)
    return answer({"rules": rules, "least_verdicts": LEAST_VERDICTS, "alerts": len(kept)})
