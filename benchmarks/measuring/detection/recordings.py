"""Recordings of real phones in honest networks: any alert about them is false.

One or two phones can hardly raise an alert, so each recording is also taken with its pseudonyms
changed every 20 reports, which makes a crowd of one phone, and with a tenth of the register left
out, which makes honest cells unknown.
"""

import gzip
import random
import shutil
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import msgspec

from replay.detect import detect
from streams.privacy.hasher import Hasher

from .runs import Setup, in_pool

RECORDINGS = ("ottawa-walks", "dakar-drive")
REPORTS_A_NAME = 20
LEFT_OUT = 10  # one row of so many
DRAWS = range(10)


class Variant(msgspec.Struct, frozen=True):
    """A recording as it is tried; ``draw`` seeds what is left out, ``None`` leaves nothing out."""

    folder: Path
    crowd: bool
    draw: int | None

    @property
    def kind(self) -> str:
        """What was done to the recording, in words."""
        changes = (["pseudonyms changed"] if self.crowd else []) + (
            ["a tenth of the register left out"] if self.draw is not None else []
        )
        return ", ".join(changes) or "as it is"


class RecordingResult(msgspec.Struct, frozen=True):
    """The result of one variant: alerts of probability 0.5 and more, and the largest of any."""

    recording: str
    kind: str
    messages: int
    findings: int
    alerts: int
    highest: float | None


class Revision(msgspec.Struct, frozen=True):
    """What is read of an alert's revision."""

    alert_id: str
    probability: float


def variants(data: Path) -> list[Variant]:
    """All variants of the recordings that are in a folder of sample data."""
    found = [data / name for name in RECORDINGS if (data / name).is_dir()]
    return [
        Variant(folder, crowd, draw)
        for folder in found
        for crowd, draws in ((False, (None,)), (True, (None,)), (False, DRAWS), (True, DRAWS))
        for draw in draws
    ]


def run_recordings(data: Path, setup: Setup, jobs: int) -> list[RecordingResult]:
    """Detects on all variants."""
    return in_pool(partial(run_variant, setup), variants(data), jobs, "recordings")


def run_variant(setup: Setup, variant: Variant) -> RecordingResult:
    """Detects on one variant, made in a temporary folder."""
    settings = setup.settings()
    with tempfile.TemporaryDirectory() as folder:
        trace, out = Path(folder) / "trace", Path(folder) / "out"
        shutil.copytree(variant.folder, trace)
        if variant.crowd:
            rename(trace / "measurements.jsonl.gz")
        if variant.draw is not None:
            thin(trace / "register.csv", variant.draw)
        summary = detect(trace, out, settings, Hasher(b"measuring" * 4, settings.senders)).summary
        lines = (out / "alerts.jsonl").read_bytes().splitlines()
    revisions = [msgspec.json.decode(line, type=Revision) for line in lines]
    return RecordingResult(
        recording=variant.folder.name,
        kind=variant.kind,
        messages=summary.messages,
        findings=summary.findings,
        alerts=len({each.alert_id for each in revisions if each.probability >= 0.5}),
        highest=max((each.probability for each in revisions), default=None),
    )


def rename(measurements: Path) -> None:
    """Gives each phone a new pseudonym every `REPORTS_A_NAME` reports."""
    seen: Counter[str] = Counter()
    lines = []
    for line in gzip.decompress(measurements.read_bytes()).splitlines():
        message = msgspec.json.decode(line)
        name = message["device"]
        message["device"] = f"{name}-{seen[name] // REPORTS_A_NAME}"
        seen[name] += 1
        lines.append(msgspec.json.encode(message) + b"\n")
    measurements.write_bytes(gzip.compress(b"".join(lines)))


def thin(register: Path, draw: int) -> None:
    """Leaves one register row of `LEFT_OUT` out."""
    header, *rows = register.read_text().splitlines(keepends=True)
    gone = set(random.Random(draw).sample(range(len(rows)), k=len(rows) // LEFT_OUT))
    register.write_text(header + "".join(row for at, row in enumerate(rows) if at not in gone))
