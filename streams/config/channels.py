"""What can be set about channels: what all share, and one tagged record for each kind.

Secrets are never written here: a key that ends in ``_env`` names an environment variable that holds
one, a key that ends in ``_file`` a file. They are read when a channel is opened (`secrets`).
"""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from detectors.alert.record import Status
from detectors.model.finding import AlertKind
from streams.listening import is_loopback

Severity = Literal["info", "low", "medium", "high", "critical"]
Rat = Literal["gsm", "umts", "lte", "nr"]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$")]
#: A network as people write it: 460-00.
Operator = Annotated[str, Meta(pattern=r"^[0-9]{1,3}-[0-9]{1,3}$")]
HttpUrl = Annotated[str, Meta(pattern=r"^https?://[^\s/]+\S*$")]
#: A name or number, no address with a scheme or a port.
Host = Annotated[str, Meta(pattern=r"^[^\s/@]+$")]
#: What mail and CAP both take for a sender (`field.formats.cap`).
MailAddress = Annotated[str, Meta(pattern=r"^[^\s@<>,&]+@[^\s@<>,&]+$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(ge=0.0)]
AboveZero = Annotated[float, Meta(gt=0.0)]


class ChannelSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What all channels share: a name, a filter, and how often and how patiently it sends.

    Plain HTTP, MQTT and SMTP beyond this computer are refused without ``allow_plain``.
    ``region`` is a GeoJSON polygon, or the path of a file that holds one; empty lists filter
    nothing. ``most_per_minute`` 0 is no bound.
    """

    name: Name
    enabled: bool = True
    min_severity: Severity = "low"
    region: dict[str, Any] | str = ""
    rats: tuple[Rat, ...] = ()
    operators: tuple[Operator, ...] = ()
    kinds: tuple[AlertKind, ...] = ()
    statuses: tuple[Status, ...] = ()
    debounce_s: Seconds = 300.0
    most_per_minute: Annotated[int, Meta(ge=0)] = 20
    most_age_s: AboveZero = 3600.0
    language: Literal["en", "zh"] = "en"
    zone: str = "UTC"
    retries: Annotated[int, Meta(ge=0)] = 8
    timeout_s: AboveZero = 10.0
    queue: Annotated[int, Meta(ge=1)] = 200
    allow_plain: bool = False

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):  # Unknown, malformed, or a folder of the database.
            raise ValueError(
                f"zone {self.zone!r} is no time zone; name one such as UTC or Asia/Shanghai"
            ) from None
        if not _leads_somewhere(getattr(self, "url", "")):
            # Not shown: it may hold a secret.
            raise ValueError("url: its host or port is none; write scheme://HOST:PORT/..")
        problem = None if self.allow_plain else plain_problem(self)
        if problem:
            raise ValueError(problem)


class PictureSettings(ChannelSettings, frozen=True, kw_only=True):
    """Channels that hold a picture of all open alerts, where only the newest revision counts."""

    min_severity: Severity = "info"
    debounce_s: Seconds = 10.0
    most_per_minute: Annotated[int, Meta(ge=0)] = 0
    most_age_s: AboveZero = 86_400.0


class CotSettings(PictureSettings, frozen=True, kw_only=True, tag="cot"):
    """Cursor on Target: ``url`` is tcp://, tls:// or udp://HOST:PORT (a multicast group: a mesh).

    A client certificate is PEM (``cert_file``, ``key_file``) or PKCS #12 (``p12_file``).
    """

    url: Annotated[str, Meta(pattern=r"^(tcp|tls|udp)://[^\s/]+:[0-9]+/?$")]
    affiliation: Literal["p", "u", "s", "h", "n"] = "s"
    stale_s: Annotated[float, Meta(ge=10.0)] = 300.0
    region_as: Literal["ellipse", "polygon", "none"] = "ellipse"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    p12_file: str = ""
    password_env: str = ""
    password_file: str = ""
    check_hostname: bool = True
    interface: str = ""
    ttl: Annotated[int, Meta(ge=0, le=255)] = 1


class MqttSettings(PictureSettings, frozen=True, kw_only=True, tag="mqtt"):
    """MQTT: a retained message for each open alert, below ``topic``."""

    host: Host
    port: Port = 1883
    topic: Annotated[str, Meta(pattern=r"^[^#+\s/][^#+\s]*$")] = "cellhound"
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


class NtfySettings(ChannelSettings, frozen=True, kw_only=True, tag="ntfy"):
    """Push messages by an ntfy server, with buttons to navigate and to acknowledge."""

    url: HttpUrl
    topic: Annotated[str, Meta(pattern=r"^[-_A-Za-z0-9]{1,64}$")]
    token_env: str = ""
    token_file: str = ""
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    click: Literal["geo", "console"] = "console"
    ca_file: str = ""


class WebhookSettings(ChannelSettings, frozen=True, kw_only=True, tag="webhook"):
    """CloudEvents by HTTP POST, signed as Standard Webhooks says where there is a secret."""

    url: HttpUrl
    secret_env: str = ""
    secret_file: str = ""
    source: str = "cellhound"
    ca_file: str = ""
    debounce_s: Seconds = 0.0
    most_per_minute: Annotated[int, Meta(ge=0)] = 0


class CapSettings(ChannelSettings, frozen=True, kw_only=True, tag="cap"):
    """CAP 1.2 messages, sent to ``url`` or written to ``folder``; ``sender`` names who says so."""

    sender: Annotated[str, Meta(pattern=r"^[^\s,<&]+$")]
    url: Annotated[str, Meta(pattern=r"^(https?://[^\s/]+.*)?$")] = ""
    folder: str = ""
    exercise: bool = False
    token_env: str = ""
    token_file: str = ""
    ca_file: str = ""
    min_severity: Severity = "medium"
    most_per_minute: Annotated[int, Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        ChannelSettings.__post_init__(self)
        if bool(self.url) == bool(self.folder):
            raise ValueError("give either url or folder")


class EmailSettings(ChannelSettings, frozen=True, kw_only=True, tag="email"):
    """E-mail by SMTP, with CAP and GPX attached."""

    host: Host
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: MailAddress
    to: Annotated[tuple[MailAddress, ...], Meta(min_length=1)]
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""


class BotSettings(ChannelSettings, frozen=True, kw_only=True):
    """A group bot: ``token`` is the secret part of its address, ``secret`` what it is signed by."""

    token_env: str = ""
    token_file: str = ""
    ca_file: str = ""


class WecomSettings(BotSettings, frozen=True, kw_only=True, tag="wecom"):
    """A WeCom group bot; ``token`` is the ``key`` of its address. It has no signature."""

    url: HttpUrl = "https://qyapi.weixin.qq.com"


class DingtalkSettings(BotSettings, frozen=True, kw_only=True, tag="dingtalk"):
    """A DingTalk group bot; ``token`` is its ``access_token``."""

    url: HttpUrl = "https://oapi.dingtalk.com"
    secret_env: str = ""
    secret_file: str = ""


class FeishuSettings(BotSettings, frozen=True, kw_only=True, tag="feishu"):
    """A Feishu (or Lark) group bot; ``token`` is the last part of its address."""

    url: HttpUrl = "https://open.feishu.cn"
    secret_env: str = ""
    secret_file: str = ""


Channel = (
    CotSettings
    | CapSettings
    | NtfySettings
    | WebhookSettings
    | MqttSettings
    | EmailSettings
    | WecomSettings
    | DingtalkSettings
    | FeishuSettings
)


def plain_problem(channel: ChannelSettings) -> str | None:
    """Why alerts would cross the network in plain text; ``None`` where they don't.

    >>> plain_problem(NtfySettings(name="a", url="http://127.0.0.1:2586", topic="t"))
    """
    allow = "or allow_plain: true for a network that others can't listen to"
    match channel:
        case MqttSettings(tls=False) if not is_loopback(channel.host):
            return f"tls: plain MQTT to {channel.host}; set tls: true, {allow}"
        case EmailSettings(security="none") if not is_loopback(channel.host):
            return f"security: plain SMTP to {channel.host}; set starttls or tls, {allow}"
    url = str(getattr(channel, "url", ""))
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None  # It is no address, which is another problem.
    if url.startswith("http://") and host and not is_loopback(host):
        # Only the host is shown: the rest may hold a secret.
        return f"url: plain HTTP to {host}; use https://, {allow}"
    return None


def _leads_somewhere(url: str) -> bool:
    """Whether an address, if there is one, has a host, and a port that there can be."""
    try:
        address = urlsplit(url)
        return not url or (bool(address.hostname) and address.port != 0)
    except ValueError:  # Brackets that don't close, a port beyond 65535.
        return False


def kind_of(channel: ChannelSettings) -> str:
    """The name by which settings choose the channel's kind.

    >>> kind_of(WebhookSettings(name="desk", url="http://127.0.0.1:8000"))
    'webhook'
    """
    return str(channel.__struct_config__.tag)
