"""All channels at work in one event loop: the console's own, or that of ``cellhound notify run``.

Each channel stands alone: one that breaks is started again after a while, the others go on.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final

from field.channels.delivery.log import DeliveryLog
from field.channels.delivery.sender import ActionLink
from field.channels.opening import ChannelStatus, Opened, open_channels
from field.channels.runner import Runner
from streams.config.settings import Settings
from streams.kafka.make_topics import ensure_topics

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0


async def serve_channels(
    settings: Settings,
    stop: asyncio.Event,
    action_link: ActionLink | None = None,
    board: MutableMapping[str, ChannelStatus] | None = None,
    ready: Callable[[list[str]], None] | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Sends by all enabled channels until ``stop`` is set.

    ``board`` holds the status of each by name, kept up to date; ``ready`` is called with their
    names once all read. Raises ConfigError, and KafkaUnavailable when no broker answers at first.
    """
    opened = open_channels(settings, os.environ if env is None else env, action_link)
    if board is not None:
        board.update({one.channel.name: one.status for one in opened})
    kafka = settings.kafka
    await asyncio.to_thread(ensure_topics, kafka)
    log = DeliveryLog(kafka)
    await log.start()
    try:
        async with asyncio.TaskGroup() as group:
            for one in opened:
                group.create_task(_keep(settings, one, log, stop))
            if ready is not None:
                await _first(stop, [one.reads for one in opened])
                if not stop.is_set():
                    ready([one.channel.name for one in opened])
            await stop.wait()
    finally:
        await log.stop()


async def _first(stop: asyncio.Event, events: list[asyncio.Event]) -> None:
    """Until all events have come, or the end."""
    stopped = asyncio.create_task(stop.wait())
    for event in events:
        waiting = asyncio.create_task(event.wait())
        await asyncio.wait({stopped, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    stopped.cancel()


async def _keep(settings: Settings, opened: Opened, log: DeliveryLog, stop: asyncio.Event) -> None:
    pause_s, behind_s = _FIRST_PAUSE_S, settings.console.replay_behind_s
    while not stop.is_set():
        began_s = asyncio.get_running_loop().time()
        try:
            await Runner(settings.kafka, opened, log, behind_s).run(stop)
            return
        except Exception as error:
            # The broker went away, or a bug: logged with its traceback; the others go on.
            _log.exception("channel %s broke; it is started again", opened.channel.name)
            opened.status.last_error = f"{type(error).__name__}: {error}"
        if asyncio.get_running_loop().time() - began_s > _LONGEST_PAUSE_S:
            pause_s = _FIRST_PAUSE_S
        try:
            async with asyncio.timeout(pause_s):
                await stop.wait()
        except TimeoutError:
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
