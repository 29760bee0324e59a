"""The API of the search for phones that travelled along: asking, another admin's word, the search.

People do all of it, logged in: a token that leaked must not search for people, nor approve it.
"""

import asyncio
import re
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, HTTPException, Path, Request, Response
from kafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field

from detectors.alert.record import Alert
from field.alerts.life_cycle import Action
from field.console.access import Admin, Person
from field.console.access.person import LOCAL, AdminInPerson
from field.console.alert_actions import done_by
from field.console.answers import answer, declared
from field.console.casework import two_people
from field.console.casework.companions import Companions, Search
from field.console.casework.routes import kept_alert
from field.console.casework.searching import bounded, travelled_along
from field.console.casework.two_people import Ask, Span
from field.console.query_params import AlertId, store_of
from field.console.scrub import clean
from field.console.store.queries.actions import actions_named
from streams.kafka.make_topics import KafkaUnavailable

router = APIRouter(prefix="/api/alerts/{alert_id}/companions", tags=["cases"])

AskId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_\-]{1,64}$", description="Of the ask.")]
#: Printable, with a letter or digit.
_ORDER: Final = r"^[^\x00-\x1f\x7f]*\w[^\x00-\x1f\x7f]*$"
_ACTIONS: Final = (two_people.ASK, two_people.APPROVE, two_people.REFUSE, two_people.RUN)
#: Asks of an alert that may wait at once.
_MOST_WAITING: Final = 20
#: Records of the trail that are looked at, the newest; those that follow an ask are newer than it.
_MOST_ACTIONS: Final = 2_000


class Order(Search):
    """The order that a search for people is made by, and what makes a companion."""

    order_number: str = Field(min_length=3, max_length=64, pattern=_ORDER)


class Decision(BaseModel):
    """What another admin makes of an ask."""

    model_config = ConfigDict(extra="forbid", strict=True)

    approve: bool
    note: str = Field("", max_length=4000)


@router.post("/asks", responses=declared(404, 409, 413, 422))
async def ask(request: Request, alert_id: AlertId, order: Order, person: AdminInPerson) -> Response:
    """Ask for a search of the alert as it is now, which another admin then approves or refuses. The
    same ask again, while it waits or may run, is that one."""
    alert, wanted = await _wanted(request, alert_id, order)
    span = _span(alert)
    if person is LOCAL:
        raise HTTPException(409, _NO_ACCOUNTS)
    known = await _asks(request, alert_id)
    same = _of(known, person, wanted, "waiting", "approved")
    if same is not None and same.span == span:
        return answer(_shown(same))
    if sum(one.state == "waiting" for one in known) >= _MOST_WAITING:
        raise HTTPException(409, f"{_MOST_WAITING} asks wait already; let them be decided first")
    details = wanted | msgspec.structs.asdict(span)
    action = done_by(person, request, two_people.ASK, alert_id, details=details)
    await _write(request, action)
    return answer(_shown(_named(await _asks(request, alert_id), action.action_id)))


@router.get("/asks", responses=declared(404, 422))
async def all_asks(request: Request, alert_id: AlertId, person: Admin) -> Response:
    """The asks of the last days, the newest first, with what became of them."""
    await asyncio.to_thread(kept_alert, request, alert_id)
    return answer({"asks": [_shown(one) for one in reversed(await _asks(request, alert_id))]})


@router.post("/asks/{ask_id}", responses=declared(404, 409, 413, 422))
async def decide(
    request: Request, alert_id: AlertId, ask_id: AskId, decision: Decision, person: AdminInPerson
) -> Response:
    """Approve an ask, or refuse it. Nobody approves their own; who asked may take it back.

    Nor does an account approve that may be in the hand of who asked, by the access log.
    """
    one = _named(await _asks(request, alert_id), ask_id)
    if decision.approve and person.name == one.by:
        raise HTTPException(
            403, "another admin has to approve it: nobody approves what they asked for"
        )
    if decision.approve and person.name in await _in_one_hand(request, one.by):
        raise HTTPException(403, _ONE_HAND)
    if one.state != "waiting":
        raise HTTPException(409, f"this ask waits for nobody: it is {one.state}")
    action = done_by(
        person,
        request,
        two_people.APPROVE if decision.approve else two_people.REFUSE,
        alert_id,
        note=clean(decision.note, request.app.state.hasher),
        details={"ask_id": ask_id, "order_number": one.search.get("order_number")},
    )
    await _write(request, action)
    one = _named(await _asks(request, alert_id), ask_id)
    if one.decision_id != action.action_id:
        raise HTTPException(409, f"somebody else was first: it is {one.state}")
    return answer(_shown(one))


@router.post("", responses=declared(404, 409, 413, 422))
async def companions(
    request: Request, alert_id: AlertId, order: Order, person: AdminInPerson
) -> Response:
    """Search for phones that travelled along with a moving transmitter, by an order.

    The search is in the audit trail before it runs. It answers pseudonyms and counts only. Where
    ``console.four_eyes`` asks for it, exactly this search must have been approved by another admin;
    one run uses the approval up. It is then of the alert as it was when it was asked for.
    """
    state = request.app.state
    alert, wanted = await _wanted(request, alert_id, order)
    span, ids = _span(alert), {}
    approved = await _approved(request, alert_id, person, wanted) if _needs_two(request) else None
    if approved is not None:
        assert approved.span is not None
        span, ids = approved.span, {"ask_id": approved.ask_id, "approval_id": approved.decision_id}
        alert = _searched(alert, span, order)
    details = wanted | msgspec.structs.asdict(span) | ids
    action = done_by(person, request, two_people.RUN, alert_id, details=details)
    await _write(request, action)
    if approved is not None:
        # Of two runs at the same moment the first on the trail has the approval.
        run = _named(await _asks(request, alert_id), approved.ask_id).run_id
        if run != action.action_id:
            raise HTTPException(409, "this approval is used up; ask again")
    try:
        found = await asyncio.to_thread(
            travelled_along, state.settings.kafka, state.hasher, alert, order
        )
    except (KafkaError, KafkaUnavailable) as error:
        raise HTTPException(503, f"Kafka does not answer: {error}") from error
    return answer(
        {
            "alert_id": alert_id,
            "action_id": action.action_id,
            "order_number": wanted["order_number"],
            **msgspec.structs.asdict(span),
            "companions": found.companions,
            "records": found.records,
            "complete": found.complete,
        }
    )


_NO_ACCOUNTS: Final = (
    "this needs two admins, and this console has no accounts; add them by cellhound accounts add"
    " NAME --role admin, or set console.four_eyes: never"
)
_ONE_HAND: Final = (
    "another admin has to approve it: your account and that of who asked may be in one hand. In the"
    " last 30 days one added the other or set its role, password or second factor, or one admin did"
    " so to both (see the access log). What cellhound accounts add gives anew doesn't count"
)
_WHY_NOT: Final = {
    None: "this search needs another admin's approval: ask for it, by asks",
    "waiting": "no other admin has approved this search yet",
    "refused": "this search was refused",
    "used": "its approval is used up: one approval is for one search; ask again",
    "over": "it wasn't approved in time, or not run within an hour of that; ask again",
}


def _needs_two(request: Request) -> bool:
    return two_people.needs_two(request.app.state.settings.console)


async def _wanted(request: Request, alert_id: str, order: Order) -> tuple[Alert, dict[str, Any]]:
    """The alert as it is now, and the search as the trail has it. Raises HTTPException for what
    can't be searched."""
    state = request.app.state
    one = await asyncio.to_thread(kept_alert, request, alert_id)
    if not re.fullmatch(state.settings.console.order_pattern, order.order_number):
        raise HTTPException(422, "order_number is not such as console.order_pattern asks for")
    number = clean(order.order_number, state.hasher)
    alert = _searched(one.alert, _span(one.alert), order)
    return alert, order.model_dump() | {"order_number": number}


def _span(alert: Alert) -> Span:
    return Span(revision=alert.revision, first_seen=alert.first_seen, last_seen=alert.last_seen)


def _searched(alert: Alert, span: Span, order: Order) -> Alert:
    """The alert within the span. Raises HTTPException (422) where too little moved in it."""
    within = bounded(alert, span.first_seen, span.last_seen)
    try:
        Companions(within.track or (), order)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    return within


async def _asks(request: Request, alert_id: str) -> list[Ask]:
    now = int(request.app.state.clock())
    since = now - two_people.WAITS_MS - two_people.HOLDS_MS
    actions = await asyncio.to_thread(
        store_of(request).read, actions_named, alert_id, _ACTIONS, since, _MOST_ACTIONS
    )
    return two_people.asks(actions, now)


async def _in_one_hand(request: Request, name: str) -> set[str]:
    set_by = await asyncio.to_thread(request.app.state.access.log.set_by)
    return two_people.in_one_hand(name, set_by)


async def _approved(request: Request, alert_id: str, person: Person, wanted: dict[str, Any]) -> Ask:
    """The ask of this person that this very search may run by. Raises HTTPException (409)."""
    if person is LOCAL:
        raise HTTPException(409, _NO_ACCOUNTS)
    known = await _asks(request, alert_id)
    if (found := _of(known, person, wanted, "approved")) is not None:
        return found
    last = _of(known, person, wanted, "waiting", "refused", "used", "over")
    raise HTTPException(409, _WHY_NOT[None if last is None else last.state])


async def _write(request: Request, action: Action) -> None:
    """Writes to the trail. Raises HTTPException (409) where the record doesn't count there."""
    if not (await request.app.state.publisher.act(action)).accepted:
        raise HTTPException(409, "the trail doesn't take this from this console; see its log")


def _of(known: list[Ask], person: Person, wanted: dict[str, Any], *states: str) -> Ask | None:
    """The newest ask of a person for this very search in one of these states."""
    for one in reversed(known):
        is_this = one.by == person.name and one.search == wanted and one.span is not None
        if is_this and one.state in states:
            return one
    return None


def _named(known: list[Ask], ask_id: str) -> Ask:
    for one in known:
        if one.ask_id == ask_id:
            return one
    raise HTTPException(404, "no such ask, or it is older than a day")


def _shown(one: Ask) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(one)
    return shown
