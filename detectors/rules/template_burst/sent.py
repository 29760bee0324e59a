"""Texts as a partition sends them to the zone of calls: by half-minutes, in columns.

Whether one form of text comes to many shows only where all partitions come together. So of each
text with a number or a link, and of each record of a centre, its form and receiver are sent, as
numbers; and what such a text holds, once for all that hold the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from detectors.features.calls import packing
from detectors.features.calls.windows import Windows
from detectors.features.sms.join import bits_of
from detectors.model.columns import I8, Bool, Text
from detectors.model.finding import Observation, OfCalls, Source
from detectors.model.hashing import U8

#: Rows of one observation. Chosen: less than a record between the stages may have.
MOST_ROWS: Final = 4096
#: ``bits`` is the form, ``device`` the receiver, ``what`` the place of what the text holds, -1 for
#: a record of a centre without number or link; ``is_record`` says that a centre recorded it.
NUMBERS: Final = np.dtype(
    [
        *(("rx", "<i8"), ("ts", "<i8"), ("partition", "<i4"), ("offset", "<i8")),
        *(("index", "<i4"), ("bits", "<u8"), ("device", "<u8"), ("what", "<i4")),
        ("is_record", "?"),
    ]
)
_NAMES: Final = tuple(NUMBERS.names or ())
_DIGITS: Final = 16


class What(msgspec.Struct, frozen=True, array_like=True):
    """What texts hold: what a finding about them is about, their sender, the domain of their link,
    whose sender they show; and whether their number or link is odd by itself."""

    about: OfCalls
    sender: str
    domain: str | None
    claimed: str | None
    is_odd: bool


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Some texts: ``numbers`` (`NUMBERS`) has a row for each."""

    numbers: "np.ndarray[tuple[int], np.dtype[np.void]]"
    whats: list[What]

    def take(self, which: I8) -> "Texts":
        """Some of them."""
        numbers = self.numbers[which].copy()
        used, place = np.unique(numbers["what"], return_inverse=True)
        none = int(len(used) > 0 and used[0] < 0)
        numbers["what"] = place - none
        return Texts(numbers, [self.whats[at] for at in used[none:].tolist()])

    def packed(self) -> Iterator[str]:
        """As texts, of so many rows at most, for `unpacked`."""
        for begin in range(0, len(self.numbers), MOST_ROWS):
            rows = np.arange(begin, min(begin + MOST_ROWS, len(self.numbers)))
            part = self.take(rows)
            yield packing.packed((part.numbers.tobytes(), part.whats))

    def in_order(self) -> "Texts":
        """In order of arrival; of what came at once in one that doesn't depend on how they were
        dealt out to partitions."""
        rows, names = self.numbers, [msgspec.json.encode(what) for what in self.whats]
        ranks = {name: rank for rank, name in enumerate(sorted({b"", *names}))}
        rank = np.array([ranks[name] for name in [*names, b""]], dtype=np.int64)[rows["what"]]
        keys = rows["device"], rank, rows["is_record"], rows["bits"], rows["ts"], rows["rx"]
        return Texts(rows[np.lexsort(keys)], self.whats)

    def observation(self, row: int, rule: str, topic: str) -> Observation:
        """A text by itself, of a record of an input topic."""
        numbers = dict(zip(_NAMES, self.numbers[row].item(), strict=True))
        what = self.whats[numbers["what"]] if numbers["what"] >= 0 else None
        about = OfCalls(role="callback") if what is None else what.about
        return Observation(
            detector=rule,
            kind="record" if numbers["is_record"] else "text",
            ts=numbers["ts"],
            rx_ts=numbers["rx"],
            space="number",
            who=about.number or "",
            of_calls=about,
            values={
                "content": f"{numbers['bits']:016x}",
                "sender": None if what is None else what.sender,
                "domain": None if what is None else what.domain,
                "claimed": None if what is None else what.claimed,
            },
            source=Source(topic, *(numbers[name] for name in ("partition", "offset", "index"))),
        )


class Topics(msgspec.Struct):
    """Screening state of a partition: the partitions of one number of several topics may share it,
    and be read in any order, so each sends for itself."""

    by_name: dict[str, Windows[Texts]] = {}

    def of(self, topic: str) -> Windows[Texts]:
        """What was seen of a topic."""
        return self.by_name.setdefault(topic, Windows())

    def put(self, topic: str, texts: Texts) -> None:
        """Takes texts in."""
        order, windows = self.of(topic).dealt_out(texts.numbers["rx"])
        for part, rows in windows:
            part.append(texts.take(order[rows]))


def joined(parts: Iterable[Texts]) -> Texts:
    """All texts of some, one at least; what several hold is there once."""
    places: dict[What, int] = {}
    numbers = []
    for part in parts:
        of = np.array([places.setdefault(what, len(places)) for what in part.whats], dtype="<i4")
        rows = part.numbers.copy()
        rows["what"] = np.append(of, -1)[rows["what"]]
        numbers.append(rows)
    return Texts(np.concatenate(numbers), list(places))


def unpacked(packed: str) -> Texts:
    """What `Texts.packed` has packed.

    Raises ValueError for what it never gives.
    """
    numbers, whats = packing.unpacked(packed, tuple[bytes, list[What]])
    rows = np.frombuffer(numbers, dtype=NUMBERS)
    if len(rows) and not (rows["what"].min() >= -1 and rows["what"].max() < len(whats)):
        raise ValueError("texts that hold nothing known")
    return Texts(rows, whats)


def bits_in(content: Text) -> tuple[U8, Bool]:
    """Similarity hashes as numbers, and which can be read.

    >>> bits, known = bits_in(np.array(["00000000000000ff", None, "zz", "f" * 40], dtype=object))
    >>> bits.tolist(), known.tolist()
    ([255, 0, 0, 0], [True, False, False, False])
    """
    texts: list[Any] = content.tolist()
    try:
        # Hardly ever is one of another form.
        whole = bytes.fromhex("".join(texts)) if set(map(len, texts)) <= {_DIGITS} else b""
    except (TypeError, ValueError):
        whole = b""
    if len(whole) * 2 == _DIGITS * len(texts):
        return np.frombuffer(whole, dtype=">u8").astype(np.uint64), np.ones(len(texts), np.bool_)
    read = [bits_of(text) for text in texts]
    known = [bits is not None and 0 <= bits < 1 << 64 for bits in read]
    pairs = zip(read, known, strict=True)
    bits = np.array([bits if is_known else 0 for bits, is_known in pairs], dtype=np.uint64)
    return bits, np.array(known, dtype=np.bool_)
