"""What faults strike: a deployment at work, its broker, a console, and the disks under both."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from streams.kafka.local_broker import Broker
from tests.integration.console.console_process import Console
from tests.integration.deployment import Deployment
from tests.integration.worker.worker_process import Worker

#: The sentence with which a worker ends for new partitions, to be started again.
NEW_PARTITIONS = "Topics have got other partitions"
_CHUNK = b"\x00" * (1 << 20)


@dataclass
class Struck:
    """What is struck; a broker or a console is there if it may be hit.

    ``stop_s`` is how long what is stopped stands, ``away_s`` how long a broker is away; ``notes``
    is what a fault wants known about how it went, ``wrong`` what must not be; ``behind`` how many
    records were not worked off when each fault struck.
    """

    deployment: Deployment
    broker: Broker | None = None
    console: Console | None = None
    stop_s: float = 60.0
    away_s: float = 600.0
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    grown: bool = False

    @property
    def workers(self) -> list[Worker]:
        """Those alive."""
        return [worker for worker in self.deployment.workers if worker.alive()]

    def revive(self, count: int = 2) -> None:
        """Starts workers until so many live, as a service manager does.

        That one had to be started is wrong, unless a fault ended it: whatever happens to the broker
        or to other workers, a worker lives on.
        """
        for number, worker in enumerate(self.deployment.workers):
            if worker.alive() or worker.ended:
                continue
            worker.ended = True
            lines = [line for line in worker.log_text().splitlines() if line.strip()]
            if self.grown and any(NEW_PARTITIONS in line for line in lines):
                self.notes.append("a worker ended for new partitions once more")
            else:
                last = lines[-1] if lines else "it printed nothing"
                self.wrong.append(f"worker {number} ended by itself: {last[:200]}")
        while len(self.workers) < count:
            self.deployment.start(ready=False)


Fault = Callable[[Struck, Random], None]


@contextmanager
def small_disk(size: str) -> Iterator[Path | None]:
    """A disk in memory; None without the right to mount one."""
    # Not among the tests' folders: what is mounted there another run couldn't tidy away.
    folder = Path(tempfile.mkdtemp(prefix="cellhound-chaos-"))
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        if subprocess.run(mounting, check=False, capture_output=True).returncode:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
    finally:
        folder.rmdir()


def fill(disk: Path) -> Path:
    """Fills a disk to the last byte; the file to be removed to have room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for piece in (_CHUNK, _CHUNK[:4096]):
            with suppress(OSError):
                while True:
                    file.write(piece)
    return filler
