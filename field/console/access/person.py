"""Who asks, and what they may: roles in one order, and the dependency that routes name theirs by.

The guard (`field.console.access.guard`) puts the person into ``request.state.person`` before any
route runs; a route without `require` is open to every viewer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, HTTPException, Request

from detectors.alert.rights import ROLES as ROLES
from field.alerts.life_cycle import Role


@dataclass(frozen=True, slots=True)
class Person:
    """An account that asks. ``by_token``: a program with an API token, no person at a page.

    ``csrf`` is what the page has to send in ``X-CSRF-Token`` (empty where nothing is asked for).
    ``must_set_up``: the account needs a second factor, has none, and may do nothing else before.
    ``token_ends_s``: when the token ends (s since the epoch), if that is soon.
    """

    name: str
    role: Role
    by_token: bool = False
    csrf: str = ""
    must_set_up: bool = False
    token_ends_s: float | None = None

    def may(self, role: Role) -> bool:
        """Whether this person's role is ``role`` or above it.

        >>> Person("anna", "dispatcher").may("field"), Person("anna", "dispatcher").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


#: Everybody, where the console listens on loopback alone and has no accounts.
LOCAL: Final = Person("local", "admin")


class Needed(NamedTuple):
    """What a route needs of who asks, for its description: a role at least, and whether a person
    has to be logged in."""

    role: Role
    in_person: bool = False

    @property
    def rank(self) -> int:
        """The role's place among all."""
        return ROLES.index(self.role)


def require(role: Role) -> Callable[[Request], Awaitable[Person]]:
    """A dependency: the person who asks, of ``role`` at least; else 403."""

    async def check(request: Request) -> Person:
        person = request.state.person
        assert isinstance(person, Person)
        if not person.may(role):
            raise HTTPException(403, f"this needs the role {role}; yours is {person.role}")
        return person

    check.needed = Needed(role)  # type: ignore[attr-defined]
    return check


#: The person who asks, of that role at least: what a route's parameter is annotated with.
Viewer = Annotated[Person, Depends(require("viewer"))]
Fielder = Annotated[Person, Depends(require("field"))]
Dispatcher = Annotated[Person, Depends(require("dispatcher"))]
Admin = Annotated[Person, Depends(require("admin"))]


def in_person(role: Role) -> Callable[[Request], Awaitable[Person]]:
    """As `require`, but not by an API token: one that leaked must not make others."""
    check_role = require(role)

    async def check(request: Request) -> Person:
        person = await check_role(request)
        if person.by_token:
            raise HTTPException(403, "this needs a login; an API token doesn't do")
        return person

    check.needed = Needed(role, in_person=True)  # type: ignore[attr-defined]
    return check


#: As those above, of somebody who logged in.
AnybodyInPerson = Annotated[Person, Depends(in_person("viewer"))]
AdminInPerson = Annotated[Person, Depends(in_person("admin"))]
