"""Whether many transmitters at once are found as well as one.

One drawn city with thirty transmitters, at least 800 m apart; then the same city with parts of
them, so that what differs is how many others there are. Once with texts alone (nothing but SMS
feeds, of which the centre has no record of the fraudulent ones; alerts count for the transmitter
whose text they name), once with all evidence. Prints the recall of those that left evidence on
eight phones, alert ids a transmitter and false alerts.

    python -m benchmarks.many --city 2
    python -m benchmarks.many --city 2 --evidence texts --sizes 1,30
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import click
import msgspec

from benchmarks.measuring.detection.figures import ENOUGH_VICTIMS
from benchmarks.measuring.detection.tables import Table, markdown, plain
from benchmarks.measuring.many.crowded_city import crowded, part_of, written
from benchmarks.measuring.many.texts_alone import Sent, named_in, texts_alone
from replay.detect import detect
from replay.scoring.evaluate import match_run
from replay.scoring.scores import scored
from replay.simulate.drawn.world_draw import generator
from replay.simulate.scenario.scenario import Scenario
from streams.config.settings import Settings, load_settings
from streams.privacy.hasher import Hasher

#: Transmitters of a city, and groups of a size that are run at most: of traces with all evidence,
#: each of which is a simulation of its own, only some.
MOST = 30
GROUPS = {"texts": {1: 30, 3: 10, 10: 3}, "all": {1: 8, 3: 3, 10: 2}}
EVIDENCE = ("texts", "all")


class Outcome(msgspec.Struct, frozen=True):
    """One run: transmitters that ought to be found, how many of them were, alert ids of all that
    were found, and alerts that match none."""

    evidence: str
    at_once: int
    ought: int
    found: int
    detected: int
    alert_ids: int
    false_alerts: int


def groups_of(scenario: Scenario, seed: int, size: int, most: int) -> list[frozenset[str]]:
    """Parts of a city's transmitters, none in two of one size."""
    if size == 0:
        return [frozenset()]
    ids = [rogue.id for rogue in scenario.rogues]
    order = [ids[at] for at in generator(seed, "many groups").permutation(len(ids)).tolist()]
    count = max(1, min(most, len(order) // size))
    return [frozenset(order[at * size : (at + 1) * size]) for at in range(count)]


def run_city(
    seed: int,
    sizes: Sequence[int],
    evidence: Sequence[str],
    work: Path,
    settings: Settings,
    most: int = MOST,
) -> Iterator[Outcome]:
    """All runs of one city; its traces stay in ``work``."""
    scenario, folder = crowded(seed, most), work / f"{seed}-{most}"
    whole = frozenset(rogue.id for rogue in scenario.rogues)
    for kind, size in product(evidence, sizes):
        for ids in groups_of(scenario, seed, size, GROUPS[kind].get(size, 1)):
            trace = folder / kind / "-".join(sorted(ids) if ids != whole else ["whole"])
            if kind == "texts":
                written(scenario, seed, folder / "all" / "whole")
                sent = texts_alone(folder / "all" / "whole", trace, scenario, ids)
                yield _of_texts(trace, sent, settings)
            else:
                witnesses = written(part_of(scenario, ids), seed, trace).witnesses
                yield _of_all(trace, witnesses, settings)


def _of_texts(trace: Path, sent: dict[str, Sent], settings: Settings) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        detect(trace, Path(folder), settings, Hasher(b"measuring" * 4, settings.senders))
        named = list(named_in(Path(folder, "alerts.jsonl"), sent).values())
    ought = [name for name, one in sent.items() if len(one.witnesses) >= ENOUGH_VICTIMS]
    return Outcome(
        evidence="texts",
        at_once=len(sent),
        ought=len(ought),
        found=sum(name in named for name in ought),
        detected=len(set(named) - {None}),
        alert_ids=sum(name is not None for name in named),
        false_alerts=named.count(None),
    )


def _of_all(trace: Path, witnesses: dict[str, int], settings: Settings) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        detect(trace, out, settings, Hasher(b"measuring" * 4, settings.senders))
        scores = scored(match_run(out / "alerts.jsonl", trace / "truth.jsonl"))
    each = scores.by_transmitter
    ought = [score for score in each if witnesses[score.id] >= ENOUGH_VICTIMS]
    return Outcome(
        evidence="all",
        at_once=len(each),
        ought=len(ought),
        found=sum(score.detected for score in ought),
        detected=sum(score.detected for score in each),
        alert_ids=sum(score.alert_ids for score in each),
        false_alerts=scores.false_alerts,
    )


def table(outcomes: Sequence[Outcome]) -> Table:
    """By evidence and number at once."""
    rows = []
    for evidence, size in sorted({(each.evidence, each.at_once) for each in outcomes}):
        some = [e for e in outcomes if (e.evidence, e.at_once) == (evidence, size)]
        ought, found = sum(e.ought for e in some), sum(e.found for e in some)
        detected, ids = sum(e.detected for e in some), sum(e.alert_ids for e in some)
        recall = f"{found / ought:.2f}" if ought else "-"
        each = f"{ids / detected:.2f}" if detected else "-"
        false = str(sum(e.false_alerts for e in some))
        cells = [str(size), str(len(some)), f"{found} of {ought}", recall, str(detected), each]
        rows.append([evidence, *cells, false])
    header = (
        "evidence",
        "at once",
        "runs",
        "found",
        "recall",
        "of all",
        "ids each",
        "false alerts",
    )
    return Table("Transmitters at once", header, rows)


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--city", "seeds", multiple=True, type=click.IntRange(0), default=(2,))
@click.option("--sizes", default="0,1,3,10,30", show_default=True, help="How many at once.")
@click.option("--evidence", multiple=True, type=click.Choice(EVIDENCE), default=EVIDENCE)
@click.option("--work", type=click.Path(path_type=Path), help="Keeps traces here.")
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Settings to measure.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables in Markdown.")
def main(
    seeds: tuple[int, ...],
    sizes: str,
    evidence: tuple[str, ...],
    work: Path | None,
    config: Path | None,
    as_markdown: bool,
) -> None:
    """Measures and prints."""
    settings = load_settings(config, env={})
    try:
        at_once = [int(size) for size in sizes.split(",")]
    except ValueError as error:
        raise click.BadParameter(
            "whole numbers with commas, as 1,30", param_hint="--sizes"
        ) from error
    outcomes: list[Outcome] = []
    with _folder(work) as folder:
        for seed in seeds:
            for one in run_city(seed, at_once, evidence, folder, settings):
                outcomes.append(one)
                click.echo(f"city {seed}: {msgspec.json.encode(one).decode()}", err=True)
    click.echo((markdown if as_markdown else plain)(table(outcomes)))


if __name__ == "__main__":
    main()
