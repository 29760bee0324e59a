"""The console as an ASGI application: routes over a store, a publisher and accounts."""

import asyncio
import contextlib
import importlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, FastAPI, HTTPException
from starlette.middleware.gzip import GZipMiddleware

from streams.actions import Action, Role
from streams.console import (
    exports,
    ogc,
    routes_actions,
    routes_alerts,
    routes_field,
    routes_status,
)
from streams.console.access import Access, install
from streams.console.access.signing import Signed
from streams.console.answers import install_errors
from streams.console.handling import NEEDS, do
from streams.console.page import basemap_told, install_page
from streams.console.publish import Publisher
from streams.console.status import Status
from streams.console.store import Store
from streams.console.stream import Hub
from streams.settings import Settings

#: Rooms beside this one that bring routes of their own.
_BESIDE: Final = ("streams.console.casework.routes", "streams.evidence.routes")
_TITLE: Final = "cellhound"
_COMPRESSED_FROM: Final = 4096


def wall_ms() -> int:
    """Ms since the epoch: the console's only clock."""
    return time.time_ns() // 1_000_000


def build(
    settings: Settings,
    store: Store,
    publisher: Publisher,
    access: Access,
    clock: Callable[[], int] = wall_ms,
) -> FastAPI:
    """The application. Its lifespan runs what tells open pages; ingest and publisher are run by
    whoever serves it."""
    status = Status(settings, store, clock)
    hub = Hub(store, publisher.news)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(status.tell(hub))]
        # Whoever serves it watches them: neither ends by itself.
        app.state.tasks = tasks
        yield
        hub.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(
        title=_TITLE,
        version=version("cellhound"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        description="Alerts about rogue base stations: see them, handle them, take them elsewhere."
        " Times are ms since the epoch (UTC), places WGS84.",
    )
    app.state.settings, app.state.store, app.state.publisher = settings, store, publisher
    app.state.access, app.state.hasher, app.state.clock = access, publisher.hasher, clock
    app.state.status, app.state.hub = status, hub
    install_errors(app)
    for room in (routes_alerts, routes_actions, routes_status, routes_field, exports, ogc):
        app.include_router(room.router)
    for name in _BESIDE:
        if (router := _router(name)) is not None:
            app.include_router(router)
    install_page(app)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=1)

    def about() -> Mapping[str, Any]:
        return {
            "version": app.version,
            "now": clock(),
            "title": _TITLE,
            "basemap": basemap_told(settings.console.basemap),
            "replay": status.replay,
            "behind_ms": status.behind_ms,
        }

    async def perform(said: Signed, role: Role) -> dict[str, Any]:
        """Does what a signed link says."""
        if said.action not in NEEDS:
            raise HTTPException(403, "a link can't do this")
        return await do(store, publisher, settings.console, _linked(said, role, clock()))

    install(access, app, about, perform)
    return app


def _linked(said: Signed, role: Role, ts: int) -> Action:
    return Action(
        action_id=said.action_id,
        ts=ts,
        action=said.action,
        by=said.by,
        role=role,
        alert_id=said.alert_id,
    )


def _router(name: str) -> APIRouter | None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        return None
    router: APIRouter = module.router
    return router
