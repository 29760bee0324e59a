"""What a channel does with one revision of an alert: send it, hold it for a while, or drop it.

An opening, a rise of severity above all that was sent, and a closing go at once. Any other update
waits until ``debounce_s`` after what was sent last, and only the newest that waits is sent.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from detectors.alert.record import Alert
from field.alerts.severity import rank
from streams.config.channels import ChannelSettings, PictureSettings

#: Targets of which a channel remembers what it sent.
MOST_TARGETS: Final = 50_000
#: Alerts in a picture, as on the page's map.
MOST_SHOWN: Final = 10_000


class LastSent(msgspec.Struct, frozen=True):
    """What a channel sent last about a target.

    ``severity`` is the highest that was sent, so that one that goes up and down is no rise each
    time; ``at_s`` is when, by the clock (s), ``ts`` the alert's own time (ms).
    """

    revision: int
    severity: str
    at_s: float
    ts: int
    closed: bool = False

    def and_then(self, later: "LastSent") -> "LastSent":
        """The two as one: the newer revision with the higher severity."""
        newer, older = (later, self) if later.revision >= self.revision else (self, later)
        if rank(newer.severity) >= rank(older.severity):
            return newer
        return msgspec.structs.replace(newer, severity=older.severity)


def remember(known: dict[str, LastSent], name: str, sent: LastSent) -> None:
    """Adds what was sent about a target to what is known of it; beyond `MOST_TARGETS` the one of
    which nothing was sent for longest is forgotten."""
    before = known.pop(name, None)
    known[name] = before.and_then(sent) if before else sent
    if len(known) > MOST_TARGETS:
        del known[next(iter(known))]


@dataclass(frozen=True)
class Send:
    """To be sent at once."""


@dataclass(frozen=True)
class Hold:
    """To be sent at ``due_s``, if nothing newer has come by then."""

    due_s: float


@dataclass(frozen=True)
class Drop:
    """Not to be sent; ``worth_logging`` where somebody could have expected it."""

    reason: str
    worth_logging: bool = False


Decision = Send | Hold | Drop


def is_old(
    alert: Alert, before: LastSent | None, channel: ChannelSettings, now_s: float, record_s: float
) -> bool:
    """Whether a revision that was written at ``record_s`` is no news any more.

    The end of a target that people know of is sent however late: somebody may still look for it.
    """
    ends = alert.status == "closed" and before is not None
    return now_s - record_s > channel.most_age_s and not ends


def decide(
    alert: Alert,
    before: LastSent | None,
    wanted: bool,
    channel: ChannelSettings,
    now_s: float,
    record_s: float,
) -> Decision:
    """What to do with a revision that was written to its topic at ``record_s``.

    ``wanted`` is the filter's answer; it counts for targets that nothing was sent about yet.
    """
    picture = isinstance(channel, PictureSettings)
    closed = alert.status == "closed"
    if before is not None and alert.revision <= before.revision:
        return Drop("sent already")
    if channel.statuses and alert.status not in channel.statuses:
        return Drop("status is filtered")
    if before is None and closed:
        # A picture is cleared of it all the same: an earlier run may have put it there.
        return Send() if picture else Drop("closed before it was sent")
    if before is None and not wanted:
        return Drop("filtered")
    if is_old(alert, before, channel, now_s, record_s):
        return Drop(f"older than {channel.most_age_s:g} s", worth_logging=not picture)
    if before is None or closed or rank(alert.severity) > rank(before.severity):
        return Send()
    due_s = before.at_s + channel.debounce_s
    return Send() if now_s >= due_s else Hold(due_s)
