"""A console process with an account, and requests to it by that account's token."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from click.testing import CliRunner

from cellhound import main
from tests.conftest import free_port
from tests.integration.deployment import Deployment
from tests.integration.door_process import start_door
from tests.integration.waiting import PATIENCE_S, wait_until

PASSWORD = "correct horse battery"


class LiveConsole:
    """The process, its log, its state folder, and a client that is logged in as an admin."""

    def __init__(self, deployment: Deployment, home: Path) -> None:
        home.mkdir()
        self.home = home
        self.log = home / "console.log"
        self._environment = deployment.environment | {"CELLHOUND_HOME": str(home)}
        self._run("accounts", "add", "ada", "--role", "admin", typed=PASSWORD)
        self.token = self._run("accounts", "token", "ada", "--label", "tests").strip()
        self.address = f"127.0.0.1:{free_port()}"
        words = ("console", "--listen", self.address, "--prefix", deployment.prefix)
        self.process = start_door(*words, env=self._environment, log=self.log)
        wait_until(self._is_ready, "the console is ready")
        bearer = {"Authorization": f"Bearer {self.token}"}
        self.client = httpx.Client(base_url=f"http://{self.address}", headers=bearer, timeout=60)

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log_text()
        return "console is ready" in self.log_text()

    def _run(self, *words: str, typed: str = "") -> str:
        done = CliRunner(env=self._environment).invoke(
            main, words, input=typed, catch_exceptions=False
        )
        assert done.exit_code == 0, done.stderr
        return str(done.stdout)


@contextmanager
def running(deployment: Deployment, home: Path) -> Iterator[LiveConsole]:
    """A console on the deployment's topics, which ends with the block."""
    console = LiveConsole(deployment, home)
    try:
        yield console
    finally:
        console.stop()
