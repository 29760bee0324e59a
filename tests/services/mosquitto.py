"""A real mosquitto on loopback, for tests of MQTT."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from streams.kafka.probe import is_listening
from tests.conftest import free_port


class Broker:
    """A mosquitto that can be stopped and started; it keeps nothing on disk."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", self._config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(1200):
            if is_listening("127.0.0.1", self.port, 0.1):
                return
            assert self._process.poll() is None
            time.sleep(0.1)
        raise AssertionError("mosquitto doesn't listen")

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=60)


def mosquitto(folder: Path) -> Broker:
    """A broker that has not been started; skips the test where there is none."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    return Broker(program, folder)
