"""Messages that can't be read, of many kinds, each with the topic that it is sent to."""

import json
from collections.abc import Callable
from typing import Any

MEASUREMENTS, SIGNALLING, SMS = "cell.measurements", "cell.signalling", "sms.metadata"

Headers = list[tuple[str, bytes]]
_ARROW: Headers = [("content-type", b"application/vnd.apache.arrow.stream")]


def _measurement(at_ms: int, **changes: Any) -> bytes:
    """A measurement that could be read, were it not for the changes; `...` leaves a field out."""
    good = {"ts": at_ms, "rx_ts": at_ms, "device": "d-broken", "rat": "gsm", "mcc": 460, "mnc": 0}
    good |= {"area": 4100, "cell": 1001, "signal_dbm": -80.0, "lat": 30.65, "lon": 104.06}
    return _without(good | changes)


def _procedure(at_ms: int, **changes: Any) -> bytes:
    good = {"ts": at_ms, "rx_ts": at_ms, "subscriber": "s-broken", "source": "core", "rat": "lte"}
    good |= {"mcc": 460, "mnc": 0, "area": 22100, "cell": 25606402, "procedure": "attach"}
    return _without(good | changes)


def _sms(at_ms: int, **changes: Any) -> bytes:
    good = {"ts": at_ms, "rx_ts": at_ms, "device": "d-broken", "source": "smsc", "sender": "10086"}
    return _without(good | changes)


def _without(message: dict[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in message.items() if value is not ...}).encode()


#: What is broken: the topic, the value at an arrival time, and headers beside.
KINDS: dict[str, tuple[str, Callable[[int], bytes | None], Headers]] = {
    "no JSON": (MEASUREMENTS, lambda at: b"\x00\xff\xfe", []),
    "cut short": (MEASUREMENTS, lambda at: _measurement(at)[:-9], []),
    "empty": (SIGNALLING, lambda at: b"", []),
    "tombstone": (SMS, lambda at: None, []),
    "a number": (SIGNALLING, lambda at: b"17", []),
    "bad UTF-8": (SMS, lambda at: _sms(at).replace(b"10086", b"\xc3\x28"), []),
    "no Arrow": (MEASUREMENTS, lambda at: b"ARROW1", _ARROW),
    "unknown content type": (SMS, _sms, [("content-type", b"text/xml")]),
    "no time": (MEASUREMENTS, lambda at: _measurement(at, ts=...), []),
    "no device": (MEASUREMENTS, lambda at: _measurement(at, device=...), []),
    "no level": (MEASUREMENTS, lambda at: _measurement(at, signal_dbm=None), []),
    "time as text": (MEASUREMENTS, lambda at: _measurement(at, ts=str(at)), []),
    "time before 2000": (MEASUREMENTS, lambda at: _measurement(at, ts=900_000_000_000), []),
    "time of tomorrow": (MEASUREMENTS, lambda at: _measurement(at, ts=at + 90_000_000), []),
    "unknown RAT": (MEASUREMENTS, lambda at: _measurement(at, rat="6g"), []),
    "latitude out of range": (MEASUREMENTS, lambda at: _measurement(at, lat=91.0), []),
    "latitude alone": (MEASUREMENTS, lambda at: _measurement(at, lon=...), []),
    "infinite latitude": (
        MEASUREMENTS,
        lambda at: _measurement(at).replace(b"30.65", b"1e999"),
        [],
    ),
    "MCC of four digits": (SIGNALLING, lambda at: _procedure(at, mcc=4600), []),
    "cell too large": (MEASUREMENTS, lambda at: _measurement(at, cell=1 << 16), []),
    "area too large": (SIGNALLING, lambda at: _procedure(at, area=1 << 16), []),
    "true for a number": (SIGNALLING, lambda at: _procedure(at, cell=True), []),
    "fraction for an int": (SIGNALLING, lambda at: _procedure(at, area=22100.5), []),
    "level out of range": (MEASUREMENTS, lambda at: _measurement(at, signal_dbm=-161), []),
    "unknown procedure": (SIGNALLING, lambda at: _procedure(at, procedure="handshake"), []),
    "unknown source": (SMS, lambda at: _sms(at, source="hearsay"), []),
    "no sender": (SMS, lambda at: _sms(at, sender=...), []),
    "subscriber is a list": (SIGNALLING, lambda at: _procedure(at, subscriber=["s"]), []),
}
