"""Who may do what about alerts, and how much one verdict may mute: one table for all who check it.

The console asks it before it writes an action and again when it reads one; workers ask it about the
verdicts of `field.feedback`. So what a console would refuse counts nowhere, whoever wrote it.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from detectors.context.muting.muted import NEAR_M

Role: TypeAlias = Literal["viewer", "field", "dispatcher", "admin"]

#: Each role may do all that those before it may.
ROLES: Final[tuple[Role, ...]] = ("viewer", "field", "dispatcher", "admin")

#: The least role for each action of the trail. Dispatchers send teams and say what belongs
#: together; the team on site reports what is there; who searches for people is an admin.
NEEDS: Final[Mapping[str, Role]] = {
    "acknowledge": "field",
    "dispatch": "dispatcher",
    "arrive": "field",
    "found": "field",
    "not_found": "field",
    "false_alarm": "field",
    "honest_cell": "field",
    "reopen": "dispatcher",
    "assign": "dispatcher",
    "note": "field",
    "link": "dispatcher",
    "unlink": "dispatcher",
    "companions": "admin",
    "companions_ask": "admin",
    "companions_approve": "admin",
    "companions_refuse": "admin",
    "export": "dispatcher",
    "check_open": "dispatcher",
    "check_dispatch": "dispatcher",
    "check_answer": "dispatcher",
    "check_close": "dispatcher",
    "check_reopen": "dispatcher",
    "victim_outcome": "dispatcher",
    "victims_look": "viewer",
    "propose": "dispatcher",
    "begin": "viewer",
}
#: Actions that are verdicts, and what they are called on `field.feedback`.
VERDICTS: Final[Mapping[str, str]] = {
    "found": "confirmed",
    "not_found": "not_found",
    "false_alarm": "false_alarm",
    "honest_cell": "legitimate_cell",
}
#: The action that takes a verdict back.
REOPEN: Final = "reopen"
_ACTION_OF: Final = {verdict: action for action, verdict in VERDICTS.items()}

#: Nobody mutes for longer (s): an honest cell that is still unknown after 30 days belongs into the
#: register, which is where such a thing is settled for good.
MOST_MUTE_S: Final = 2_592_000.0
#: .. nor farther (m): an honest macro cell in the open is received some kilometres away; a mute
#: beyond that would cover a town, and with it transmitters that only borrow the cell's identity.
MOST_MUTE_RADIUS_M: Final = NEAR_M
#: A mute of whom nobody vouches for, and of a field account, explains at most so many phones harmed
#: by one kind of harm in half an hour (chosen: above what takes a hundred in a street, below what
#: an incident keeps; the station of `configs/scenarios/parked-blaster.yaml` takes 100 to 125 of
#: 1,400 phones, seeds 901 to 905). That of a dispatcher, who knows what else is there, explains as
#: many as the pace before it says.
_EXPLAINS_UNSIGNED: Final = 150
_EXPLAINS_FIELD: Final = 240


def may(role: object, action: str) -> bool:
    """Whether somebody of a role may do that; not where there is no such role or action.

    >>> may("field", "found"), may("viewer", "found"), may("admin", "fly"), may("boss", "note")
    (True, False, False, False)
    """
    needed = NEEDS.get(action)
    return needed is not None and role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def may_give(role: object, verdict: str, withdrawn: bool) -> bool:
    """Whether somebody of a role may give a verdict, by its name on `field.feedback`, or take it
    back.

    >>> may_give("field", "false_alarm", False), may_give("field", "false_alarm", True)
    (True, False)
    """
    return may(role, REOPEN if withdrawn else _ACTION_OF.get(verdict, ""))


def mutes_alone(role: object) -> bool:
    """Whether a verdict of that role may mute for as long as anybody may: dispatchers and admins.
    The mute of a field account is held to what is set for it.

    >>> mutes_alone("dispatcher"), mutes_alone("field"), mutes_alone(None)
    (True, False, False)
    """
    return role in ROLES and ROLES.index(role) >= ROLES.index("dispatcher")


def explains_most(role: object) -> int | None:
    """How many harmed phones in half an hour a verdict of that role explains at most; ``None``: as
    many as there may be.

    >>> explains_most(None), explains_most("field"), explains_most("admin")
    (150, 240, None)
    """
    if mutes_alone(role):
        return None
    return _EXPLAINS_FIELD if role in ROLES else _EXPLAINS_UNSIGNED
