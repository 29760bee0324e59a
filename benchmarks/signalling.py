"""How well the rules of phones' signalling do on recordings made by others.

    python -m benchmarks.signalling --data ../shared/data

prints, for the captures of a phone against a fake base station, each episode of it and each honest
stretch between with the findings in it and the time to the first; and for tables of connections,
each capture's share, its score, and what the rule makes of it minute by minute, with false alarms
an hour. Nothing is tuned to them: the rules run with their defaults.
"""

import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import click
import msgspec

from benchmarks.measuring.detection.exposures import Connection, read_connections
from detectors.model.finding import Finding
from detectors.rules.identity_exposure.exposing import exposure_score, surprise
from detectors.rules.identity_exposure.rule import IdentityExposure
from replay.detect import detect
from replay.imports.conversations import Summary
from replay.imports.nas_traces import NasEvent, import_nas_events, read_nas_events
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

_KEY: Final = b"k" * 32
_WINDOW_S: Final = 60.0
_LEAST: Final = 10


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(__file__).parents[2] / "shared" / "data",
    help="Folder with nas-fake-enb and imsi-exposure.",
)
def main(data: Path) -> None:
    """Run the signalling rules over recordings and print what they found."""
    events = data / "nas-fake-enb" / "nas_events.csv.gz"
    if events.exists():
        print_episodes(events)
    connections = data / "imsi-exposure" / "connections.csv.gz"
    if connections.exists():
        print_captures(read_connections(connections, Summary()))


def print_episodes(table: Path) -> None:
    """Findings of each labelled stretch, and the time from its start to the first."""
    click.echo(f"{'trace':8}{'stretch':>8}{'messages':>10}{'findings':>10}{'first after s':>15}")
    missed = false = 0
    alerts = 0
    for name, episodes in episodes_of(read_nas_events(table, Summary())):
        found, alerts_here = findings_of(table, name)
        alerts += alerts_here
        for fake, first_ms, last_ms, messages in episodes:
            here = [f for f in found if first_ms <= f.ts <= last_ms]
            delay = f"{(min(f.rx_ts for f in here) - first_ms) / 1000:.1f}" if here else "-"
            label = "fake" if fake else "honest"
            click.echo(f"{name:8}{label:>8}{messages:>10}{len(here):>10}{delay:>15}")
            missed += fake and not here
            false += not fake and bool(here)
    click.echo(
        f"fake stretches missed {missed}, honest ones with findings {false}, alerts {alerts}\n"
    )


def episodes_of(
    events: list[NasEvent],
) -> Iterator[tuple[str, list[tuple[bool, int, int, int]]]]:
    """By trace, the stretches of one label: label, first and last time (ms), messages."""
    for name, rows in groupby(events, key=lambda event: event.trace):
        stretches = []
        for fake, run in groupby(rows, key=lambda event: event.fake):
            stretch = list(run)
            stretches.append((fake, stretch[0].ts_ms, stretch[-1].ts_ms, len(stretch)))
        yield name, stretches


def findings_of(table: Path, name: str) -> tuple[list[Finding], int]:
    """What the whole pipeline finds in a trace of the table, and its number of alerts."""
    settings = load_settings(env={})
    hasher = Hasher(_KEY, settings.senders)
    with tempfile.TemporaryDirectory() as folder:
        trace, out = Path(folder) / "trace", Path(folder) / "out"
        import_nas_events(table, trace)
        lines = (trace / "signalling.jsonl").read_bytes().splitlines(keepends=True)
        ours = [line for line in lines if msgspec.json.decode(line)["subscriber"] == name]
        (trace / "signalling.jsonl").write_bytes(b"".join(ours))
        summary = detect(trace, out, settings, hasher).summary
        evidence = (out / "evidence.jsonl").read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Finding) for line in evidence], summary.alerts


def print_captures(connections: list[Connection]) -> None:
    """Each capture's share and score, and its minutes as the rule evaluates them."""
    rule = IdentityExposure()
    click.echo(
        f"{'label':18}{'capture':46}{'conn.':>6}{'exposed':>9}{'score':>7}"
        f"{'hours':>7}{'minutes':>9}{'odd':>5}{'first s':>9}{'odd/h':>7}"
    )
    scored: list[tuple[bool, float]] = []
    for (label, capture), rows in groupby(connections, key=lambda c: (c.label, c.capture)):
        run = list(rows)
        exposed = sum(one.exposing is not None for one in run)
        score = exposure_score(exposed, len(run), rule.usual_share)
        minutes = list(windows(run))
        odd = [
            at_s
            for at_s, hits, count in minutes
            if count > rule.least_connections
            and surprise(hits, count, rule.usual_share) >= rule.least_surprise
        ]
        hours = max(run[-1].at_s - run[0].at_s, _WINDOW_S) / 3600
        first = f"{odd[0] - run[0].at_s:.0f}" if odd else "-"
        counted = sum(count > rule.least_connections for _, _, count in minutes)
        click.echo(
            f"{label:18}{capture:46}{len(run):>6}{exposed:>9}{score:>7.2f}"
            f"{hours:>7.2f}{counted:>9}{len(odd):>5}{first:>9}{len(odd) / hours:>7.2f}"
        )
        if len(run) >= _LEAST:
            scored.append((not label.startswith("benign"), score))
    fake = [score for is_fake, score in scored if is_fake]
    honest = [score for is_fake, score in scored if not is_fake]
    right = sum(mine > theirs for mine in fake for theirs in honest)
    click.echo(f"pairs of captures with {_LEAST} connections ranked right: {right}", nl=False)
    click.echo(f" of {len(fake) * len(honest)}")


def windows(run: list[Connection]) -> Iterator[tuple[float, int, int]]:
    """The minute that ends with each exposing connection: its end, exposed, and connections."""
    for at, one in enumerate(run):
        if one.exposing is None:
            continue
        last = [c for c in run[: at + 1] if one.at_s - c.at_s < _WINDOW_S]
        yield one.at_s, sum(c.exposing is not None for c in last), len(last)


if __name__ == "__main__":
    main()
