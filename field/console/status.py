"""How the inputs are, and the workers, sensors, channels. Silence is never "all clear"."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from detectors.profile.age import Learning, busiest_first, learning_in
from field.alerts.reading import is_replay
from field.channels.opening import ChannelStatus
from field.console.databases import reason
from field.console.live.arrival import arrival_now_ms, feeds_of
from field.console.live.intake_guard import SetAside
from field.console.live.stream import Hub
from field.console.store import Store
from field.console.store.ground import sensors
from field.console.store.queries.operations import channel_health, unread, workers
from field.console.store.tables import ALERTS
from field.formats.words.iso_times import with_iso
from geo.earth.zones import centre_of
from streams.config.channels import kind_of
from streams.config.settings import Settings
from streams.kafka.topics import INPUTS

_SEND_EVERY_S: Final = 5.0
#: Records that were set aside, the newest.
_SHOWN: Final = 20
_LOG: Final = logging.getLogger("cellhound.console")
#: Alerts that came within so long belong to one replay.
_TOGETHER_MS: Final = 60_000


class Status:
    """Health as it was looked at last. ``clock`` gives ms since the epoch."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], int]) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        #: Trouble of the console itself, by what has it.
        self.trouble: dict[str, Callable[[], str | None]] = {}
        #: Records that the console does not take in, since they end it.
        self.set_aside: Callable[[], list[SetAside]] = list
        #: How many connections and streams there are.
        self.door: Callable[[], dict[str, int]] = dict
        #: Channels that this process runs, kept up to date by them.
        self.board: dict[str, ChannelStatus] = {}
        self.replay = False
        #: How far (ms) the time of a replay is behind the clock; 0 live.
        self.behind_ms = 0

    def look(self) -> dict[str, Any]:
        """Health now, as ``/api/health`` answers it; blocking."""
        return self._store.read(self._look)

    async def send_health(self, hub: Hub) -> None:
        """Sends it to open pages, for ever."""
        while True:
            try:
                health = await asyncio.to_thread(self.look)
            except SQLAlchemyError as error:
                _LOG.warning("the store can't be read: %s", reason(error))
            else:
                hub.broadcast("health", msgspec.json.encode(with_iso(health)))
            await asyncio.sleep(_SEND_EVERY_S)

    def _look(self, connection: Connection) -> dict[str, Any]:
        now, console = self._clock(), self._settings.console
        silent_ms = console.feed_silent_s * 1000.0
        known = workers(connection)
        live = [
            health for received_ms, health in known if not _is_silent(now, received_ms, silent_ms)
        ]
        newest = connection.execute(
            select(ALERTS.c.received_ms, ALERTS.c.ts).order_by(ALERTS.c.received_ms.desc()).limit(1)
        ).first()
        behind_ms = console.replay_behind_s * 1000.0
        self.replay = any(health.get("replay") is True for health in live) or (
            newest is not None and is_replay(newest.received_ms, newest.ts, behind_ms)
        )
        self.behind_ms = _behind(connection, now, behind_ms) if self.replay else 0
        channels = channel_health(connection)
        trouble = {name: ask() for name, ask in self.trouble.items()}
        return {
            "now": now,
            "replay": self.replay,
            "behind_ms": self.behind_ms,
            "feeds": feeds([health for _, health in known], live, now, silent_ms),
            "workers": [
                health
                | {"received_ms": received_ms, "silent": _is_silent(now, received_ms, silent_ms)}
                for received_ms, health in known
            ],
            "learning": [
                _placed(one)
                for one in busiest_first(
                    one for health in live for one in learning_in(health.get("learning"))
                )
            ],
            "sensors": [
                sensor | {"silent": now - self.behind_ms - sensor["last_ts"] > silent_ms}
                for sensor in sensors(connection)
            ],
            "channels": [
                {"name": channel.name, "kind": kind_of(channel), "enabled": channel.enabled}
                | _channel(channels.get(channel.name, {}), self.board.get(channel.name))
                for channel in self._settings.channels
            ],
            "unread": unread(connection),
            "set_aside": msgspec.to_builtins(self.set_aside()[:_SHOWN]),
            "door": self.door(),
            "trouble": {name: text for name, text in trouble.items() if text},
        }


def feeds(
    known: list[dict[str, Any]], live: list[dict[str, Any]], now: int, silent_ms: float
) -> list[dict[str, Any]]:
    """Each input of the workers, by what they report: silent unless one of them receives it now.

    >>> feeds([], [], 0, 60_000.0)[0]["state"]
    'no data'
    """
    more = {name for health in known for name in feeds_of(health)} - set(INPUTS)
    return [_feed(name, known, live, now, silent_ms) for name in (*INPUTS, *sorted(more))]


def now_ms(app: FastAPI) -> int:
    """The console's clock."""
    return int(app.state.clock())


def shown_now_ms(app: FastAPI) -> int:
    """The time of what is shown: the clock, in a replay as far behind as this is."""
    status: Status = app.state.status
    return now_ms(app) - status.behind_ms


def _placed(one: Learning) -> dict[str, Any]:
    """How far a zone has come, and where it is: its name says that to nobody."""
    lat, lon = centre_of(one.zone) or (None, None)
    known: dict[str, Any] = msgspec.to_builtins(one)
    return known | {"lat": lat, "lon": lon}


def _behind(connection: Connection, now: int, least_ms: float) -> int:
    """How far a replay is behind: by what its workers read last, else by the newest of the alerts
    that came last. The clock carries its time on from there."""
    behind = now - arrival_now_ms(connection, now)
    if behind > least_ms:
        return behind
    c = ALERTS.c
    last = select(func.max(c.received_ms)).scalar_subquery()
    received_ms, ts = connection.execute(
        select(func.max(c.received_ms), func.max(c.ts)).where(c.received_ms >= last - _TOGETHER_MS)
    ).one()
    return max(behind, 0) if ts is None else max(int(received_ms - ts), 0)


def _feed(
    name: str, known: list[dict[str, Any]], live: list[dict[str, Any]], now: int, silent_ms: float
) -> dict[str, Any]:
    entries = [feed for health in known if (feed := feeds_of(health).get(name))]
    # To a worker 0 means never.
    received_ms = max((feed.heard_ms for feed in entries), default=0) or None
    if received_ms is None or not any(name in feeds_of(health) for health in live):
        state = "no data"
    else:
        state = "silent" if _is_silent(now, received_ms, silent_ms) else "ok"
    return {
        "topic": name,
        "last_arrival_ms": max((feed.arrival_ms for feed in entries), default=0) or None,
        "received_ms": received_ms,
        "messages": sum(feed.messages for feed in entries),
        "dead_letters": sum(feed.dead_letters for feed in entries),
        "silent": state != "ok",
        "state": state,
    }


def _is_silent(now: int, received_ms: int, silent_ms: float) -> bool:
    """Whether nothing was received for too long. A time that is as far ahead is of a wrong clock:
    by it, who has died would be well until our clock gets there."""
    return abs(now - received_ms) > silent_ms


def _channel(logged: Mapping[str, Any], running: ChannelStatus | None) -> dict[str, Any]:
    """How a channel is, by the delivery log, and by itself where it runs in this process."""
    by_log = {"last_ok_ms": logged.get("last_ok_ms"), "last_error": logged.get("last_error")}
    if running is None:
        return by_log | {"waiting": None}
    return {
        "last_ok_ms": running.last_ok_ms or by_log["last_ok_ms"],
        "last_error": running.last_error or by_log["last_error"],
        "waiting": running.waiting,
    }
