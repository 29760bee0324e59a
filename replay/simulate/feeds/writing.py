"""Feeds in memory, and their files: one JSON object a line, in order of arrival, gzipped.

The same lines give the same bytes: no file name and no time goes into the gzip header.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

#: Lines that are packed at once.
_LINES_AT_ONCE = 1000

Record: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way; ``behind_ms`` is by how much it lies behind its place in the feed."""

    ts_ms: int
    rx_ms: int
    rest: Record
    behind_ms: int = 0


#: What a message becomes on its way: nothing, itself, something else, or several.
Alteration: TypeAlias = Callable[[Delivery], list[Delivery]]


class Feed:
    """Lines of one feed with their arrival times, in the order in which they were made."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._lines: list[tuple[int, int, bytes]] = []
        self.alterations: list[Alteration] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, ts_ms: int, rx_ms: int, rest: Record) -> None:
        """One message; arrival is never before the event. Values of ``None`` are left out."""
        rx_ms = max(rx_ms, ts_ms)
        if not self.alterations:
            self._append_message(ts_ms, rx_ms, rest, rx_ms)
            return
        deliveries = [Delivery(ts_ms, rx_ms, rest)]
        for alter in self.alterations:
            deliveries = [altered for each in deliveries for altered in alter(each)]
        for each in deliveries:
            self._append_message(each.ts_ms, each.rx_ms, each.rest, each.rx_ms + each.behind_ms)

    def add_untimed(self, rx_ms: int, rest: Record) -> None:
        """One message without a time of its own, as announcements are."""
        self._append(rx_ms, {**rest, "rx_ts": rx_ms})

    def _append_message(self, ts_ms: int, rx_ms: int, rest: Record, order_ms: int) -> None:
        record: Record = {"ts": ts_ms, "rx_ts": rx_ms}
        for key, value in rest.items():
            if value is not None:
                record[key] = value
        self._append(order_ms, record)

    def _append(self, order_ms: int, record: Record) -> None:
        self._lines.append((order_ms, len(self._lines), self._encoder.encode(record)))

    def write(self, path: Path) -> None:
        """The feed as ``.jsonl.gz``."""
        self._lines.sort(key=lambda line: line[:2])
        with (
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0) as packed,
        ):
            for first in range(0, len(self._lines), _LINES_AT_ONCE):
                some = self._lines[first : first + _LINES_AT_ONCE]
                packed.write(b"".join(line + b"\n" for _, _, line in some))


def write_lines(path: Path, lines: list[str]) -> None:
    """A plain text file with Unix line ends, also on other systems."""
    path.write_bytes("".join(line + "\n" for line in lines).encode())
