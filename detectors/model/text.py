"""Which text messages an incident's phones received, as far as they tell transmitters apart.

A transmitter of texts sends the same one to all whom it takes; an honest message that happens to be
without a record beside it has another sender and content. So texts join as identities do.
"""

from typing import Final

import msgspec

from detectors.model.finding import Finding

#: Texts that an incident remembers, the newest: few campaigns are on one transmitter at a time.
MOST_TEXTS: Final = 8
#: The value of a finding that says as which cell its sender poses.
SENT_FROM: Final = "sent_from"
#: Bits in which similarity hashes of like texts differ at most, as where rules join records.
_LIKE_BITS: Final = 6


class Text(msgspec.Struct, array_like=True):
    """One sender's like texts: the newest one's similarity hash (``None`` without), when (ms), and
    how many reports there were of them; and the listed cell (register key) as which their sender
    poses, if that is known."""

    sender: str
    bits: int | None
    last_ts: int
    count: int = 1
    sent_from: str | None = None

    def is_like(self, other: "Text") -> bool:
        """Whether both are of one campaign; a sender alone decides where content isn't known."""
        if self.sender != other.sender:
            return False
        if self.bits is None or other.bits is None:
            return self.bits is other.bits
        return (self.bits ^ other.bits).bit_count() <= _LIKE_BITS


def text_of(finding: Finding) -> Text | None:
    """The text that a finding is about, if it is about any."""
    sender = finding.values.get("sender")
    if finding.family != "sms" or sender is None:
        return None
    try:
        content = finding.values.get("content")
        bits = None if content is None else int(str(content), 16) & (1 << 64) - 1
    except ValueError:
        bits = None
    sent_from = finding.values.get(SENT_FROM)
    return Text(str(sender), bits, finding.ts, 1, None if sent_from is None else str(sent_from))


def remember(texts: list[Text], text: Text) -> None:
    """Takes a text in, in the place of a like one; the oldest makes room."""
    at = next((at for at, known in enumerate(texts) if known.is_like(text)), None)
    if at is not None:
        known = texts.pop(at)
        newest_ts, count = max(text.last_ts, known.last_ts), known.count + text.count
        sent_from = text.sent_from or known.sent_from
        text = Text(text.sender, text.bits, newest_ts, count, sent_from)
    texts.append(text)
    if len(texts) > MOST_TEXTS:
        texts.remove(min(texts, key=_by_time))


def _by_time(text: Text) -> int:
    return text.last_ts
