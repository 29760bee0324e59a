"""Moments (ms since the epoch, UTC) as people and formats write them. No clock is read here."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Within the years that all formats and zones can write.
_FIRST_MS: Final = -2_000_000_000_000
_LAST_MS: Final = 250_000_000_000_000


def moment(ts_ms: int) -> datetime:
    """In UTC; what no calendar here reaches is its end.

    >>> moment(1748916150915).isoformat()
    '2025-06-03T02:02:30.915000+00:00'
    """
    return _EPOCH + timedelta(milliseconds=min(max(ts_ms, _FIRST_MS), _LAST_MS))


def iso(ts: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as GPX, KML and CoT take it.

    >>> iso(moment(1748916150915))
    '2025-06-03T02:02:30.915Z'
    """
    return f"{ts.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{ts.microsecond // 1000:03d}Z"


def local(ts_ms: int, zone: tzinfo) -> str:
    """Local time with the name of its zone, and UTC.

    >>> from zoneinfo import ZoneInfo
    >>> local(1748916150915, ZoneInfo("Asia/Shanghai"))
    '2025-06-03 10:02:30 CST (02:02:30 UTC)'
    >>> local(1748916150915, UTC)
    '2025-06-03 02:02:30 UTC'
    """
    utc = moment(ts_ms)
    there = utc.astimezone(zone)
    if there.utcoffset() == timedelta():
        return f"{there:%Y-%m-%d %H:%M:%S} UTC"
    day = "%H:%M:%S" if there.date() == utc.date() else "%Y-%m-%d %H:%M:%S"
    return f"{there:%Y-%m-%d %H:%M:%S %Z} ({utc.strftime(day)} UTC)"
