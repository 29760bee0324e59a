"""Dead letters: what could not be read, with a reason, its place and its value.

Everything in a letter that looks like a person's number is hashed. The digest is of the value after
that: a digest of a bare IMSI can be turned back by trying all of them. Of a value that is no text,
or whose escapes are nested too deeply, nobody knows what it holds: only its length stays and a
digest under the hashing key.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from detectors.model.described import means
from streams.decode.clean_messages import hashed_line
from streams.decode.raw_rows import Fault
from streams.privacy.flat import cut, flat, is_flat
from streams.privacy.hasher import Hasher
from streams.privacy.telephones.in_messages import scrubbed

#: Each reason with a sentence for the documentation. Reasons are never renamed.
REASONS: Final = {
    "tombstone": "The record has no value, or the key of a deletion names no cell.",
    "unknown_content_type": "The content-type header is neither JSON nor an Arrow stream.",
    "not_utf8": "The bytes are no UTF-8, which JSON has to be.",
    "not_json": "The bytes are no JSON.",
    "not_arrow": "The bytes are no complete and valid Arrow IPC stream.",
    "too_large": "It has more messages, values or bytes than `limits` admit, or unpacks to more.",
    "not_an_object": "The JSON value, or an item of the array, is no object.",
    "nested_too_deeply": "Arrays or objects are nested beyond what the reader follows.",
    "missing_field": "A required field is missing or null.",
    "wrong_type": "A required field has a value of another type than its own.",
    "unknown_value": "A required listed text has a value that is not listed.",
    "source_not_allowed": "On a topic for phones' uploads, `source` is somebody who doesn't write "
    "there, such as the core.",
    "not_enrolled": "The instrument is not among `trust.instruments`.",
    "out_of_range": "A number lies outside the range of its field, or is not finite.",
    "bad_position": "The position is out of range, not finite, or only half there.",
    "area_does_not_fit": "The area code does not fit 16 bits (nr: 24).",
    "cell_does_not_fit": "The cell identity does not fit the bits of its RAT.",
    "time_out_of_range": "The event time is before 2000 or over a day after the arrival time.",
    "bad_seal": "The seal of a verdict does not fit: it was changed, or somebody forged it.",
    "not_signed": "Only verdicts that a console signed count (`trust.only_signed`).",
    "not_allowed": "The role may not give such a verdict, or take it back.",
    "arrival_ahead": "The arrival time is later than the record's timestamp, beyond `limits`.",
    "not_decodable_in_time": "To read it takes longer than `limits.seconds`: it was tried apart, "
    "twice.",
    "kills_decoding": "To read it ends the process, by an error or for memory: it was tried apart, "
    "twice.",
    "kills_correlating": "The message was read, but what it gave rise to ends or outlasts the "
    "correlator that works it off: it was tried apart, twice, and is left out.",
}
#: Of what messages gave rise to: the messages themselves were read.
OF_CORRELATORS: Final = frozenset(("kills_correlating",))
#: Of a record that may not be read its length is given, and nothing that depends on its content.
_UNTOUCHED: Final = frozenset(("not_decodable_in_time", "kills_decoding"))

VALUE_BYTES: Final = 256 * 1024
_DETAIL_CHARACTERS: Final = 240
#: Control characters that no text has.
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class DeadLetter(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"size": "bytes"}
):
    """One unreadable item; ``sha256`` and ``value_base64`` are ``None`` for a tombstone."""

    reason: Annotated[str, means("One of the reasons listed below.")]
    detail: Annotated[str, means("What stood there against what is due; at most 240 characters.")]
    topic: Annotated[
        str,
        means(
            "Topic, without a prefix: an input, or one between the stages for a record that ends"
            " whoever reads it; in a file, the file."
        ),
    ]
    partition: Annotated[int, means("Its partition.")]
    offset: Annotated[int, means("The record; in a file, the line.")]
    index: Annotated[int | None, means("Place in an array or batch; null for the whole.")]
    rx_ts: Annotated[int, means("Arrival time.", "ms")]
    size: Annotated[int, means("Length of the value as it came.", "bytes")]
    sha256: Annotated[str | None, means("Digest of `value_base64`; without one, a keyed one.")]
    value_base64: Annotated[
        str | None,
        means("The first 256 KiB of the value after hashing; null where that can't be sure."),
    ]
    messages: Annotated[int, means("How many it stands for; left out for one.")] = 1


@dataclass(frozen=True, slots=True)
class DeadItem:
    """An item that can't be read; as in `BadItem`, with its arrival time."""

    record: int
    index: int
    rx_ms: int
    fault: Fault
    count: int = 1


def dead_letter(
    item: DeadItem, place: tuple[str, int, int], value: bytes | None, hasher: Hasher
) -> DeadLetter:
    """The letter for one item; ``place`` is topic, partition and offset."""
    topic, partition, offset = place
    hasher = hasher.at(item.rx_ms)
    untouched = value is None or item.fault.reason in _UNTOUCHED
    scrubbed = None if value is None or untouched else _scrubbed(value, hasher)
    digest = None if scrubbed is None else sha256(scrubbed).hexdigest()
    if value is not None and scrubbed is None:
        digest = hasher.digest(value)
    return DeadLetter(
        reason=item.fault.reason,
        detail=shortened(hasher.scrub_text(item.fault.detail)),
        topic=topic,
        partition=partition,
        offset=offset,
        index=None if item.index < 0 else item.index,
        rx_ts=item.rx_ms,
        size=0 if value is None else len(value),
        sha256=digest,
        value_base64=None if scrubbed is None else b64encode(scrubbed).decode(),
        messages=item.count,
    )


def shortened(text: str, characters: int = _DETAIL_CHARACTERS) -> str:
    """``text``, cut to ``characters`` with a mark where it is longer.

    >>> shortened("abcdefgh", 5)
    'abcd…'
    """
    return text if len(text) <= characters else cut(text, characters - 1) + "…"


def _scrubbed(value: bytes, hasher: Hasher) -> bytes | None:
    """The first 256 KiB without identifiers; ``None`` where that can't be known."""
    kept = value[:VALUE_BYTES]
    try:
        # A character that is cut through is no fault.
        text = kept.decode(errors="ignore" if len(kept) < len(value) else "strict")
    except UnicodeDecodeError:
        return None
    if _UNREADABLE.search(text) or not is_flat(flat(text)):
        return None
    if len(kept) < len(value):
        return scrubbed(cut(text + "…", len(text)).encode(), hasher)
    return hashed_line(value, hasher)
