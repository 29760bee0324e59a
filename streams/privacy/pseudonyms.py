"""Input messages with people's bare identifiers hashed, and everything else as it is.

Whatever leaves or enters the topics as a message passes through here: what a replay publishes must
not carry a bare identifier to a topic, and what is recorded or goes into an evidence bundle must
not carry one into a file, whoever sent it.
"""

from typing import Any, Final

import msgspec

from streams.privacy.hasher import Hasher


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
    names = (named.device, named.subscriber, named.sender)
    if not all(name is None or isinstance(name, str) for name in names):
        return hasher.scrub(value)
    clean = (
        named.device and hasher.pseudonym(named.device),
        named.subscriber and hasher.pseudonym(named.subscriber),
        named.sender and hasher.sender(named.sender),
    )
    if clean == names:
        return value
    message: dict[str, Any] = msgspec.json.decode(value)
    for name, text in zip(("device", "subscriber", "sender"), clean, strict=True):
        if text is not None:
            message[name] = text
    return msgspec.json.encode(message)


#: Fields of messages that hold digits and name nobody, or are hashed already.
_SETTLED: Final = frozenset(
    ("content_hash", "smsc", "message_ref", "url_domain", "device", "subscriber", "sender")
)
_DIGITS_OF_A_NAME: Final = range(14, 17)


def clean_message(value: bytes, hasher: Hasher) -> bytes | None:
    """As `hashed_line`, and whatever else in it looks like a person's number is hashed too.

    For messages that leave the house: a producer may have sent fields of its own, which no reader
    looks at. ``None`` where the value is no JSON object.

    >>> clean_message(b'{"device": "d-1", "imsi": 460001234567890}', Hasher(b"k"))[:30]
    b'{"device":"d-1","imsi":"h-e259'
    >>> clean_message(b'{"device": "d-1", "ts": 1748916000500}', Hasher(b"k"))
    b'{"device": "d-1", "ts": 1748916000500}'
    """
    line = hashed_line(value, hasher)
    try:
        content = msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    clean = _clean(content, hasher)
    return line if clean == content else msgspec.json.encode(clean)


def _clean(content: Any, hasher: Hasher) -> Any:
    if isinstance(content, dict):
        return {
            name: value if name in _SETTLED else _clean(value, hasher)
            for name, value in content.items()
        }
    if isinstance(content, list):
        return [_clean(value, hasher) for value in content]
    if isinstance(content, str):
        return hasher.scrub_text(content)
    if isinstance(content, int) and len(str(abs(content))) in _DIGITS_OF_A_NAME:
        return hasher.pseudonym(str(abs(content)))
    return content
