"""What routes about the console itself and its channels answer."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from detectors.audit.wrong_row import WrongRow
from detectors.profile.age import Learning
from field.console.live.intake_guard import SetAside


class Delivered(msgspec.Struct, kw_only=True):
    """What became of a revision on a channel, as it stands on ``fbs.deliveries``."""

    ts: int
    channel: str
    alert_id: str
    revision: int
    outcome: str
    attempts: int | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    latency_ms: int | UnsetType = UNSET
    severity: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    alert_ts: int | UnsetType = UNSET


class Deliveries(msgspec.Struct):
    """The newest first."""

    deliveries: list[Delivered]


class FeedHealth(msgspec.Struct):
    """An input of the workers, by what they report."""

    topic: str
    last_arrival_ms: int | None
    received_ms: int | None
    messages: int
    dead_letters: int
    silent: bool
    state: str


class Sensor(msgspec.Struct):
    """An instrument by its newest reading."""

    device: str
    last_ts: int
    lat: float | None
    lon: float | None
    silent: bool


class ChannelHealth(msgspec.Struct):
    """A channel: when it last sent, what went wrong since, how many alerts wait."""

    name: str
    kind: str
    enabled: bool
    last_ok_ms: int | None
    last_error: str | None
    waiting: int | None


class ZoneLearning(Learning, frozen=True, kw_only=True):
    """How far a zone has come, and where it is: the centre of a zone that has a place."""

    lat: float | None
    lon: float | None


class Health(msgspec.Struct, kw_only=True):
    """How everything is. ``workers`` are signs of life as on ``fbs.health``, each with
    ``received_ms`` and ``silent``."""

    now: int
    replay: bool
    behind_ms: int
    feeds: list[FeedHealth]
    workers: list[dict[str, Any]]
    learning: list[ZoneLearning]
    sensors: list[Sensor]
    channels: list[ChannelHealth]
    unread: dict[str, int]
    set_aside: list[SetAside]
    door: dict[str, int]
    trouble: dict[str, str]


class HomeArea(msgspec.Struct):
    """What a map looks at first: west, south, east and north in degrees, and whose word it is."""

    box: list[float] | None
    of: Literal["settings", "register"] | None


class AuditedZone(msgspec.Struct):
    """What an audit of the register looked at."""

    zone: str
    first_ms: int
    last_ms: int
    sites: int
    cells: int
    left_out: int


class RegisterReport(msgspec.Struct):
    """Rows of the register that reports show to be wrong, the likeliest first."""

    zones: list[AuditedZone]
    counts: dict[str, int]
    rows: list[WrongRow]
