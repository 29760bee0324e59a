"""A real ntfy server on loopback, for tests of push messages; ntfy.sh beside this finds one."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import free_port

SCRIPT = Path(__file__).with_name("ntfy.sh")
USER, PASSWORD = "van1", "only for a test"


@dataclass
class Server:
    """A server whose topic ``alerts`` only the user van1 may read and write."""

    url: str

    def messages(self, topic: str = "alerts") -> list[dict[str, Any]]:
        """What a phone of van1 gets that comes late."""
        answer = httpx.get(f"{self.url}/{topic}/json?poll=1", auth=(USER, PASSWORD), timeout=60.0)
        return [json.loads(line) for line in answer.text.splitlines()]


@contextmanager
def ntfy_server(folder: Path) -> Iterator[Server]:
    """A running server; skips the test where there is no program to be had."""
    binary = _program()
    url = f"http://127.0.0.1:{free_port()}"
    config = folder / "server.yml"
    config.write_text(
        f"base-url: {url}\nlisten-http: {url.removeprefix('http://')}\n"
        f"cache-file: {folder}/cache.db\nauth-file: {folder}/users.db\n"
        "auth-default-access: deny-all\n"
    )
    (folder / "users.db").touch()
    _user(binary, "user", "-c", config, "add", USER)
    _user(binary, "access", "-c", config, USER, "alerts", "rw")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([binary, "serve", "-c", config], stdout=log, stderr=log)
    try:
        _wait_for(url, process, folder / "log")
        yield Server(url)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _program() -> str:
    try:
        found = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("no ntfy server: fetching one takes too long")
    if found.returncode:
        pytest.skip(f"no ntfy server: {found.stderr.strip()}")
    return found.stdout.strip()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120.0
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            if httpx.get(f"{url}/v1/health").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)


def _user(binary: str, *words: str | Path) -> None:
    environment = {"NTFY_PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [binary, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
