"""Why messages of a trace could not be read, as a few lines for people."""

from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

#: Reasons that are named; the others are in the file.
MOST_REASONS: Final = 3


class _Letter(msgspec.Struct):
    """What the sentence needs of a dead letter of a trace; ``topic`` is its file, ``offset`` its
    line."""

    reason: str
    detail: str
    topic: str
    offset: int
    messages: int = 1


def dead_table(path: Path) -> str:
    """A line for each file and reason, the most frequent first, with the first that there was.

    ``path`` is the `dead_letters.jsonl` of a run; empty where it holds none.
    """
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], _Letter] = {}
    decode = msgspec.json.Decoder(_Letter).decode
    with path.open("rb") as lines:
        for letter in map(decode, lines):
            of = letter.topic, letter.reason
            counts[of] += letter.messages
            first.setdefault(of, letter)
    if not counts:
        return ""
    rows = [
        f"  {count} of {file}: {reason}, first in line {first[file, reason].offset}:"
        f" {first[file, reason].detail}"
        for (file, reason), count in counts.most_common(MOST_REASONS)
    ]
    if left := len(counts) - len(rows):
        rows.append(f"  and {left} more reasons")
    head = f"what could not be read (all of it is in {path}):"
    return "\n".join([head, *rows])
