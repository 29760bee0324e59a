"""One measured run of real `cellhound worker` processes on topics of their own.

A worker is started on empty topics and then stands still (SIGSTOP) while the reports are written,
so that it finds them all at once, and all that it does from then on is counted: its processor time
is read from /proc when it goes on, and again once it has nothing left to read, neither of the
inputs nor of what goes between its two stages. Its start-up is a figure of its own. The inputs are
ended as a replay ends them, so that everything that was due has been decided by then.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from benchmarks.measuring.observations import count_of
from benchmarks.measuring.stream.city import City
from benchmarks.measuring.stream.processes import RunError, end, processor_s, start, tail
from benchmarks.measuring.stream.programs.meter import Measured, memory_mb
from benchmarks.measuring.stream.topics import Load, Topics
from streams.kafka.stage_records import WATERMARK_VALUE, decode_observations
from streams.state.search import newest_state

_READY: Final = "cellhound worker is ready"
_LOOK_S, _QUIET_S, _SETTLES_S = 0.2, 1.0, 0.5
_STARTS_S, _ENDS_S = 240.0, 3600.0
_KEY: Final = "a key of benchmarks alone, which hashes nothing of anybody"


@dataclass(frozen=True, slots=True)
class WorkerRun:
    """``workers`` on a load, with a register; ``only`` names the rules that are on, all without."""

    bootstrap: str
    prefix: str
    folder: Path
    city: City
    load: Load
    only: Sequence[str] = ()
    workers: int = 1
    #: Called with a worker's process when reading begins.
    beside: Callable[[int], Any] | None = field(default=None, compare=False)


def run(asked: WorkerRun) -> Measured:
    """Makes topics, starts, measures, stops and deletes.

    Raises `RunError` for a worker that ends, doesn't begin or doesn't come to an end.
    """
    topics = Topics(asked.bootstrap, asked.prefix, len(asked.load.parts))
    asked.folder.mkdir(parents=True, exist_ok=True)
    try:
        partitions = topics.make()
        asyncio.run(topics.fill_register(asked.city, partitions["cell.register"]))
        with started(asked, topics) as processes:
            found = _measured(asked, topics, partitions, processes)
        evidence, census = topics.read("fbs.evidence"), topics.read("fbs.census")
        found.findings = sum(record.value != WATERMARK_VALUE for record in evidence)
        found.observations = sum(
            sum(map(count_of, decode_observations(one.value or b""))) for one in census
        )
        found.incidents = asyncio.run(_open_incidents(topics, partitions["fbs.correlators"]))
        found.alerts = len({record.key for record in topics.read("fbs.alerts")})
        # A report that came to nothing was not read.
        found.reports -= topics.written("dead.letters")
        return found
    finally:
        topics.delete()


async def _open_incidents(topics: Topics, partitions: int) -> int:
    """Alerts and candidates, as the correlators have stored them last."""
    states = [(await newest_state(topics.kafka, number)).state for number in range(partitions)]
    zones = [zone for state in states if state is not None for zone in state.zones.values()]
    return sum(not incident.closed for zone in zones for incident in zone.incidents)


@contextmanager
def started(asked: WorkerRun, topics: Topics) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """The workers, ready, all partitions shared among them; they end with the block."""
    settings = _settings(asked)
    with ExitStack() as stack:
        processes = []
        for number in range(asked.workers):
            log = asked.folder / f"worker-{number}.log"
            environment = {
                "CELLHOUND_KEY": _KEY,
                "CELLHOUND_HOME": str(asked.folder / f"home-{number}"),
                "CELLHOUND_CONFIG": str(settings),
                "KAFKA_BOOTSTRAP": asked.bootstrap,
            }
            process = start_worker(["--prefix", asked.prefix], environment, log)
            stack.callback(end, process)
            processes.append(process)
        until = time.monotonic() + _STARTS_S
        while not _all_share(asked, topics):
            for number, process in enumerate(processes):
                _alive(process, asked.folder / f"worker-{number}.log")
            if time.monotonic() > until:
                raise RunError(f"no worker was ready within {_STARTS_S:.0f} s")
            time.sleep(_LOOK_S)
        time.sleep(_SETTLES_S)
        yield processes


def start_worker(
    options: list[str], environment: dict[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """``cellhound worker``, as people start it."""
    words = [sys.executable, "-m", "cellhound", "worker", *options]
    return start(words, environment=environment, log=log)


def _measured(
    asked: WorkerRun,
    topics: Topics,
    partitions: dict[str, int],
    processes: Sequence["subprocess.Popen[bytes]"],
) -> Measured:
    pids = [process.pid for process in processes]
    before = start_cpu_s = sum(map(processor_s, pids))
    group = topics.kafka.name_of(topics.kafka.group)
    with topics.looking(group) as look, ExitStack() as stack:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        asyncio.run(_fill(topics, asked.load, partitions))
        if asked.beside is not None:
            stack.callback(asked.beside(pids[0]))
        before, begun = sum(map(processor_s, pids)), time.perf_counter()
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        done, cpu_s, wall_s = _worked_off(asked, look, processes, begun)
    memory = [memory_mb(pid) for pid in pids]
    # One watermark a partition is no report.
    is_all = done == asked.load.records + len(asked.load.parts)
    return Measured(
        reports=asked.load.reports if is_all else 0,
        cpu_s=cpu_s - before,
        wall_s=wall_s,
        start_cpu_s=start_cpu_s,
        rss_mb=sum(now for now, _ in memory),
        peak_rss_mb=sum(peak for _, peak in memory),
    )


async def _fill(topics: Topics, load: Load, partitions: dict[str, int]) -> None:
    await topics.fill(load)
    await topics.end(load, partitions)


def _worked_off(
    asked: WorkerRun,
    look: Callable[[], tuple[int, dict[str, int]]],
    processes: Sequence["subprocess.Popen[bytes]"],
    begun: float,
) -> tuple[int, float, float]:
    """Records of reports that are done, and processor and wall seconds, when nothing was left to
    read: as it was first found, of a while in which nothing came up any more."""
    first: tuple[int, float, float] | None = None
    quiet_since = 0.0
    while True:
        for number, process in enumerate(processes):
            _alive(process, asked.folder / f"worker-{number}.log")
        done, behind = look()
        now = time.perf_counter()
        if any(behind.values()) or not done:
            first = None
        elif first is None:
            first = (done, sum(processor_s(each.pid) for each in processes), now - begun)
            quiet_since = now
        elif now - quiet_since >= _QUIET_S:
            return first
        if now - begun > _ENDS_S:
            raise RunError(f"after {_ENDS_S:.0f} s there is still to read: {behind}")
        time.sleep(_LOOK_S)


def _all_share(asked: WorkerRun, topics: Topics) -> bool:
    """Whether all workers are ready and the group of them is at rest."""
    logs = [asked.folder / f"worker-{number}.log" for number in range(asked.workers)]
    if not all(log.exists() and _READY in log.read_text(errors="replace") for log in logs):
        return False
    group = topics.kafka.name_of(topics.kafka.group)
    admin = KafkaAdminClient(bootstrap_servers=asked.bootstrap)
    try:
        found = admin.describe_groups([group]).get(group, {})
    except KafkaError:
        return False
    finally:
        admin.close()
    at_rest = found.get("group_state") == "Stable"
    return at_rest and len(found.get("members") or ()) == asked.workers


def _alive(process: "subprocess.Popen[bytes]", log: Path) -> None:
    if process.poll() is not None:
        raise RunError(
            f"a worker has ended with code {process.returncode}:\n{tail(log.read_bytes())}"
        )


def _settings(asked: WorkerRun) -> Path:
    """The worker's file of settings: it may stand still for a while, and not lose its partitions;
    with ``only`` all other rules are off."""
    from detectors.rules import RULES

    lines = ["streams: {session_timeout_s: 60, heartbeat_s: 2}"]
    if asked.only:
        off = [rule.name for rule in RULES if rule.name not in asked.only]
        lines += ["rules:", *(f"  {name}: {{enabled: false}}" for name in off)]
    file = asked.folder / "settings.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file
