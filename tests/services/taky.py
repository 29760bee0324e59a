"""A real TAK server (taky) on loopback, and a TAK client that listens, for tests of CoT."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from ssl import SSLContext
from typing import Any

from lxml import etree

from streams.kafka.probe import is_listening
from tests.conftest import free_port

PROGRAMS = Path(sys.executable).parent


class Server:
    """A taky that can be stopped and started."""

    def __init__(self, folder: Path, port: int, config: Path) -> None:
        self.folder, self.port, self._config = folder, port, config
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "taky.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAMS / "taky", "-c", self._config.name],
                cwd=self._config.parent,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60.0
        while not is_listening("127.0.0.1", self.port, 0.2):
            assert self._process.poll() is None, (self.folder / "taky.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None


def plain(folder: Path) -> Server:
    """A server without TLS that has not been started."""
    port = free_port()
    config = folder / "taky.conf"
    config.write_text(
        "[taky]\nnode_id = TAKY\nbind_ip = 127.0.0.1\nroot_dir = .\n"
        f"[cot_server]\nport = {port}\n[ssl]\nenabled = false\n"
    )
    return Server(folder, port, config)


def takyctl(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [PROGRAMS / "takyctl", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class Client:
    """A second TAK client: the newest event of each uid, as it heard them."""

    def __init__(self) -> None:
        self.events: dict[str, Any] = {}
        self.deleted: set[str] = set()

    async def listen(self, reader: asyncio.StreamReader) -> None:
        buffer = b""
        while part := await reader.read(1 << 16):
            buffer += part
            while b"</event>" in buffer:
                one, _, buffer = buffer.partition(b"</event>")
                event = etree.fromstring(one[one.index(b"<event") :] + b"</event>")
                if event.get("type") == "t-x-d-d":
                    self.deleted.add(event.find("detail/link").get("uid"))
                else:
                    self.events[event.get("uid")] = event

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 120.0
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {sorted(self.events)}"
            await asyncio.sleep(0.05)

    def place(self, uid: str) -> tuple[float, float]:
        point = self.events[uid].find("point")
        return float(point.get("lat")), float(point.get("lon"))


@asynccontextmanager
async def client(port: int, context: SSLContext | None = None) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    there = Client()
    listening = asyncio.create_task(there.listen(reader))
    # taky tells nothing to who has not been registered yet.
    await asyncio.sleep(0.5)
    try:
        yield there
    finally:
        listening.cancel()
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
