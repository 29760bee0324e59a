"""Alerts as readers of ``fbs.alerts`` get them."""

from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from field.alerts.checks import checked

_ALERT: Final = msgspec.json.Decoder(Alert)
#: Version of a rule where a foreign writer of alerts gives none.
_UNKNOWN_VERSION: Final = 0


def read_alert(value: bytes | None) -> Alert | None:
    """The alert in a record, checked (`field.alerts.checks`): what all who show or send alerts
    read them with. ``None`` for what is none."""
    alert = decode_alert(value)
    return None if alert is None else checked(alert)


def decode_alert(value: bytes | None) -> Alert | None:
    """The alert revision in a record of ``fbs.alerts``; ``None`` for what is none: a tombstone, or
    a record that lacks a field of docs/messages.md.

    >>> decode_alert(None), decode_alert(b"[]"), decode_alert(b"\\xff")
    (None, None, None)
    """
    if value is None:
        return None
    try:
        return _ALERT.decode(value)
    except msgspec.ValidationError:
        return _foreign(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def is_replay(received_ms: float, ts: int, behind_ms: float) -> bool:
    """Whether a record came so much later than its own time that it is no live one.

    >>> is_replay(1_000_000, 999_000, 600_000.0), is_replay(1_000_000, 1000, 600_000.0)
    (False, True)
    """
    return received_ms - ts > behind_ms


def _foreign(value: bytes) -> Alert | None:
    """An alert of a foreign writer, whose evidence may lack the version of its rule."""
    try:
        fields: Any = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # What was wrong with it stood before what makes it no JSON.
        return None
    shares = fields.get("evidence") if isinstance(fields, dict) else None
    if not isinstance(shares, list) or not all(isinstance(share, dict) for share in shares):
        return None
    fields["evidence"] = [{"version": _UNKNOWN_VERSION} | share for share in shares]
    try:
        return msgspec.convert(fields, Alert)
    except msgspec.ValidationError:
        return None
