"""What comes in, and the machines that are to take it: shipped figures, others set over them."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from streams.capacity.costs import FORMS, Costs, Form, Positive
from streams.config_error import ConfigError

_FILE: Final = Path(__file__).with_name("demand.toml")
_DAY_S: Final = 86_400.0
#: No figure is larger: a hundred times as many as there are people, of whatever it is.
_MOST: Final = 1e12
#: How long a record of signalling or of a short message is beside a report with five neighbours.
_EVENT_SIZE: Final = 0.6
_CALLS: Final = "call.signalling"

Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One source: the share of subscribers that it is about, and messages of each a day."""

    topic: str
    share: Share
    a_day: Annotated[float, Meta(ge=0.0)]
    size: Literal["report", "event"]


class Machines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What there is to run on, and how full it may be."""

    form: Form
    use: Annotated[float, Meta(gt=0.0, le=1.0)]
    worker_gib: Positive
    partitions_a_worker: Annotated[float, Meta(ge=1.0)]
    copies: Annotated[float, Meta(ge=1.0)]
    days_kept: Positive
    broker_mb_s: Positive
    broker_partitions: Positive
    broker_tib: Positive


class Demand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An installation's subscribers, their sources, and its machines."""

    subscribers: Positive
    peak: Annotated[float, Meta(ge=1.0)]
    cells_a_subscriber: Positive
    largest_zone: Annotated[float, Meta(gt=0.0, le=1.0)]
    devices_at_once: Share
    callers_at_once: Share
    sources: dict[str, Source]
    machines: Machines

    @property
    def cells(self) -> float:
        """Rows of the register."""
        return self.subscribers * self.cells_a_subscriber

    @property
    def callers(self) -> float:
        """Callers that workers remember."""
        calls = (each.share for each in self.sources.values() if is_of_calls(each) and each.a_day)
        return self.subscribers * max(calls, default=0.0) * self.callers_at_once

    @property
    def devices(self) -> float:
        """Phones that workers keep something of, by the source that is about most of them."""
        others = (each for each in self.sources.values() if not is_of_calls(each))
        most = max((each.share for each in others if each.a_day), default=0.0)
        return self.subscribers * most * self.devices_at_once

    @property
    def topics(self) -> int:
        """Input topics that have messages."""
        return len({each.topic for each in self.sources.values() if each.share * each.a_day})

    def rate(self, source: Source) -> float:
        """Messages of a source a second, by the day's mean."""
        return self.subscribers * source.share * source.a_day / _DAY_S

    def bytes_of(self, source: Source, costs: Costs) -> float:
        """Of one message of a source on Kafka."""
        report = costs.report_bytes.of(self.machines.form)
        return report if source.size == "report" else report * _EVENT_SIZE

    @property
    def calls_s(self) -> float:
        """Records of calls a second, by the day's mean."""
        return sum(self.rate(each) for each in self.sources.values() if is_of_calls(each))

    @property
    def messages_s(self) -> float:
        """Of all sources, by the day's mean."""
        return sum(self.rate(each) for each in self.sources.values())


def is_of_calls(source: Source) -> bool:
    """Whether a source is one of calls, which cost otherwise than reports do."""
    return source.topic == _CALLS


def demand(given: Iterable[str]) -> Demand:
    """The shipped demand with ``NAME=VALUE`` over it, such as ``sources.sms.a_day=6``.

    Raises `ConfigError` for a name that there isn't, with those that there are, and for a value
    that can't be.
    """
    read: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
    for each in given:
        name, _, value = each.partition("=")
        _set(read, name.strip(), value.strip())
    try:
        return msgspec.convert(read, Demand)
    except msgspec.ValidationError as error:
        raise ConfigError(f"--set: {error}") from error


def names() -> list[str]:
    """All that can be set."""
    return list(_names(tomllib.loads(_FILE.read_text("utf-8"))))


def _names(read: Mapping[str, Any], before: str = "") -> Iterable[str]:
    for name, value in read.items():
        if isinstance(value, dict):
            yield from _names(value, f"{before}{name}.")
        elif name not in ("topic", "size"):
            yield before + name


def _set(read: dict[str, Any], name: str, value: str) -> None:
    if name not in names():
        raise ConfigError(f"--set {name}: there is no such name; there are {', '.join(names())}.")
    *folders, last = name.split(".")
    for folder in folders:
        read = read[folder]
    if last == "form":
        if value not in FORMS:
            raise ConfigError(f"--set {name}={value}: it is one of {', '.join(FORMS)}.")
        read[last] = value
        return
    try:
        number = float(value)
    except ValueError:
        raise ConfigError(f"--set {name}={value}: it is no number.") from None
    if not 0.0 <= number <= _MOST:
        raise ConfigError(f"--set {name}={value}: it is not between 0 and {_MOST:g}.")
    read[last] = number
