"""What people do about alerts: the life cycle, by the table in ``life_cycle.json``, and its records
on ``fbs.actions``.

The topic is the audit trail: records are only ever added, and the state of an alert is what its
actions, read in order, make of it. An action that repeats another's ``action_id`` is nothing.
"""

import secrets
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from detectors.alert.rights import NEEDS as NEEDS
from detectors.alert.rights import REOPEN as REOPEN
from detectors.alert.rights import VERDICTS as VERDICTS
from detectors.alert.rights import Role as Role
from detectors.model.described import means
from streams.signed.seals import Seal

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

FILE: Final = Path(__file__).with_suffix(".json")
_TABLE: Final = msgspec.json.decode(FILE.read_bytes(), type=dict[State, dict[str, State]])
#: What each action makes of each state. What isn't here can't be done.
NEXT: Final = {
    (state, action): then for state, row in _TABLE.items() for action, then in row.items()
}
#: What the console's page reads: the life cycle, and the role that each action needs.
FOR_PAGE: Final = msgspec.json.encode({"next": _TABLE, "needs": NEEDS})
#: The action by which a console begins to sign the trail.
BEGIN: Final = "begin"
#: Actions that leave the state as it is.
REMARKS: Final = (
    *("note", "assign", "link", "unlink", "export", BEGIN),
    *("companions", "companions_ask", "companions_approve", "companions_refuse"),
    *("check_open", "check_dispatch", "check_answer", "check_close", "check_reopen"),
    *("victim_outcome", "victims_look", "propose"),
)


#: Digits, as letters of which no word of `streams.privacy` is made.
_AS_LETTERS: Final = str.maketrans("0123456789", "ghjklmnoqr")


def new_id() -> str:
    """A new id for an action."""
    return lettered(secrets.token_hex(16))


def lettered(digits: str) -> str:
    """Hexadecimal digits as letters alone, for an id: those of ten might look like somebody's
    number, and a reader that hashes such would know the action by another name."""
    return digits.translate(_AS_LETTERS)


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
    seal: Annotated[Seal | None, means("Who signed it, and what came before it.")] = None


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
