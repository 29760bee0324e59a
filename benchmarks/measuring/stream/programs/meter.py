"""What a measured program notes of itself. Only the standard library: peers import it too."""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Measured:
    """One run of one program: processor and wall seconds from when it began to read to when it had
    read all, what its start took before (processor seconds), and its memory at the end (MB)."""

    reports: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    start_cpu_s: float = 0.0
    rss_mb: float = 0.0
    peak_rss_mb: float = 0.0
    findings: int | None = None
    observations: int | None = None
    alerts: int | None = None
    #: Open ones, candidates for alerts too.
    incidents: int | None = None


class Meter:
    """Measures the process that it is in, all its threads."""

    def __init__(self) -> None:
        self._begun = False
        self._cpu_s = self._wall_s = 0.0

    def begin(self) -> None:
        """Reading begins; only the first call counts."""
        if not self._begun:
            self._begun = True
            self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()

    def end(self, reports: int, **found: int) -> None:
        """All is read: prints what was measured, a line of JSON."""
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        rss_mb, peak_mb = memory_mb("self")
        measured = Measured(
            reports, cpu_s - self._cpu_s, wall_s - self._wall_s, self._cpu_s, rss_mb, peak_mb
        )
        print(json.dumps(asdict(measured) | found), flush=True)


def measured_in(text: str) -> Measured:
    """What `Meter.end` printed, the last line of a program's output.

    Raises `ValueError` where there is none.
    """
    lines = [line for line in text.splitlines() if line.startswith("{")]
    if not lines:
        raise ValueError("nothing was measured")
    return Measured(**json.loads(lines[-1]))


def memory_mb(pid: int | str) -> tuple[float, float]:
    """Resident memory of a process, now and at its highest (MB); zeros where there is no /proc."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Vm")}
    return kib.get("VmRSS", 0) / 1024, kib.get("VmHWM", 0) / 1024


def options() -> dict[str, str]:
    """The options of a measured program: JSON, its only argument."""
    given: dict[str, str] = json.loads(sys.argv[1])
    return given
