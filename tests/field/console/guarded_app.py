"""What tests of the console's door share: an app with the guard, a clock, and somebody who asks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx
import msgspec
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI

from field.alerts.life_cycle import Role
from field.console.access import Access, Person, install, require
from field.console.access.credentials.passwords import Passwords
from field.console.access.credentials.signing import Signed
from field.console.access.database import open_database
from field.console.answers import install_errors
from streams.config.console import ConsoleSettings

PASSWORD = "correct horse battery"
ORIGIN = "http://127.0.0.1:8340"
#: Real argon2, as little of it as there can be.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NAMES: dict[Role, str] = {"viewer": "vera", "field": "fei", "dispatcher": "di", "admin": "ada"}


@dataclass
class Clock:
    """Seconds that a test moves on."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """An app behind the guard with a route for each role."""

    app: FastAPI
    access: Access
    clock: Clock
    done: list[tuple[Signed, Role]] = field(default_factory=list)

    def browser(self, **more: Any) -> "Browser":
        return Browser(self.app, **more)

    def logged_in(self, name: str, **more: Any) -> "Browser":
        browser = self.browser(**more)
        browser.log_in(name)
        return browser


class Browser:
    """Somebody who asks, and keeps cookies; each request is its own event loop."""

    def __init__(self, app: FastAPI, address: str = "127.0.0.1", origin: str = ORIGIN) -> None:
        self._app = app
        self._address = address
        self._origin = origin
        self.cookies = httpx.Cookies()
        self.csrf = ""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, with the CSRF token where there is one and no other is given."""
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        headers |= more.pop("headers", {})

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self._address, 40000))
            async with httpx.AsyncClient(
                transport=transport, base_url=self._origin, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, headers=headers, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)

    def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        answer = self.post("/api/login", json={"name": name, "password": password})
        self.csrf = answer.json().get("csrf", "")
        return answer


def accounts_in(folder: Path) -> str:
    """The database of accounts of a folder; where there is none yet, a new one without any."""
    if not (file := folder / "accounts.db").exists():
        file.touch(0o600)
        file.write_bytes(_no_accounts())
    return str(file)


@cache
def _no_accounts() -> bytes:
    """Made once: it takes as long as many a test of what is in it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.db"
        open_database(str(file)).dispose()
        return file.read_bytes()


@contextmanager
def opened(folder: Path, people: bool = True, **settings: Any) -> Iterator[Door]:
    """A door on the accounts of ``folder``, with somebody of each role where ``people``."""
    clock = Clock()
    given = {"accounts": accounts_in(folder), **settings}
    access = Access.open(msgspec.convert(given, ConsoleSettings), clock, Passwords(QUICK))
    if people:
        for role, name in NAMES.items():
            access.accounts.put(name, role, PASSWORD)
    app = FastAPI()
    install_errors(app)
    door = Door(app, access, clock)

    def add(role: Role) -> None:
        @app.api_route(f"/for/{role}", methods=["GET", "POST", "DELETE"])
        async def answer(person: Annotated[Person, Depends(require(role))]) -> dict[str, str]:
            return {"name": person.name}

    for role in NAMES:
        add(role)

    async def perform(signed: Signed, role: Role) -> dict[str, str]:
        door.done.append((signed, role))
        return {"action_id": signed.action_id}

    install(access, app, about=lambda: {"version": "1"}, perform=perform)
    try:
        yield door
    finally:
        access.close()
