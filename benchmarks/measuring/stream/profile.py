"""Where a worker's time goes: a flame graph (SVG) by py-spy, from when reading begins."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import click

from benchmarks.measuring.stream import worker_run
from benchmarks.measuring.stream.city import reports
from benchmarks.measuring.stream.processes import BESIDE, RunError, is_installed, start, tail
from benchmarks.measuring.stream.rows import Stage
from benchmarks.measuring.stream.topics import load_of

_SAMPLES_A_SECOND = 100
_WRITES_S = 60.0


def draw(stage: Stage, count: int, partitions: int, picture: Path) -> None:
    """Runs a worker on ``count`` single messages and draws what it did, thread by thread.

    Raises `RunError`, also where py-spy isn't installed or may not look at other processes.
    """
    if not is_installed("pyspy"):
        raise RunError("py-spy isn't installed: `make bench-stream` does it.")
    picture.parent.mkdir(parents=True, exist_ok=True)
    log = stage.folder / "py-spy.log"

    def follow(pid: int) -> Callable[[], None]:
        words = [str(BESIDE / "pyspy" / "bin" / "py-spy"), "record", "--pid", str(pid)]
        words += ["--output", str(picture.absolute()), "--format", "flamegraph", "--threads"]
        process = start([*words, "--rate", str(_SAMPLES_A_SECOND)], log=log)
        return lambda: _end(process)

    name = stage.new_name()
    load = load_of(reports(stage.city, count, max(count // 15, 1)), "single", partitions)
    worker_run.run(
        worker_run.WorkerRun(
            stage.bootstrap, name, stage.folder / name, stage.city, load, beside=follow
        )
    )
    if not picture.exists():
        raise RunError(f"py-spy has drawn nothing:\n{tail(log.read_bytes())}")
    click.echo(f"{picture}: {count:,} reports", err=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_WRITES_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
