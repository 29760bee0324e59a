"""Action links: buttons in messages. The signature is the credential, for one thing, for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, HTTPException

from field.alerts.life_cycle import Role
from field.console.access.access import Access
from field.console.access.credentials.signing import LINK_ROLE, Signed
from field.console.access.person import ROLES

#: Performs a link's action in that role; raises HTTPException where it can't be done.
Perform = Callable[[Signed, Role], Awaitable[Any]]
_CHANNEL: Final = "channel:"


def link_routes(access: Access, perform: Perform | None) -> APIRouter:
    """The one route; the guard lets it through without a session."""
    routes = APIRouter(tags=["access"])

    @routes.post("/api/act/{signed}", responses={403: {"description": "No link of ours, or over"}})
    async def act(signed: str) -> Any:
        """Perform the action of a signed link. Following it again does nothing more."""
        link = access.signer.read_link(signed)
        if link is None or perform is None:
            raise HTTPException(403, "this link is not ours, or its time is over")
        role = await asyncio.to_thread(_role, access, link.by)
        if role is None:
            raise HTTPException(403, "who was to use this link may not do this any more")
        return await perform(link, role)

    return routes


def _role(access: Access, by: str) -> Role | None:
    """As whom a link acts: a channel as the field team that it reaches, an account as itself."""
    if by.startswith(_CHANNEL):
        return LINK_ROLE
    if access.must_set_up(by):
        return None
    role = access.accounts.role(by)
    return role if role is not None and ROLES.index(role) >= ROLES.index(LINK_ROLE) else None
