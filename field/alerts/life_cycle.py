"""What people do about alerts: the life cycle, by the table in ``life_cycle.json``, and its records
on ``fbs.actions``.

The topic is the audit trail: records are only ever added, and the state of an alert is what its
actions, read in order, make of it. An action that repeats another's ``action_id`` is nothing.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from detectors.model.described import means

State = Literal[
    "new",
    "acknowledged",
    "dispatched",
    "on_site",
    "found",
    "not_found",
    "false_alarm",
    "honest_cell",
]
Role = Literal["viewer", "field", "dispatcher", "admin"]


class _Tables(msgspec.Struct, forbid_unknown_fields=True):
    """What the console's page reads too."""

    next: dict[State, dict[str, State]]
    needs: dict[str, Role]


FILE: Final = Path(__file__).with_suffix(".json")
_TABLES: Final = msgspec.json.decode(FILE.read_bytes(), type=_Tables)
#: What each action makes of each state. What isn't here can't be done.
NEXT: Final = {
    (state, action): then for state, row in _TABLES.next.items() for action, then in row.items()
}
#: The role that an action needs. Dispatchers send teams; the team on site reports what is there.
NEEDS: Final = _TABLES.needs
#: Actions of the life cycle that are verdicts, and what they are called on ``field.feedback``.
VERDICTS: Final = {
    "found": "confirmed",
    "not_found": "not_found",
    "false_alarm": "false_alarm",
    "honest_cell": "legitimate_cell",
}
#: The action that takes a verdict back; ``details.withdraws`` names the verdict.
REOPEN: Final = "reopen"
#: Actions that leave the state as it is.
REMARKS: Final = ("note", "assign", "link", "unlink", "companions", "export")


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that somebody did. ``ts`` is when, by the console's clock (ms); ``by`` an account.

    ``alert_id`` is empty for what is about no single alert. ``details`` depend on the action: the
    mute of a verdict (``mute_until_ts``, ``mute_radius_m``), an ``assignee``, a case, an order
    number.
    """

    action_id: Annotated[str, means("Names the action; the first of two that conflict counts.")]
    ts: Annotated[int, means("When it was done, by the clock of the console.", "ms")]
    action: Annotated[str, means("What was done, such as `acknowledged` or `note`.")]
    by: Annotated[str, means("Account that did it.")]
    role: Annotated[Role, means("Role of that account.")]
    alert_id: Annotated[str, means("The alert; empty for what is about no single one.")] = ""
    note: Annotated[str, means("A note for people.")] = ""
    lat: Annotated[float | None, means("Where it was done: latitude, WGS84.", "°")] = None
    lon: Annotated[float | None, means("Longitude, WGS84.", "°")] = None
    details: Annotated[dict[str, Any], means("Depends on the action: a mute, a case ..")] = {}


def after(state: State, action: str) -> State | None:
    """The state that an action leads to; ``None`` where it can't be done.

    >>> after("new", "acknowledge"), after("new", "found"), after("found", "note")
    ('acknowledged', None, 'found')
    """
    return state if action in REMARKS else NEXT.get((state, action))


def verdict_of(action: Action) -> str | None:
    """The verdict that an action gives or takes back, as ``field.feedback`` calls it.

    >>> verdict_of(Action(action_id="a", ts=0, action="found", by="anna", role="field"))
    'confirmed'
    """
    if action.action == REOPEN:
        verdict = action.details.get("withdraws")
        return verdict if verdict in VERDICTS.values() else None
    return VERDICTS.get(action.action)
