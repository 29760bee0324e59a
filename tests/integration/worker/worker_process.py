"""A worker as a process of its own, and what it prints."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.integration.door_process import DoorProcess
from tests.integration.waiting import PATIENCE_S


@dataclass
class Worker:
    """A worker process and what it says."""

    process: "subprocess.Popen[bytes] | DoorProcess"
    log: Path
    #: Whether whoever started it has ended it: what ends without that ended by itself.
    ended: bool = False

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """As a power cut does it: SIGKILL."""
        self.ended = True
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Gracefully, by SIGTERM; the exit code."""
        self.ended = True
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_S)
