"""Lines of a trace with people's bare identifiers hashed, and everything else as it is.

Both ways between a trace and the topics pass through here: what is published must not carry a bare
identifier to a topic, and what is recorded must not carry one into a file, whoever sent it.
"""

from typing import Any, Final

import msgspec

from streams.privacy import Hasher


class _Named(msgspec.Struct, gc=False):
    """The fields that name people; whatever they hold."""

    device: Any = None
    subscriber: Any = None
    sender: Any = None


_NAMED: Final = msgspec.json.Decoder(_Named)


def hashed_line(value: bytes, hasher: Hasher) -> bytes:
    """A message with bare IMSI, IMEI and MSISDN replaced by their hashes.

    Only the fields that name people change. Where the line can't be read, or such a field isn't
    text, all runs of digits that look like an identifier are hashed.

    >>> hashed_line(b'{"device": "d-1", "n": 460001234567890}', Hasher(b"key"))
    b'{"device": "d-1", "n": 460001234567890}'
    >>> b"460001234567890" in hashed_line(b'{"device": "460001234567890"', Hasher(b"key"))
    False
    """
    try:
        named = _NAMED.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return hasher.scrub(value)
    told = (named.device, named.subscriber, named.sender)
    if not all(name is None or isinstance(name, str) for name in told):
        return hasher.scrub(value)
    clean = (
        named.device and hasher.pseudonym(named.device),
        named.subscriber and hasher.pseudonym(named.subscriber),
        named.sender and hasher.sender(named.sender),
    )
    if clean == told:
        return value
    message: dict[str, Any] = msgspec.json.decode(value)
    for name, text in zip(("device", "subscriber", "sender"), clean, strict=True):
        if text is not None:
            message[name] = text
    return msgspec.json.encode(message)
