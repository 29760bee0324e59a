"""What people propose to the operator's own systems, beside what follows from alerts.

It goes to ``fraud.actions`` with who proposed it, after it is on the trail. Nothing acts here,
either.
"""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from detectors.acting.proposals import OF_NOBODY
from detectors.acting.record import Deed, FraudAction
from detectors.acting.settings import ActingSettings
from field.console.access import Dispatcher
from field.console.alert_actions import done_by
from field.console.answers import answer, declared
from field.console.calls.looking import about_number
from field.console.query_params import store_of
from field.console.scrub import clean
from field.console.status import Status
from streams.privacy.hasher import Hasher

router = APIRouter(tags=["numbers"])

#: The action by which a proposal is on the trail.
PROPOSE: Final = "propose"
_DAY_S: Final = 86_400.0
_PSEUDONYM: Final = re.compile(r"h-[0-9a-f]{24}\Z")
#: What is never proposed against numbers that are left alone.
_AGAINST: Final = frozenset({"label", "block", "reverify"})


class Proposal(BaseModel):
    """``about`` is the pseudonym of a number, or of a person (`stop_payment`), or of either
    (`restore`); of a `trace` it is the call's reference. Without ``days`` it lasts as is set."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: Deed
    about: Annotated[str, Field(min_length=1, max_length=256)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    days: Annotated[float, Field(gt=0.0, le=90.0)] | None = None


@router.post("/api/proposals", responses=declared(409, 413, 422))
async def propose(request: Request, wanted: Proposal, person: Dispatcher) -> Response:
    """Propose something to the operator's own systems; answers with the proposal as it was written.
    409 against a number that is listed as protected or trusted, that alerts name as impersonated,
    or that no single subscriber has."""
    state = request.app.state
    about = _about(wanted, state.hasher)
    if wanted.action in _AGAINST and (why := store_of(request).read(_left_alone, about)):
        raise HTTPException(409, f"nothing is proposed against it: {why}")
    settings: ActingSettings = state.settings.incidents.calls.acting
    ts = await state.publisher.arrival_now_ms()
    lasts_s = _lasts_s(settings, wanted.action) if wanted.days is None else wanted.days * _DAY_S
    proposal = FraudAction(
        action=wanted.action,
        about=about,
        reason=clean(wanted.reason, state.hasher),
        by=person.name,
        ts=ts,
        expires=ts + round(lasts_s * 1000),
        appeal=settings.appeal,
    )
    # Who is proposed to be helped or held stands in no trail: that is kept longer than notices.
    of_person = {} if wanted.action in ("stop_payment", "restore") else {"about": about}
    details = {"proposed": wanted.action, "expires": proposal.expires, **of_person}
    note = proposal.reason
    await state.publisher.act(done_by(person, request, PROPOSE, "", note=note, details=details))
    status: Status = state.status
    await state.publisher.propose(proposal, replay=status.behind_ms > 0)
    return answer({"proposal": proposal})


def _about(wanted: Proposal, hasher: Hasher) -> str:
    if wanted.action == "trace":
        return clean(wanted.about, hasher)
    if not _PSEUDONYM.match(wanted.about):
        raise HTTPException(422, "about: a pseudonym is due, h- and 24 hexadecimal digits")
    return wanted.about


def _left_alone(connection: Connection, number: str) -> str:
    """Why nothing is proposed against a number; empty where something may be."""
    seen = about_number(connection, {number}, None)["numbers"]
    prefix = next((one["prefix"] for one in seen if one["prefix"]), None)
    rows: list[dict[str, Any]] = about_number(connection, {number}, prefix)["register"]
    # The narrowest row comes first, and says most of the number.
    row = rows[0] if rows else {}
    if row.get("protected") or row.get("trusted"):
        return "the register of numbers protects or trusts it"
    if any("impersonated" in one["roles"] for one in seen):
        return "others impersonate it"
    classes = {row.get("class"), *(one["class"] for one in seen)}
    return "no single subscriber has it" if classes & OF_NOBODY else ""


def _lasts_s(settings: ActingSettings, action: Deed) -> float:
    if action == "stop_payment":
        return settings.stop_payment_s
    if action == "restore":
        return settings.restore_s
    lasts_s: float = getattr(settings, action).lasts_s
    return lasts_s
