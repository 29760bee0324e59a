"""Channels: whether they can be opened, as those who send by them do it, and their far ends be
reached."""

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from field.channels.opening import open_channel
from field.doctor.check import Check, found
from streams.config.channels import ChannelSettings

_PORTS: Final = {"http": 80, "https": 443, "tcp": 8087, "tls": 8089, "mqtt": 1883, "mqtts": 8883}
_TIMEOUT_S: Final = 3.0


def channels(
    settings: Iterable[ChannelSettings], env: Mapping[str, str] | None = None
) -> list[Check]:
    """One check for each channel that is switched on."""
    env = os.environ if env is None else env
    on = [channel for channel in settings if channel.enabled]
    if not on:
        return [found("channel", "none", "channels")]
    return [channel_check(channel, env) for channel in on]


def channel_check(channel: ChannelSettings, env: Mapping[str, str]) -> Check:
    """Whether what the channel names is there and can be used, and a program at the far end."""
    settings: dict[str, Any] = msgspec.to_builtins(channel)
    name = f"channel.{channel.name}"
    problems: list[str] = []
    if open_channel(channel, env, problems) is None:
        seen = "; ".join(problem.removeprefix(f"channel {channel.name}: ") for problem in problems)
        return found("channel", "closed", name, problems=seen)
    end = far_end(settings)
    if end is None:
        if not (folder := settings.get("folder")):
            return found("channel", "no_connection", name)
        can_write = Path(folder).is_dir() and os.access(folder, os.W_OK)
        return found("channel", "folder" if can_write else "no_folder", name, folder=Path(folder))
    host, port = end
    place = f"{host}:{port}"
    try:
        socket.create_connection((host, port), timeout=_TIMEOUT_S).close()
    except (OSError, UnicodeError) as error:
        return found("channel", "unreached", name, place=place, error=error)
    return found("channel", "ok", name, place=place, channel=channel.name)


def far_end(settings: Mapping[str, Any]) -> tuple[str, int] | None:
    """Host and port that a channel connects to; ``None`` where it connects to nothing.

    >>> far_end({"url": "https://ntfy.example/x"}), far_end({"url": "udp://239.2.3.1:6969"})
    (('ntfy.example', 443), None)
    """
    if settings.get("host"):
        return str(settings["host"]), int(settings.get("port") or 0)
    address = urlsplit(str(settings.get("url") or ""))
    if not address.hostname or address.scheme == "udp":
        return None
    return address.hostname, address.port or _PORTS.get(address.scheme, 0)
