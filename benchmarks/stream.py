"""What a report costs in the worker, beside reading it, beside Faust, Quix Streams and Bytewax.

    python -m benchmarks.stream --out out/stream.json
    python -m benchmarks.stream --growth
    python -m benchmarks.stream --profile out/worker.svg

starts a Kafka of its own, fills it with benign reports as single JSON messages, arrays and Arrow
batches, and runs all variants in turn, round by round, each in a process of its own. Printed are
medians of processor time a report, wall time beside it, and the rate that goes with it as a share
of bare aiokafka's in the same round. Ratios hold across machines, and on a busy one; the other
figures don't. `make bench-stream` installs the peers, and py-spy, beside the environment.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import json
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from benchmarks.measuring.stream import growth, profile
from benchmarks.measuring.stream.city import NEIGHBOURS, City, reports
from benchmarks.measuring.stream.processes import RunError, in_good_order, own_broker
from benchmarks.measuring.stream.programs.meter import Measured
from benchmarks.measuring.stream.rows import Row, Stage, is_left_out, rows, same_findings
from benchmarks.measuring.stream.tables import BASE, figures, growth_table, machine, table
from streams.kafka.local_broker import BrokerError

#: As often as a phone reports in the time that the reports are of, a quarter of an hour.
_EACH = 15


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--reports", "count", type=click.IntRange(100), default=300_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--partitions", type=click.IntRange(1), default=4, show_default=True)
@click.option("--cells", type=click.IntRange(1600), default=10_000, show_default=True)
@click.option("--only", "names", multiple=True, help="Variants by name; bare aiokafka too.")
@click.option("--growth", "grows", is_flag=True, help="What grows with what, instead.")
@click.option("--axis", "axes", multiple=True, type=click.Choice(list(growth.AXES)))
@click.option("--profile", "picture", type=click.Path(path_type=Path), help="Flame graph, instead.")
@click.option("--bootstrap", help="A broker that runs already; else one is started.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Figures as JSON.")
def main(
    count: int,
    rounds: int,
    partitions: int,
    cells: int,
    names: tuple[str, ...],
    grows: bool,
    axes: tuple[str, ...],
    picture: Path | None,
    bootstrap: str | None,
    out: Path | None,
) -> None:
    """Measures and prints."""
    begun = machine()
    try:
        with ExitStack() as stack:
            stack.enter_context(in_good_order())
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            address = stack.enter_context(own_broker(folder / "broker", bootstrap))
            stage = Stage(address, folder, City(cells), f"bench{uuid.uuid4().hex[:6]}-")
            stack.callback(stage.close)
            found: dict[str, Any] = {"reports": count, "partitions": partitions, "cells": cells}

            def save(more: dict[str, Any]) -> None:
                if out is not None:
                    now = {"machine": begun, "load_average_after": machine()["load_average"]}
                    out.parent.mkdir(parents=True, exist_ok=True)
                    text = json.dumps(found | more | now, indent=1, ensure_ascii=False)
                    out.write_text(text + "\n")

            if picture is not None:
                profile.draw(stage, count, partitions, picture)
            elif grows:
                points = growth.measure(stage, count, axes or tuple(growth.AXES), save, click.echo)
                click.echo(growth_table(points))
            else:
                click.echo(table(_compared(stage, count, rounds, partitions, names, save)))
    except (RunError, BrokerError) as error:
        raise click.ClickException(str(error)) from error


def _compared(
    stage: Stage,
    count: int,
    rounds: int,
    partitions: int,
    names: Sequence[str],
    save: Callable[[dict[str, Any]], None],
) -> list[dict[str, Any]]:
    """Figures of each variant; all that is known is saved after each round, so that a long run that
    is stopped has not been for nothing."""
    chosen = [row for row in rows() if not names or row.name in names or _is_base(row)]
    left_out = [row for row in chosen if is_left_out(row)]
    for peer in sorted({row.needs for row in left_out}):
        click.echo(f"{peer} isn't installed (make bench-stream does it): left out.", err=True)
    chosen = [row for row in chosen if row not in left_out]
    made = reports(stage.city, count, max(count // _EACH, 1))
    asyncio.run(stage.fill(made, partitions, dict.fromkeys(row.form for row in chosen)))
    sizes = {form: load.bytes_a_report for form, load in stage.loads.items()}
    size = sizes["single"]
    click.echo(
        f"{count:,} reports of {size:.0f} bytes with {NEIGHBOURS} neighbours in {partitions}"
        f" partitions, medians of {rounds} interleaved rounds",
        err=True,
    )
    agreed = {row.name: _agreed(stage, row) for row in chosen if row.needs}
    runs: dict[tuple[str, str], list[Measured]] = {(row.name, row.form): [] for row in chosen}
    found: list[dict[str, Any]] = []
    for turn in range(rounds):
        for row in chosen:
            run = row.run(stage, row)
            if run.reports != count:
                raise RunError(f"{row.text}, {row.form}: {run.reports} of {count} reports read")
            runs[row.name, row.form].append(run)
            shown = f"{run.cpu_s / count * 1e6:8.2f} µs a report"
            click.echo(f"round {turn + 1}: {row.name:<13}{row.form:<8}{shown}", err=True)
        found = [figures(row, runs[row.name, row.form], runs[BASE]) for row in chosen]
        save(
            {
                "rounds": turn + 1,
                "bytes_a_report": sizes,
                "rows": found,
                "left_out": [row.name for row in left_out],
                "same_findings": agreed,
            }
        )
    return found


def _agreed(stage: Stage, row: Row) -> int:
    found = asyncio.run(same_findings(stage, row))
    click.echo(f"{row.name}: the same {found} findings as ours in a small set", err=True)
    return found


def _is_base(row: Row) -> bool:
    return (row.name, row.form) == BASE


if __name__ == "__main__":
    main()
