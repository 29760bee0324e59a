"""What people do about alerts: the life cycle, notes, assignments, and the trail of all of it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from field.console.access import Fielder, require
from field.console.alert_actions import done_by, perform
from field.console.answers import answer, declared
from field.console.query_params import AlertId, store_of
from field.console.scrub import clean
from field.console.store.queries.actions import audit

router = APIRouter(tags=["actions"])

ActionName = Literal[
    "acknowledge",
    "dispatch",
    "arrive",
    "found",
    "not_found",
    "false_alarm",
    "honest_cell",
    "reopen",
    "assign",
    "note",
]


class ActionRequest(BaseModel):
    """What is to be done. ``action_id`` makes a repeat of the same request do nothing more; one
    that looks like a person's number is refused. ``done_ts`` is when it was done, ms, where it
    waited on a device for the network: it stands in the trail's ``details``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: ActionName
    note: str = Field("", max_length=4000)
    action_id: str | None = Field(None, pattern=r"^[0-9A-Za-z_\-]{8,64}$")
    assignee: str | None = Field(None, max_length=100)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    done_ts: int | None = Field(None, ge=946_684_800_000, le=2**53)


@router.post("/api/alerts/{alert_id}/actions", responses=declared(400, 404, 409, 413, 422))
async def act(
    request: Request,
    alert_id: AlertId,
    wanted: ActionRequest,
    person: Fielder,
) -> Response:
    """Do something about an alert; answers once everybody can see it."""
    hasher = request.app.state.hasher
    if wanted.action_id is not None and hasher.scrub_text(wanted.action_id) != wanted.action_id:
        # Hashed it would be another, and a repeat no repeat.
        raise HTTPException(422, "action_id: it looks like somebody's number; choose another")
    details: dict[str, Any] = {}
    if wanted.assignee is not None:
        details["assignee"] = clean(wanted.assignee, hasher)
    if wanted.done_ts is not None:
        # By the device's clock, which may be ahead.
        details["done_ts"] = min(wanted.done_ts, int(request.app.state.clock()))
    action = done_by(
        person,
        request,
        wanted.action,
        alert_id,
        wanted.action_id or "",
        note=clean(wanted.note, hasher),
        lat=wanted.lat if wanted.lon is not None else None,
        lon=wanted.lon if wanted.lat is not None else None,
        details=details,
    )
    state = request.app.state
    return answer(await perform(state.store, state.publisher, state.settings.console, action))


@router.get("/api/audit", responses=declared(422), dependencies=[Depends(require("dispatcher"))])
def trail(
    request: Request,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    alert_id: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z._\-]*$")] = "",
) -> Response:
    """All that was done, also what the life cycle refused, the newest first. ``next`` is the
    ``before`` of the following page."""
    entries = store_of(request).read(audit, before, limit, alert_id)
    following = entries[-1]["place"] if len(entries) == limit else None
    return answer({"actions": entries, "next": following})
