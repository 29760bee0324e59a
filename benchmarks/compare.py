"""What the working tree does differently from another revision: alerts, figures and time, by trace.

Unpacks the base, simulates the suites with the base's code, detects on every trace with both, and
prints a line for each: whether the alerts are the same bytes, transmitters found, false alerts,
median error and processor time, base first. The last line has the sums.

    python benchmarks/compare.py --base v0.1.0 --work out/compare
    python benchmarks/compare.py --only attacks --seeds 1-2 --data ../shared/data --equal

Traces and results of the base are kept in ``--work`` by its commit, so a second run only detects
with the working tree. Words that were renamed on purpose are given as ``--renamed OLD=NEW``: they
are replaced in the base's alerts where they are a whole JSON string, and listed.
"""

import os

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click
import msgspec

from benchmarks.measuring.detection.cases import names_in, seeds_in
from benchmarks.measuring.detection.runs import in_pool
from benchmarks.measuring.detection.tables import Table, of_number, plain
from benchmarks.measuring.regression.code import Code, CodeError, checked_out, commit_of
from benchmarks.measuring.regression.traces import Case, chosen, made, recorded, simulated
from replay.scoring.evaluate import evaluate

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_RESULT: Final = "result.json"


class Result(msgspec.Struct, frozen=True):
    """What one state of the code made of a trace; ``None`` where the trace has no truth."""

    cpu_s: float
    alerts: int
    transmitters: int | None = None
    detected: int | None = None
    false_alerts: int | None = None
    error_m: float | None = None


class Compared(msgspec.Struct, frozen=True):
    """A trace with both results, and whether the alerts are the same bytes."""

    name: str
    equal: bool
    base: Result
    here: Result


@click.command(help=__doc__.partition("\n")[0] if __doc__ else None)
@click.option("--base", help="Git revision to compare with.  [default: where main was left]")
@click.option("--work", type=click.Path(path_type=Path), default=Path("out/compare"))
@click.option("--seeds", default="1", show_default=True, help="Seeds, such as 1-3,7.")
@click.option("--only", default="", help="Parts of traces' names, with commas between.")
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Folder of recordings.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--renamed", multiple=True, metavar="OLD=NEW", help="A word renamed on purpose.")
@click.option("--base-python", help="Python with the base's libraries, where they differ.")
@click.option("--equal", is_flag=True, help="Exit code 1 where any alerts differ.")
def main(
    base: str | None,
    work: Path,
    seeds: str,
    only: str,
    data: Path | None,
    jobs: int,
    renamed: tuple[str, ...],
    base_python: str | None,
    equal: bool,
) -> None:
    """Compares and prints."""
    try:
        pairs = [_pair(text) for text in renamed]
        commit = commit_of(REPOSITORY, base)
        kept = work.resolve() / commit[:12]
        old = checked_out(REPOSITORY, commit, kept / "code")
        if base_python:
            old = Code(old.folder, base_python)
        traces = simulated(old, seeds_in(seeds), kept / "traces")
        traces += recorded(data.resolve()) if data else []
        cases = chosen(traces, names_in(only))
        (kept / "traces").mkdir(exist_ok=True)
        compare = partial(compared, old, Code(REPOSITORY), kept, work.resolve() / "here", pairs)
        every = in_pool(compare, cases, jobs, "traces")
    except (CodeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(plain(table(every, f"{commit[:12]} and the working tree")))
    for before, after in pairs:
        click.echo(f"renamed: {before} is now {after}")
    differing = [each.name for each in every if not each.equal]
    click.echo(f"{len(every) - len(differing)} of {len(every)} traces with equal alerts")
    if equal and differing:
        raise SystemExit(1)


def compared(
    old: Code, new: Code, kept: Path, fresh: Path, renamed: Sequence[tuple[str, str]], case: Case
) -> Compared:
    """One trace with both states of the code, the old one's results kept. Raises `CodeError`."""
    made(case, old)
    base_out, here_out = kept / "alerts" / case.name, fresh / case.name
    base = _kept(base_out) or detected(old, case, base_out)
    shutil.rmtree(here_out, ignore_errors=True)
    here = detected(new, case, here_out)
    expected = (base_out / "alerts.jsonl").read_bytes()
    for before, after in renamed:
        expected = expected.replace(f'"{before}"'.encode(), f'"{after}"'.encode())
    return Compared(case.name, expected == (here_out / "alerts.jsonl").read_bytes(), base, here)


def detected(code: Code, case: Case, out: Path) -> Result:
    """Runs `detect`; what it wrote stays in ``out``. Raises `CodeError`."""
    own = code.settings_of(case.scenario) if case.scenario else None
    cpu_s = code.run("detect", case.trace, "--out", out, *(("--config", own) if own else ()))
    alerts, truth = out / "alerts.jsonl", case.trace / "truth.jsonl"
    result = Result(round(cpu_s, 2), len(alerts.read_bytes().splitlines()))
    if truth.is_file():
        scores = evaluate(alerts, truth)
        result = msgspec.structs.replace(
            result,
            transmitters=scores.transmitters,
            detected=scores.detected,
            false_alerts=scores.false_alerts,
            error_m=scores.location_error_m_median,
        )
    (out / _RESULT).write_bytes(msgspec.json.encode(result))
    return result


def table(every: Sequence[Compared], title: str) -> Table:
    """A line for each trace, and the sums."""
    header = ("trace", "alerts", "found", "false", "error m", "base s", "here s", "ratio")
    return Table(title, header, [*(_row(each) for each in every), _sums(every)])


def _row(each: Compared) -> tuple[str, ...]:
    base, here = each.base, each.here
    return (
        each.name,
        f"equal ({base.alerts})" if each.equal else f"DIFFER ({base.alerts}, {here.alerts})",
        _both(*(f"{_count(r.detected)}/{_count(r.transmitters)}" for r in (base, here))),
        _both(_count(base.false_alerts), _count(here.false_alerts)),
        _both(*(of_number(r.error_m, "{:.0f}") for r in (base, here))),
        *_times([each]),
    )


def _sums(every: Sequence[Compared]) -> tuple[str, ...]:
    base, here = [each.base for each in every], [each.here for each in every]
    found, false = (
        _both(*(str(sum(getattr(r, name) or 0 for r in side)) for side in (base, here)))
        for name in ("detected", "false_alerts")
    )
    return ("sum", f"{sum(each.equal for each in every)} equal", found, false, "", *_times(every))


def _times(every: Sequence[Compared]) -> tuple[str, str, str]:
    base_s, here_s = sum(each.base.cpu_s for each in every), sum(each.here.cpu_s for each in every)
    return f"{base_s:.1f}", f"{here_s:.1f}", of_number(here_s / base_s if base_s else None)


def _both(base: str, here: str) -> str:
    return base if base == here else f"{base} -> {here}"


def _count(value: int | None) -> str:
    return "-" if value is None else str(value)


def _kept(out: Path) -> Result | None:
    path = out / _RESULT
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.is_file() else None


def _pair(text: str) -> tuple[str, str]:
    before, sign, after = text.partition("=")
    if not (before and sign and after):
        raise ValueError(f"--renamed {text}: write OLD=NEW")
    return before, after


if __name__ == "__main__":
    main()
