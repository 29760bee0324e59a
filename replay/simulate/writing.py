"""Feeds in memory, and their files: one JSON object a line, in order of arrival, gzipped.

The same lines give the same bytes: no file name and no time goes into the gzip header.
"""

import gzip
from pathlib import Path
from typing import TypeAlias

import msgspec

Record: TypeAlias = dict[str, object]


class Feed:
    """Lines of one feed with their arrival times, in the order in which they were made."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._lines: list[tuple[int, int, bytes]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, ts_ms: int, rx_ms: int, rest: Record) -> None:
        """One message; arrival is never before the event. Values of ``None`` are left out."""
        rx_ms = max(rx_ms, ts_ms)
        record = {"ts": ts_ms, "rx_ts": rx_ms}
        record.update({key: value for key, value in rest.items() if value is not None})  # type: ignore[misc]
        self._lines.append((rx_ms, len(self._lines), self._encoder.encode(record)))

    def write(self, path: Path) -> None:
        """The feed as ``.jsonl.gz``."""
        self._lines.sort(key=lambda line: line[:2])
        with (
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0) as packed,
        ):
            for _, _, line in self._lines:
                packed.write(line + b"\n")


def write_lines(path: Path, lines: list[str]) -> None:
    """A plain text file with Unix line ends, also on other systems."""
    path.write_bytes("".join(line + "\n" for line in lines).encode())
