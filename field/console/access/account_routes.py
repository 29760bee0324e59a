"""Routes about accounts and tokens. Whoever changes them has logged in: a token doesn't do."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from field.alerts.life_cycle import Role
from field.console.access.access import Access
from field.console.access.accounts import normal_name, printable
from field.console.access.credentials.tokens import MOST_DAYS
from field.console.access.person import Admin, AdminInPerson, AnybodyInPerson, Viewer
from field.formats.words.iso_times import with_iso


class NewAccount(BaseModel):
    """An account to be."""

    name: str = Field(max_length=200)
    role: Role = "viewer"
    password: str


class Change(BaseModel):
    """What is to be changed; what is left out stays."""

    role: Role | None = None
    password: str | None = None


class NewPassword(BaseModel):
    """One's own password: what it was, and what it shall be."""

    old: str
    new: str


class NewToken(BaseModel):
    """A token to be: of which account (one's own), what it is for, how long it lasts (90 days),
    and the role that it has at most (the account's)."""

    name: str = ""
    label: str = ""
    days: float | None = Field(default=None, gt=0.0, le=MOST_DAYS)
    scope: Role | None = None


def account_routes(access: Access) -> APIRouter:
    """The routes of ``/api/accounts``, ``/api/tokens``, ``/api/me/password``, ``/api/audit``.

    What the database refuses raises `ConfigError` and `LastAdmin`.
    """
    routes = APIRouter(tags=["access"])
    accounts, log = access.accounts, access.log

    @routes.get("/api/accounts")
    def all_accounts(_person: Admin) -> dict[str, Any]:
        """All accounts with their roles, and whether they have a second factor."""
        roles, having = accounts.roles().items(), access.factors.names()
        rows = [{"name": name, "role": role, "mfa": name in having} for name, role in roles]
        return {"accounts": rows}

    @routes.post("/api/accounts", status_code=201)
    def add(asked: NewAccount, person: AdminInPerson) -> dict[str, Any]:
        """Add an account; 409 where the name is taken."""
        name = normal_name(asked.name)
        if accounts.role(name) is not None:
            raise HTTPException(409, f"there is an account {name!r} already")
        accounts.put(name, asked.role, asked.password)
        log.write("account_added", name, by=person.name, detail=asked.role)
        return {"name": name, "role": asked.role}

    @routes.patch("/api/accounts/{name}")
    def change(name: str, asked: Change, person: AdminInPerson) -> dict[str, Any]:
        """Give an account another role or password; its sessions end."""
        name = normal_name(name)
        if accounts.role(name) is None or not accounts.change(name, asked.role, asked.password):
            raise HTTPException(404, "there is no such account")
        if asked.role is not None:
            log.write("role_changed", name, by=person.name, detail=asked.role)
        if asked.password is not None:
            log.write("password_changed", name, by=person.name)
        return {"name": name, "role": accounts.role(name)}

    @routes.delete("/api/accounts/{name}", status_code=204)
    def remove(name: str, person: AdminInPerson) -> None:
        """Remove an account with its sessions and tokens."""
        name = normal_name(name)
        if not accounts.remove(name):
            raise HTTPException(404, "there is no such account")
        log.write("account_removed", name, by=person.name)

    @routes.post("/api/me/password", status_code=204)
    async def own_password(asked: NewPassword, request: Request, person: AnybodyInPerson) -> None:
        """Another password for oneself; all one's sessions and tokens end, this one too."""
        outcome = await access.logins.attempt(person.name, asked.old, request.state.client)
        if outcome.wait_s:
            raise HTTPException(429, f"too many attempts; wait {outcome.wait_s} s")
        if outcome.role is None:
            raise HTTPException(403, "the old password isn't right")
        await asyncio.to_thread(accounts.change, person.name, password=asked.new)
        await asyncio.to_thread(log.write, "password_changed", person.name)

    @routes.get("/api/tokens")
    def tokens(person: Viewer) -> dict[str, Any]:
        """One's own tokens; an admin sees all."""
        of = None if person.may("admin") else person.name
        return {"tokens": with_iso([asdict(token) for token in access.tokens.all(of)])}

    @routes.post("/api/tokens", status_code=201)
    def make_token(asked: NewToken, person: AnybodyInPerson) -> dict[str, Any]:
        """A new token, shown only now; of another account by an admin only."""
        name = normal_name(asked.name) or person.name
        if name != person.name and not person.may("admin"):
            raise HTTPException(403, "only an admin makes tokens of other accounts")
        token = access.tokens.make(name, asked.label, asked.days, asked.scope)
        log.write("token_made", name, by=person.name, detail=token[:12])
        return {"token": token, "prefix": token[:12], "name": name}

    @routes.delete("/api/tokens/{prefix}", status_code=204)
    def remove_token(prefix: str, person: AnybodyInPerson) -> None:
        """Remove one's own token; an admin removes any."""
        of = None if person.may("admin") else person.name
        if not access.tokens.remove(printable(prefix), of):
            raise HTTPException(404, "there is no such token")
        log.write("token_removed", of or "", by=person.name, detail=prefix)

    @routes.get("/api/audit/access")
    def access_log(
        _person: Admin,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> dict[str, Any]:
        """Who came in and who was refused, the newest first."""
        entries = log.read(limit, before)
        more = entries[-1]["number"] if len(entries) == limit else None
        return {"entries": with_iso(entries), "next": more}

    return routes
