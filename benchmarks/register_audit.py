"""How many wrong rows of drawn worlds' registers the audit names, and how many right ones.

Honest worlds of 35 minutes are drawn and simulated, their registers audited by what was measured
in them, and each named row is held against the truth. A displaced site counts where 30 placed
reports came of its cells and it is off by more than a kilometre, a right one where eight came.

    python -m benchmarks.register_audit --worlds 24 --seed 9000
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import csv
import gzip
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import click
import msgspec
import numpy as np

from benchmarks.measuring.detection.runs import in_pool
from detectors.audit.wrong_row import Kind
from replay.audit.trace import audit
from replay.simulate import simulate_drawn
from replay.simulate.drawn.world_draw import DrawnWorld, draw, parameters_of
from streams.privacy.hasher import Hasher

#: Reports by which a displaced site and a right one count, and least displacement (m).
_SEEN, _JUDGED, _OFF_M = 30, 8, 1_000.0
#: Truths by which a row's place is wrong.
_ELSEWHERE: Final = {"displaced", "coordinates", "exchanged"}
#: Kinds that say that a row's place is wrong.
_MOVED: Final[set[Kind]] = {"site_displaced", "cell_displaced", "places_exchanged"}
#: Which truths make a kind right. Rows in a wrong area are under a wrong number.
_TRUE: Final[dict[Kind, set[str]]] = {
    "site_displaced": _ELSEWHERE,
    "cell_displaced": _ELSEWHERE,
    "places_exchanged": {"exchanged"},
    "sectors_crossed": {"swapped"},
    "renamed": {"renamed", "area"},
    "missing": {"missing", "renamed", "area"},
    "retired": {"retired", "renamed", "area"},
}


class Audited(msgspec.Struct):
    """Of one world: sites that count, those of them named, and rows by kind, right or not."""

    right: int
    accused: int
    displaced: int
    named: int
    off_m: list[float]
    kinds: dict[str, list[int]]


def audited(drawn: DrawnWorld) -> Audited:
    """One world simulated and audited."""
    with tempfile.TemporaryDirectory() as work:
        trace, out = Path(work, "trace"), Path(work, "out")
        simulate_drawn(drawn, trace)
        audit(trace, out, Hasher(b"measuring" * 4))
        world = msgspec.json.decode((trace / "world.json").read_bytes())
        with (out / "register-audit.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return held(world["register_flaws"], rows, _sites(trace), _reports(trace))


def held(
    flaws: list[dict[str, object]],
    rows: list[dict[str, str]],
    sites: dict[tuple[str, str], list[str]],
    reports: Counter[str],
) -> Audited:
    """Named rows held against the truth, `register_flaws` of a world: ``sites`` are keys of rows by
    registered place, ``reports`` counts placed reports by cell."""
    problems: dict[str, set[str]] = defaultdict(set)
    off_m: dict[str, float] = {}
    for flaw in flaws:
        for key in {str(flaw["key"]), str(flaw.get("registered", flaw["key"]))}:
            problems[key].add(str(flaw["problem"]))
            if isinstance(offset := flaw.get("offset_m"), float):
                off_m[key] = offset
    kinds = {str(kind): [0, 0] for kind in _TRUE}
    true = {str(kind): truths for kind, truths in _TRUE.items()}
    for row in rows:
        kinds[row["kind"]][problems[row["key"]].isdisjoint(true[row["kind"]])] += 1
    moved = {row["key"]: row for row in rows if row["kind"] in _MOVED}
    found = Audited(0, 0, 0, 0, [], kinds)
    for keys in sites.values():
        seen = sum(reports[key] for key in keys)
        wrong = [key for key in keys if problems[key] & _ELSEWHERE]
        if not wrong and seen >= _JUDGED:
            found.right += 1
            found.accused += any(key in moved for key in keys)
        elif len(wrong) == len(keys) > 1 and seen >= _SEEN and off_m.get(wrong[0], 0.0) > _OFF_M:
            found.displaced += 1
            found.named += any(key in moved for key in keys)
            found.off_m += [
                abs(float(moved[key]["off_m"]) - off_m[key])
                for key in keys[:1]
                if key in moved and key in off_m
            ]
    return found


def _sites(trace: Path) -> dict[tuple[str, str], list[str]]:
    """Keys of rows by the registered place that they share."""
    sites: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (trace / "register.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["radio"].lower(), row["mcc"], row["net"], row["area"], row["cell"])
            sites[row["lat"], row["lon"]].append("-".join(key))
    return sites


def _reports(trace: Path) -> Counter[str]:
    """Placed reports by serving cell."""
    counts: Counter[str] = Counter()
    with gzip.open(trace / "measurements.jsonl.gz", "rb") as file:
        for line in file:
            report = msgspec.json.decode(line)
            if report.get("lat") is not None and report.get("cell") is not None:
                names = ("rat", "mcc", "mnc", "area", "cell")
                counts["-".join(str(report.get(name)) for name in names)] += 1
    return counts


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--worlds", "count", type=click.IntRange(1), default=40, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=9000, show_default=True, help="The first.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--parameter", "given", multiple=True, metavar="NAME=VALUE", help="Not to be drawn.")
def main(count: int, seed: int, jobs: int, given: tuple[str, ...]) -> None:
    """Measures and prints."""
    fixed = parameters_of(given)
    worlds = [draw(number, honest=True, given=fixed) for number in range(seed, seed + count)]
    found = in_pool(audited, worlds, jobs, "worlds")
    right, accused, displaced, named = (
        sum(getattr(each, name) for each in found)
        for name in ("right", "accused", "displaced", "named")
    )
    click.echo(f"right sites accused: {accused} of {right}")
    click.echo(f"displaced sites named: {named} of {displaced}")
    off_m = [off for each in found for off in each.off_m]
    if off_m:
        click.echo(f"displacement wrong by {np.median(off_m):.0f} m (median of {len(off_m)})")
    for kind in _TRUE:
        true, false = (sum(each.kinds[kind][at] for each in found) for at in (0, 1))
        click.echo(f"rows called {kind}: {true} rightly, {false} wrongly")


if __name__ == "__main__":
    main()
