"""The API of casework: cases and their links, similar alerts, companions, and rules' precision."""

import asyncio
import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from kafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field

from field.alerts.life_cycle import Action
from field.console.access import Person, require
from field.console.alert_actions import new_id
from field.console.answers import answer, declared
from field.console.casework import queries
from field.console.casework.cases import case, overview, suggestion
from field.console.casework.companions import Companions, Search
from field.console.casework.linking import similar
from field.console.casework.precision import LEAST_VERDICTS, by_rule
from field.console.casework.searching import travelled_along
from field.console.query_params import AlertId
from field.console.scrub import clean
from field.console.status import now_ms
from streams.kafka.topics import KafkaUnavailable

router = APIRouter(tags=["cases"])

CaseId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_\-]{1,64}$", description="Of the case.")]
Days = Annotated[int, Query(ge=1, le=3650, description="How far back.")]
_DAY_MS: Final = 86_400_000
_MOST_COMPARED: Final = 2_000
#: Printable, with a letter or digit.
_ORDER: Final = r"^[^\x00-\x1f\x7f]*\w[^\x00-\x1f\x7f]*$"
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


class Order(BaseModel):
    """The order that a search for people is made by, and what makes a companion."""

    model_config = ConfigDict(extra="forbid", strict=True)

    order_number: str = Field(min_length=3, max_length=64, pattern=_ORDER)
    within_m: float = Field(300.0, ge=50, le=2000, allow_inf_nan=False)
    least_places: int = Field(4, ge=2, le=1000)
    least_minutes: float = Field(10.0, ge=1, le=10_000, allow_inf_nan=False)
    least_share: float = Field(0.7, ge=0, le=1, allow_inf_nan=False)


@router.get("/api/cases", responses=declared(), dependencies=[Depends(require("viewer"))])
async def all_cases(request: Request) -> Response:
    """All cases, the one seen last first."""
    store = request.app.state.store
    kept = await asyncio.to_thread(store.read, queries.alerts_in_cases, None, _MOST_JUDGED)
    return answer({"cases": overview(kept)})


@router.get(
    "/api/cases/{case_id}", responses=declared(404, 422), dependencies=[Depends(require("viewer"))]
)
async def one_case(request: Request, case_id: CaseId) -> Response:
    """A case with its alerts, its links, and how alike its alerts are."""
    state = request.app.state
    kept = await asyncio.to_thread(
        state.store.read, queries.alerts_in_cases, case_id, _MOST_COMPARED
    )
    if not kept:
        raise HTTPException(404, "no such case, or all its links were undone")
    traits = await asyncio.to_thread(
        state.store.read, queries.traits_of, kept, state.settings.evidence
    )
    ids = [one.alert.alert_id for one in kept]
    links = await asyncio.to_thread(state.store.read, queries.links_of, ids)
    return answer(case(case_id, kept, traits, links))


@router.post("/api/cases/links", responses=declared(404, 409, 413, 422))
async def link(
    request: Request, links: Links, person: Annotated[Person, Depends(require("dispatcher"))]
) -> Response:
    """Link alerts to a case, or undo their links; answers once everybody can see it."""
    state = request.app.state
    kept = []
    for alert_id in dict.fromkeys(links.alert_ids):
        kept.append(await _alert_of(state, alert_id))
    case_id = links.case_id if links.unlink else _case_of(links, kept)
    done = []
    for one in kept:
        own = one.case_id if links.unlink else case_id
        if links.unlink and (own is None or (case_id is not None and own != case_id)):
            raise HTTPException(409, f"{one.alert.alert_id} is not in that case")
        action = Action(
            action_id=new_id(),
            ts=now_ms(request.app),
            action="unlink" if links.unlink else "link",
            by=person.name,
            role=person.role,
            alert_id=one.alert.alert_id,
            note=clean(links.note, state.hasher),
            details={"case_id": own},
        )
        await state.publisher.act(action)
        done.append({"action_id": action.action_id, "alert_id": action.alert_id})
    return answer({"case_id": case_id, "actions": done})


async def _alert_of(state: Any, alert_id: str) -> queries.Kept:
    found: queries.Kept | None
    found = await asyncio.to_thread(state.store.read, queries.alert_of, alert_id)
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


@router.get(
    "/api/alerts/{alert_id}/similar",
    responses=declared(404, 422),
    dependencies=[Depends(require("viewer"))],
)
async def similar_alerts(request: Request, alert_id: AlertId, days: Days = 30) -> Response:
    """Alerts that may be of the same transmitter or gang, the likeliest first, with reasons."""
    state = request.app.state
    one = await _alert_of(state, alert_id)
    begin, end = one.alert.first_seen - days * _DAY_MS, one.alert.last_seen + days * _DAY_MS
    others = await asyncio.to_thread(
        state.store.read, queries.alerts_between, begin, end, _MOST_COMPARED
    )
    kept = {other.alert.alert_id: other for other in [*others, one]}
    traits = await asyncio.to_thread(
        state.store.read, queries.traits_of, list(kept.values()), state.settings.evidence
    )
    own = next(one for one in traits if one.alert_id == alert_id)
    found = await asyncio.to_thread(similar, own, traits)
    shown = [suggestion(like, kept[like.alert_id]) for like in found]
    return answer({"alert_id": alert_id, "similar": shown, "compared": len(kept) - 1})


@router.post("/api/alerts/{alert_id}/companions", responses=declared(404, 413, 422))
async def companions(
    request: Request,
    alert_id: AlertId,
    order: Order,
    person: Annotated[Person, Depends(require("admin"))],
) -> Response:
    """Search for phones that travelled along with a moving transmitter, by an order.

    The search is in the audit trail before it runs. It answers pseudonyms and counts only.
    """
    state = request.app.state
    one = await _alert_of(state, alert_id)
    order_number = clean(order.order_number, state.hasher)
    limits = order.model_dump(exclude={"order_number"})
    search = Search(**limits)
    try:
        Companions(one.alert.track or (), search)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    action = Action(
        action_id=new_id(),
        ts=now_ms(request.app),
        action="companions",
        by=person.name,
        role=person.role,
        alert_id=alert_id,
        details={"order_number": order_number, **limits},
    )
    await state.publisher.act(action)
    try:
        found = await asyncio.to_thread(
            travelled_along, state.settings.kafka, state.hasher, one.alert, search
        )
    except (KafkaError, KafkaUnavailable) as error:
        raise HTTPException(503, f"Kafka does not answer: {error}") from error
    return answer(
        {
            "alert_id": alert_id,
            "action_id": action.action_id,
            "order_number": order_number,
            "companions": found.companions,
            "records": found.records,
            "complete": found.complete,
        }
    )


@router.get(
    "/api/rules/precision", responses=declared(422), dependencies=[Depends(require("viewer"))]
)
async def precision(request: Request, days: Days = 365) -> Response:
    """How often alerts that each rule spoke for were real, by people's verdicts."""
    state = request.app.state
    now = now_ms(request.app)
    kept = await asyncio.to_thread(
        state.store.read, queries.alerts_between, now - days * _DAY_MS, now, _MOST_JUDGED
    )
    rules = by_rule((one.state, [share.detector for share in one.alert.evidence]) for one in kept)
    return answer({"rules": rules, "least_verdicts": LEAST_VERDICTS, "alerts": len(kept)})
