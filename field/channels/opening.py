"""Channels made ready: secrets, regions and certificates read, and the sender of each kind built.

Everything that is wrong with any channel is reported at once.
"""

import asyncio
from collections.abc import Mapping

import msgspec

from field.channels.delivery.sender import ActionLink, Sender
from field.channels.filters import Filter, read_region
from field.channels.kinds.bots import BotSender
from field.channels.kinds.cap import CapSender
from field.channels.kinds.cot import CotSender
from field.channels.kinds.email import EmailSender
from field.channels.kinds.mqtt import MqttSender
from field.channels.kinds.ntfy import NtfySender
from field.channels.kinds.webhook import WebhookSender
from field.channels.secrets import read_secrets
from streams.config import channels as kinds
from streams.config.channels import ChannelSettings, kind_of
from streams.config.settings import ConfigError, Settings


class ChannelStatus(msgspec.Struct):
    """How a channel of this process is doing: when it last sent (ms, by its clock), what went wrong
    since, how many revisions wait, and how many there were by what became of them."""

    name: str
    kind: str
    last_ok_ms: int | None = None
    last_error: str = ""
    waiting: int = 0
    results: dict[str, int] = {}

    def count(self, result: str, revisions: int) -> None:
        """Counts what became of some revisions."""
        self.results[result] = self.results.get(result, 0) + revisions


class Opened(msgspec.Struct, frozen=True):
    """A channel that can be used; ``reads`` is set once it reads alerts."""

    channel: ChannelSettings
    sender: Sender
    filter: Filter
    status: ChannelStatus
    reads: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


def open_channels(
    settings: Settings,
    env: Mapping[str, str],
    action_link: ActionLink | None = None,
    only: str | None = None,
) -> list[Opened]:
    """All channels that are enabled, or the one named ``only``; needs a running event loop.

    Raises ConfigError that names each problem's channel and key.
    """
    chosen = [
        channel
        for channel in settings.channels
        if (channel.name == only if only is not None else channel.enabled)
    ]
    if only is not None and not chosen:
        names = ", ".join(channel.name for channel in settings.channels) or "none"
        raise ConfigError(f"there is no channel {only!r}; the settings have {names}")
    problems: list[str] = []
    public_url = settings.console.public_url
    made = [open_channel(channel, env, problems, public_url, action_link) for channel in chosen]
    if problems:
        raise ConfigError(
            "channels can't be opened:\n" + "\n".join(f"  {problem}" for problem in problems)
        )
    return [opened for opened in made if opened is not None]


def open_channel(
    channel: ChannelSettings,
    env: Mapping[str, str],
    problems: list[str],
    public_url: str = "",
    action_link: ActionLink | None = None,
) -> Opened | None:
    """One channel; ``None`` after adding to ``problems`` what is wrong with it."""
    before = len(problems)
    secrets = read_secrets(channel, env, problems)
    region = read_region(channel, problems)
    if len(problems) > before:
        return None
    try:
        sender = _sender(channel, secrets, public_url, action_link)
    except (OSError, ValueError, ImportError) as error:
        # Of certificates and keys: ssl's own errors are among these.
        problems.append(f"channel {channel.name}: its certificates can't be used: {error}")
        return None
    status = ChannelStatus(channel.name, kind_of(channel))
    return Opened(channel, sender, Filter(channel, region), status)


def _sender(
    channel: ChannelSettings,
    secrets: dict[str, str],
    public_url: str,
    action_link: ActionLink | None,
) -> Sender:
    password = secrets.get("password", "")
    match channel:
        case kinds.CotSettings():
            return CotSender(channel, password)
        case kinds.MqttSettings():
            return MqttSender(channel, password)
        case kinds.NtfySettings():
            return NtfySender(channel, secrets, public_url, action_link if public_url else None)
        case kinds.WebhookSettings():
            return WebhookSender(channel, secrets.get("secret", ""))
        case kinds.CapSettings():
            return CapSender(channel, secrets.get("token", ""))
        case kinds.EmailSettings():
            return EmailSender(channel, password, public_url)
        case kinds.WecomSettings() | kinds.DingtalkSettings() | kinds.FeishuSettings():
            return BotSender(channel, secrets, public_url)
    raise AssertionError(f"no sender for {kind_of(channel)}")
