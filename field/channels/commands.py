"""The commands about channels: run them without a console, test one, list all."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from detectors.alert.record import Alert
from detectors.model.finding import Identity
from field.channels.delivery.sender import ActionLink, Notice, SendError
from field.channels.filters import read_region
from field.channels.metrics import measure_channels
from field.channels.opening import ChannelStatus, Opened, open_channels
from field.channels.service import serve_channels
from streams.config.channels import ChannelSettings, kind_of
from streams.config.settings import ConfigError, Settings
from streams.log_lines import announce, log_to_stderr
from streams.metrics.broker_look import BrokerLook
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, Probes
from streams.metrics.server import serving
from streams.privacy.masking import masked

#: Printed on standard error once all channels have been opened.
READY: Final = "cellhound channels are ready"


class ChannelFailed(Exception):  # noqa: N818 - it names what is the matter
    """A test message could not be sent; the text gives the reason."""


def run(settings: Settings, action_link: ActionLink | None) -> None:
    """Sends by all channels until it is stopped (Ctrl-C, SIGTERM). Raises ConfigError."""
    if not any(channel.enabled for channel in settings.channels):
        raise ConfigError("there is no channel to run; name some under channels in the settings")
    log_to_stderr("%(levelname)s %(message)s", settings.logging.format)
    board: dict[str, ChannelStatus] = {}
    look = BrokerLook(settings.kafka)
    meters, probes = Meters("channels", look), Probes(look)
    measure_channels(meters, board)
    with serving(settings.metrics, meters, probes):
        asyncio.run(_run(settings, action_link, board, probes))


async def _run(
    settings: Settings,
    action_link: ActionLink | None,
    board: dict[str, ChannelStatus],
    probes: Probes,
) -> None:
    stop, reading = asyncio.Event(), asyncio.Event()
    probes.check(lambda: OK if reading.is_set() else "starting")
    probes.check(lambda: "stopping" if stop.is_set() else OK)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def ready(names: Iterable[str]) -> None:
        reading.set()
        announce(f"{READY}: {', '.join(names)}", settings.logging.format)

    ticking = asyncio.create_task(_tick(probes))
    try:
        await serve_channels(settings, stop, action_link, board, ready)
    finally:
        ticking.cancel()


async def _tick(probes: Probes) -> None:
    while True:
        probes.tick()
        await asyncio.sleep(1.0)


def test(settings: Settings, channel: str) -> str:
    """Sends a test message by a channel, enabled or not; what was answered.

    Raises ConfigError for one that isn't there or can't be opened, ChannelFailed.
    """
    return asyncio.run(_test(settings, channel))


test.__test__ = False  # type: ignore[attr-defined] # pytest takes it for one of its own


async def _test(settings: Settings, name: str) -> str:
    (opened,) = open_channels(settings, os.environ, only=name)
    begin_s = time.perf_counter()
    await opened.sender.start()
    try:
        async with asyncio.timeout(opened.channel.timeout_s):
            answer = await opened.sender.send(Notice((_example(opened),), test=True))
    except SendError as error:
        raise ChannelFailed(f"channel {name}: {error}") from error
    except TimeoutError:
        wait_s = opened.channel.timeout_s
        raise ChannelFailed(f"channel {name}: no answer within {wait_s:g} s") from None
    finally:
        await opened.sender.stop()
    return f"channel {name}: sent in {time.perf_counter() - begin_s:.2f} s ({answer})"


def _example(opened: Opened) -> Alert:
    """An alert that stands for no incident, in the middle of the channel's region."""
    region = read_region(opened.channel, [])
    lat, lon = (region.centroid.y, region.centroid.x) if region is not None else (0.0, 0.0)
    now_ms = int(time.time() * 1000)
    return Alert(
        alert_id=f"test-{now_ms:x}",
        revision=1,
        status="open",
        ts=now_ms,
        first_seen=now_ms,
        last_seen=now_ms,
        kind="fake_base_station",
        identities=[Identity(rat="lte", mcc=1, mnc=1, area=1)],
        probability=0.0,
        severity="info",
        position={"lat": lat, "lon": lon},
        region=None,
        region_level=0.9,
        radius_m=None,
        track=None,
        speed_mps=None,
        bearing_deg=None,
        devices=0,
        reports=0,
        evidence=[],
        headline="A test of the channel. Nobody needs to do anything.",
    )


def summary(settings: Settings) -> str:
    """A line for each channel: name, kind, whether it is enabled, and what is set otherwise.

    Secrets are elsewhere, and where they are is shown; of addresses, which may hold one, the host.
    """
    if not settings.channels:
        return "no channels; docs/channels.md shows how to set some"
    return "\n".join(_line(channel) for channel in settings.channels)


def _line(channel: ChannelSettings) -> str:
    off = "" if channel.enabled else " (disabled)"
    shown = masked({"channels": [msgspec.to_builtins(channel)]})["channels"][0]
    settings = []
    for field in msgspec.structs.fields(type(channel)):
        if field.name not in {"name", "enabled"} and getattr(channel, field.name) != field.default:
            settings.append(f"{field.name}={_brief(shown[field.name])}")
    return f"{channel.name}: {kind_of(channel)}{off} {' '.join(settings)}".rstrip()


def _brief(value: object) -> str:
    if isinstance(value, dict):
        return f"<{value.get('type', 'region')}>"
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    return str(value)
