"""How many times a reader changes files who follows one finding through the second stage.

    python -m benchmarks.reading

The finding is the one that opens an alert. Functions are read in the order in which they are first
entered below `Lifecycle.take`, each once; a stop is a change of file, a return is a stop in a file
that was read before. Only files of `detectors` count: `geo` is one call away from them.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from detectors.correlate.correlator import Correlator
from detectors.correlate.lifecycle import Lifecycle
from detectors.correlate.settings import IncidentSettings
from detectors.model.finding import Family, Finding, Identity, Place, Source, Space

_SOURCE: Final = ("cell.measurements", 0)
_RULES: Final[tuple[tuple[str, Family, Space], ...]] = (
    ("unknown_cell", "identity", "device"),
    ("unknown_old_area", "signalling", "subscriber"),
)
_ROOT: Final = f"{Path(__file__).parents[1]}/"


@click.command()
def main() -> None:
    """Prints the files in reading order, and the counts."""
    functions = entered(_findings(7))
    stops = [path for path, _ in groupby(path for path, _ in functions)]
    click.echo("\n".join(stops))
    files = len(set(stops))
    click.echo(f"{len(stops)} stops in {files} files, {len(stops) - files} of them returns")


def entered(findings: list[Finding]) -> list[tuple[str, str]]:
    """File and name of each function entered for the last finding, in order of first entry."""
    correlator = Correlator((), IncidentSettings(), frozenset({_SOURCE}))
    first: dict[tuple[str, str], None] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        path = code.co_filename.removeprefix(_ROOT)
        if event == "call" and path.startswith("detectors/") and "<" not in code.co_name:
            first.setdefault((path, code.co_qualname))

    for finding in findings:
        with _profiled(note if finding is findings[-1] else None):
            correlator.take(finding)
            for stream in ("findings", "observations"):
                correlator.promise(stream, *_SOURCE, finding.rx_ts + 1, end=False)
            alerts = correlator.advance().alerts
    assert [alert.status for alert in alerts] == ["open"], "the finding opens no alert"
    functions = list(first)
    return functions[[name for _, name in functions].index(Lifecycle.take.__qualname__) :]


def _findings(count: int) -> list[Finding]:
    """Phones that report the same area a second after each other, by two rules in turn."""
    return [
        Finding(
            detector=_RULES[number % 2][0],
            version=1,
            family=_RULES[number % 2][1],
            ts=number * 1000,
            rx_ts=number * 1000,
            weight=2.0,
            cap=9.0,
            space=_RULES[number % 2][2],
            who=f"d{number}",
            claimed=Identity("gsm", 460, 0, 61001, 7),
            place=Place(39.9, 116.4, accuracy_m=20.0),
            source=Source(*_SOURCE, number, -1),
        )
        for number in range(count)
    ]


@contextmanager
def _profiled(note: Any) -> Iterator[None]:
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    main()
