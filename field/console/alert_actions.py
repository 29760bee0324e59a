"""What a person may do about an alert, and the record of it."""

import asyncio
from typing import Any, Final

import msgspec
from fastapi import HTTPException, Request

from detectors.alert.rights import mutes_alone
from field.alerts.life_cycle import NEEDS, NEXT, REOPEN, VERDICTS, Action, State, after, new_id
from field.console.access.person import ROLES, Person
from field.console.live.publish import Publisher
from field.console.store import Store
from field.console.store.queries.actions import action_of
from streams.config.console import ConsoleSettings

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000


def allowed(state: str) -> list[str]:
    """Actions of the life cycle that may be done in a state.

    >>> allowed("found")
    ['reopen']
    """
    return sorted({action for before, action in NEXT if before == state})


async def perform(
    store: Store, publisher: Publisher, settings: ConsoleSettings, action: Action
) -> dict[str, Any]:
    """Performs an action; returns its id and the state that it led to.

    Raises HTTPException: 403 where the role is too low, 404 for no such alert, 409 where the life
    cycle doesn't allow it, or another's action came first. Done again with the same ``action_id``
    it changes nothing and answers the same.
    """
    needed = NEEDS[action.action]
    if ROLES.index(action.role) < ROLES.index(needed):
        raise HTTPException(403, f"{action.action} needs the role {needed}; yours is {action.role}")
    known = await asyncio.to_thread(store.alert, action.alert_id)
    if known is None:
        raise HTTPException(404, "no such alert")
    before = await asyncio.to_thread(store.read, action_of, action.action_id)
    if before is not None:
        same = (before["alert_id"], before["action"]) == (action.alert_id, action.action)
        if same and before["person"] == action.by and before["accepted"]:
            return {"action_id": action.action_id, "state": before["state"]}
        raise _conflict("this action_id is that of another action", known.state)
    state: State = known.state  # type: ignore[assignment]
    if after(state, action.action) is None:
        raise _conflict(f"{action.action} can't be done in the state {state}", state)
    outcome = await publisher.act(_detailed(action, state, settings))
    if not outcome.accepted:
        raise _conflict("somebody else was first", outcome.state)
    return {"action_id": action.action_id, "state": outcome.state}


def done_by(
    person: Person, request: Request, action: str, alert_id: str, action_id: str = "", **more: Any
) -> Action:
    """The record of what a person does now; ``more`` are fields of `Action`."""
    return Action(
        action_id=action_id or new_id(),
        ts=int(request.app.state.clock()),
        action=action,
        by=person.name,
        role=person.role,
        alert_id=alert_id,
        **more,
    )


def _detailed(action: Action, state: State, settings: ConsoleSettings) -> Action:
    """A false alarm and an honest cell mute identity and place for a time; who opens an alert again
    takes its verdict back. A field account alone mutes for no longer than is set for it."""
    if action.action == REOPEN:
        withdraws = {"withdraws": VERDICTS[state]}
        return msgspec.structs.replace(action, details=action.details | withdraws)
    lasting = {
        "false_alarm": settings.mute_hours * _HOUR_MS,
        "honest_cell": settings.mute_honest_days * _DAY_MS,
    }
    if action.action not in lasting:
        return action
    lasts_ms = lasting[action.action]
    if not mutes_alone(action.role):
        lasts_ms = min(lasts_ms, settings.mute_field_hours * _HOUR_MS)
    mute = {
        "mute_until_ts": action.ts + int(lasts_ms),
        "mute_radius_m": settings.mute_radius_m,
    }
    return msgspec.structs.replace(action, details=action.details | mute)


def _conflict(why: str, state: str) -> HTTPException:
    return HTTPException(409, {"detail": why, "state": state, "allowed": allowed(state)})
