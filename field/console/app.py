"""The console as an ASGI application: routes over a store, a publisher and accounts."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import Depends, FastAPI, HTTPException
from starlette.middleware.gzip import GZipMiddleware

from field.alerts.life_cycle import NEEDS, Action, Role
from field.console import alert_actions
from field.console.access import Access, install
from field.console.access.credentials.signing import Signed
from field.console.access.network.probes import Probes
from field.console.answers import install_errors
from field.console.calls import people, proposals
from field.console.calls import routes as calls
from field.console.calls.figures import Figures
from field.console.casework import companion_routes as companions
from field.console.casework import routes as casework
from field.console.casework.two_people import needs_two
from field.console.contract.parameters import only_known_names
from field.console.feeds import routes as feeds
from field.console.feeds.resting import Resting
from field.console.live.publish import Publisher
from field.console.live.stream import Hub
from field.console.ogc import items as ogc_items
from field.console.ogc import routes as ogc
from field.console.openapi.document import install_document
from field.console.page import basemap_for_page, install_page, shell_now
from field.console.routes import actions, alerts, exports, field, number_cases, status, topics
from field.console.routes.metrics import ConsoleMetrics
from field.console.routes.repeats import Repeats
from field.console.status import Status
from field.console.store import Store
from field.console.store.area import Home
from streams.config.settings import Settings

_ROUTES: Final = (
    *(alerts, actions, status, field, exports, ogc, casework, companions, calls),
    *(ogc_items, number_cases, people, proposals, feeds, topics),
)
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
    """The application. Its lifespan runs what keeps open pages up to date; ingest and publisher are
    run by whoever serves it."""
    status = Status(settings, store, clock)
    hub = Hub(store, publisher.news)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(status.send_health(hub))]
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
        dependencies=[Depends(only_known_names)],
        docs_url=None,
        redoc_url=None,
        # It would send to wherever the Host header points.
        redirect_slashes=False,
        description="Alerts about rogue base stations: see them, handle them, take them elsewhere."
        " Times are ms since the epoch (UTC), with ISO 8601 beside them; places are WGS84.",
    )
    app.state.settings, app.state.store, app.state.publisher = settings, store, publisher
    app.state.access, app.state.hasher, app.state.clock = access, publisher.hasher, clock
    app.state.status, app.state.hub, app.state.figures = status, hub, Figures()
    app.state.repeats, app.state.feed_answers = Repeats(), Resting()
    app.state.home = Home(settings.console.home, time.monotonic)
    install_errors(app)
    for room in _ROUTES:
        app.include_router(room.router)
    install_page(app)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=1)

    def about() -> Mapping[str, Any]:
        return {
            "version": app.version,
            "now": clock(),
            "title": _TITLE,
            "shell": shell_now().version,
            "basemap": basemap_for_page(settings.console.basemap),
            "replay": status.replay,
            "behind_ms": status.behind_ms,
            "four_eyes": needs_two(settings.console),
        }

    async def perform(signed: Signed, role: Role) -> dict[str, Any]:
        """Performs the action of a signed link."""
        if signed.action not in NEEDS:
            raise HTTPException(403, "a link can't do this")
        action = _linked(signed, role, clock())
        return await alert_actions.perform(store, publisher, settings.console, action)

    install(access, app, about, perform)
    install_document(app, access.cookie)
    app.state.metrics = metrics = ConsoleMetrics(settings, store, status, hub, access)
    app.add_middleware(
        Probes,
        ready=metrics.ready,
        answered=metrics.answered,
        policy=access.policy,
        is_by_tls=access.is_by_tls,
    )
    return app


def _linked(signed: Signed, role: Role, ts: int) -> Action:
    return Action(
        action_id=signed.action_id,
        ts=ts,
        action=signed.action,
        by=signed.by,
        role=role,
        alert_id=signed.alert_id,
    )
