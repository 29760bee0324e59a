"""A real single-node Apache Kafka (KRaft) for a laptop or CI, behind `cellhound broker`.

It runs Apache's own artefacts as a detached Java process, so that it outlives the command that
started it. All that it keeps lies in one folder: data, log, process file, class path, cluster id.
Nothing is remembered in memory: every call looks at the folder, the process and the port afresh, so
that a broker that was killed, or whose starter was, is found as it is.

Long because one process with its locks is followed from start to stop in one place.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shlex
import signal
import socket
import string
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams.kafka.local_runtime import KAFKA_CONFIGS, RuntimeMissing, find_java, kafka_classpath
from streams.kafka.probe import cluster_id, is_listening

DEFAULT_PORT = 9092
#: Enough for a million messages a minute on a laptop; the serial collector keeps it at 360 MB.
_JVM_OPTIONS = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
_POLL_S = 0.1
_FORMAT_TIMEOUT_S = 180.0
_SOCKET_GONE_S = 5.0
_SHOWN_LOG_LINES = 15


class BrokerError(Exception):
    """The broker cannot be started or stopped; the text is a sentence for the person who asked."""


@dataclass(frozen=True)
class BrokerStatus:
    """What is known of the broker: `running` is its process, `ready` that it answers requests."""

    running: bool
    pid: int | None
    bootstrap: str
    ready: bool


@dataclass(frozen=True)
class _Process:
    """What the process file says of the Java process that was started last."""

    pid: int
    host: str
    port: int


def default_home() -> Path:
    """`$CELLHOUND_HOME/broker`, else `cellhound/broker` in the user's cache folder."""
    if home := os.environ.get("CELLHOUND_HOME"):
        return Path(home) / "broker"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cellhound" / "broker"


@dataclass(frozen=True)
class Broker:
    """One broker: its folder and address. `controller_port` None: a free one at each start."""

    home: Path = field(default_factory=default_home)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    controller_port: int | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, `host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Kafka's own log."""
        return self.home / "log" / "server.log"

    @property
    def last_port(self) -> int | None:
        """The port that the broker of this folder was started on last; None for never."""
        try:
            port = json.loads(self._address_file.read_text())["port"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return port if isinstance(port, int) else None

    def up(self, timeout_s: float = 60.0) -> None:
        """Start the broker unless it runs, and return when it answers requests.

        `timeout_s` is for Kafka's start; fetching its jars the first time is not counted.
        Raises BrokerError.
        """
        with self._locked():
            process = self._process()
            if process is None:
                self._refuse_foreign_listener()
                try:
                    self._start(find_java(), kafka_classpath(self.home / "classpath.txt"))
                except RuntimeMissing as error:
                    raise BrokerError(str(error)) from error
            elif (process.host, process.port) != (self.host, self.port):
                raise BrokerError(
                    f"The broker in {self.home} runs already, on {process.host}:{process.port} and "
                    f"not on {self.bootstrap}. Stop it first (cellhound broker down), or start "
                    f"another one over another folder (--data DIR)."
                )
            self._wait_until_ready(timeout_s)

    def down(self, timeout_s: float = 30.0) -> bool:
        """Stop the broker: SIGTERM, and SIGKILL after `timeout_s`. True if it was running."""
        if not self.home.is_dir():
            return False
        with self._locked():
            process = self._process()
            if process is None:
                self._process_file.unlink(missing_ok=True)
                return False
            for how, patience_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, 10.0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, how)
                if self._wait_until_gone(patience_s):
                    self._process_file.unlink(missing_ok=True)
                    return True
            raise BrokerError(f"The broker's process {process.pid} does not end, even on SIGKILL.")

    def status(self) -> BrokerStatus:
        """Look at process and port; starts nothing."""
        process = self._process()
        if process is None:
            return BrokerStatus(False, None, self.bootstrap, False)
        ready = cluster_id(process.host, process.port) == self._cluster_id()
        return BrokerStatus(True, process.pid, f"{process.host}:{process.port}", ready)

    @property
    def _data(self) -> Path:
        return self.home / "data"

    @property
    def _properties_file(self) -> Path:
        return self.home / "server.properties"

    @property
    def _process_file(self) -> Path:
        return self.home / "process.json"

    @property
    def _address_file(self) -> Path:
        return self.home / "address.json"

    @property
    def _console_file(self) -> Path:
        return self.home / "log" / "console.log"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Two `up` or `down` at the same time wait for one another."""
        try:
            self.log_file.parent.mkdir(parents=True, exist_ok=True)
            handle = (self.home / "lock").open("w")
        except OSError as error:
            raise BrokerError(f"The folder {self.home} can't be written: {error}") from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _process(self) -> _Process | None:
        """The running broker; None for none, for a dead one, and for another program's pid."""
        try:
            process = _Process(**json.loads(self._process_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        # The number may belong to another program by now: only a Kafka with our file is ours.
        arguments = _command_line(process.pid)
        ours = "kafka.Kafka" in arguments and str(self._properties_file) in arguments
        return process if ours else None

    def _cluster_id(self) -> str:
        """This folder's cluster, made when it is first asked for."""
        file = self.home / "cluster_id"
        if not file.is_file():
            # 16 random bytes, base64 in 22 letters; the formatter takes no leading dash.
            drawn = urlsafe_b64encode(b"\x10" + secrets.token_bytes(15)).decode().rstrip("=")
            file.write_text(drawn)
        return file.read_text().strip()

    def _refuse_foreign_listener(self) -> None:
        # The socket of a broker that was killed goes a moment after its process.
        given_up = time.monotonic() + _SOCKET_GONE_S
        while is_listening(self.host, self.port):
            other = cluster_id(self.host, self.port)
            if other or time.monotonic() >= given_up:
                break
            time.sleep(0.1)
        else:
            return
        kind = f"an Apache Kafka (cluster {other})" if other else "another program"
        raise BrokerError(
            f"{kind[0].upper()}{kind[1:]} that was not started from {self.home} listens on "
            f"{self.bootstrap}. Stop it, choose another port, or use that one with --bootstrap."
        )

    def _properties(self) -> str:
        """What the broker's settings file holds."""
        template = string.Template((KAFKA_CONFIGS / "server.properties.tmpl").read_text())
        return template.substitute(
            host=self.host,
            port=self.port,
            controller_port=self.controller_port or _free_port(),
            data=self._data,
        )

    def _start(self, java: str, classpath: str) -> None:
        self._properties_file.write_text(self._properties())
        # The class path goes by the environment, so that the command line stays short enough to be
        # read by people and checked by us.
        environment = {**os.environ, "CLASSPATH": classpath}
        if not (self._data / "meta.properties").is_file():
            self._format(java, environment)
        log4j2 = (KAFKA_CONFIGS / "log4j2.xml").as_uri()
        command = [
            java,
            *_JVM_OPTIONS,
            *shlex.split(os.environ.get("KAFKA_OPTS", "")),
            f"-Dlog4j2.configurationFile={log4j2}",
            f"-Dcellhound.log={self.log_file}",
            "kafka.Kafka",
            str(self._properties_file),
        ]
        pid = _spawn_detached(command, environment, self._console_file)
        address = {"host": self.host, "port": self.port}
        self._process_file.write_text(json.dumps({"pid": pid, **address}))
        self._address_file.write_text(json.dumps(address))

    def _format(self, java: str, environment: dict[str, str]) -> None:
        """Kafka wants its data folder stamped with the cluster's id before the first start."""
        # It ends before the second, slower compiler would be worth its time.
        options = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        command = [java, *options, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        try:
            answer = subprocess.run(
                [*command, "-t", self._cluster_id(), "-c", str(self._properties_file)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_FORMAT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BrokerError(
                f"Kafka did not format {self._data} within {_FORMAT_TIMEOUT_S:.0f} s."
            ) from error
        if answer.returncode != 0:
            raise BrokerError(
                f"Kafka could not format its data folder {self._data}:\n"
                f"{_tail(answer.stdout + answer.stderr)}"
            )

    def _wait_until_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        wanted = self._cluster_id()
        looks_dead = False
        while cluster_id(self.host, self.port) != wanted:
            # A process that is just being started shows no command line for a moment, so that one
            # look is not enough to call it dead.
            was_dead, looks_dead = looks_dead, self._process() is None
            if was_dead and looks_dead:
                what = "ended while starting"
            elif time.monotonic() > deadline:
                what = f"did not answer within {timeout_s:.0f} s"
            else:
                time.sleep(_POLL_S)
                continue
            raise BrokerError(f"The broker on {self.bootstrap} {what}. {self.last_lines()}")

    def _wait_until_gone(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self._process() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def last_lines(self) -> str:
        """The end of the newest of Kafka's log and of what Java itself printed."""
        for file in (self._console_file, self.log_file):
            with contextlib.suppress(OSError):
                if lines := _tail(file.read_text(errors="replace")):
                    return f"The last lines of {file}:\n{lines}"
        return f"Its log {self.log_file} is empty."


def _command_line(pid: int) -> list[str]:
    """A process's command line; empty when it is gone, or dead and not yet reaped."""
    with contextlib.suppress(ChildProcessError):
        # When this very process started the broker, a dead broker stays a zombie until it is asked.
        os.waitpid(pid, os.WNOHANG)
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        if Path("/proc/self").exists():
            return []
    # No /proc (macOS).
    listed = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()


def _spawn_detached(command: list[str], environment: dict[str, str], console: Path) -> int:
    """Start a program in a session of its own, so that it outlives us and gets no Ctrl-C."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawn(
        command[0],
        command,
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(console), flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_SHOWN_LOG_LINES:])
