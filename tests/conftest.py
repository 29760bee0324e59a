"""What all tests share: a real Kafka broker for a session, and the shared sample data."""

import fcntl
import gc
import itertools
import json
import logging
import os
import shutil
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The brokers of tests live for a minute or two: the second compiler costs more than it gives.
os.environ.setdefault("KAFKA_OPTS", "-XX:TieredStopAtLevel=1")

from detectors.networks.names import Network, name_networks
from streams.garbage import look_seldom
from streams.kafka.local_broker import Broker, BrokerError
from streams.kafka.local_runtime import RuntimeMissing, kafka_classpath

with warnings.catch_warnings():
    # kafka-python 3.0.12 reads its message schemas while it is imported, by a function that newer
    # versions of Python call deprecated. Imported here once, before any test makes warnings errors.
    warnings.simplefilter("ignore", DeprecationWarning)
    import kafka as _kafka  # noqa: F401

# Code is judged, not luck: the same examples each time, and few; `make dice` takes others, and many
# more.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, max_examples=25)
hypothesis.settings.register_profile("dice", max_examples=1000, deadline=None, print_blob=True)
hypothesis.settings.load_profile("same")

#: Seconds that a broker may take: several start at once, beside tests, on a machine that is shared.
BROKER_STARTS_S = 300.0

#: Each process collects all tests and starts browsers, workers and consoles of its own.
MOST_PROCESSES = 5

#: Files whose tests wait for minutes, beside those of whole workers, which come first anyway: were
#: they begun late, a run would end with one of them and nothing beside it.
LONGEST = ("test_guard.py", "test_chaos.py", "test_guard_kills.py", "test_secured.py")

#: Programs that tests start, which are no modules to be searched for doctests.
collect_ignore = ["integration/worker/apps"]


@pytest.fixture
def own_networks() -> Iterator[None]:
    """An installation that names two networks itself: China Mobile, and one that is on no list."""
    name_networks(
        (Network("460-00", "Our network", "本网"), Network("460-077", "Rail network", "铁路网"))
    )
    yield
    name_networks(())


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` means: three more than processors, as many tests only wait."""
    return min(MOST_PROCESSES, (os.cpu_count() or 1) + 3)


def pytest_collection() -> None:
    """What is collected stays until the end: looking through it for garbage again and again is a
    good part of collecting, and of the tests after it."""
    gc.disable()


def pytest_collection_finish() -> None:
    look_seldom()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes and wait for them lie among those that compute, a few of these
    for each: processors that one process leaves idle are another's."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("slow")
        files.setdefault(item.path, []).append(item)
    waiting = [file for file, own in files.items() if own[0].get_closest_marker("integration")]
    computing = [file for file in files if file not in set(waiting)]
    # What waits is begun before the last third, to be over in time, and the longest (beside those
    # that are named, those of whole workers, the last in order) first.
    waiting.reverse()
    waiting.sort(key=lambda file: file.name not in LONGEST)
    places = {file: 0.7 * n / len(waiting) for n, file in enumerate(waiting)}
    places |= {file: n / len(computing) for n, file in enumerate(computing)}
    items[:] = [item for file in sorted(files, key=places.__getitem__) for item in files[file]]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a test run share."""
    folder = tmp_path_factory.getbasetemp()
    # That of the process which started this one.
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def class_path(run_folder: Path) -> Path:
    """Kafka's class path as Maven resolved it once for this run, for the folders of brokers: each
    would take some seconds of a processor to resolve it anew."""
    file, archive = run_folder / "classpath.txt", run_folder / "kafka.jsa"
    # A broker reports what is missing.
    with alone(run_folder), suppress(RuntimeMissing, BrokerError):
        kafka_classpath(file)
        if not archive.exists():
            _archive(archive, file)
    if archive.exists():
        os.environ["KAFKA_OPTS"] += f" -XX:SharedArchiveFile={archive}"
    return file


def _archive(file: Path, class_path: Path) -> None:
    """Kafka's classes as Java has them once they are loaded and checked, left by a broker that is
    started for this alone: with them all others start in half of a processor's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAFKA_OPTS", f"{os.environ['KAFKA_OPTS']} -XX:ArchiveClassesAtExit={file}")
        broker = a_broker(file.with_suffix(".broker"), class_path)
        broker.up(BROKER_STARTS_S)
        broker.down(BROKER_STARTS_S)


@pytest.fixture(scope="session")
def kafka(run_folder: Path, class_path: Path) -> Iterator[str]:
    """The address of a Kafka: that of KAFKA_BOOTSTRAP, else of a broker of this run's own.

    All processes of a run share one broker, each test has a prefix of its own on it. A test that
    stops its broker takes another, by the fixture `broker`.
    """
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        yield given
        return
    with shared_broker(run_folder / "shared-broker", class_path) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of sample traces and public data that may stand beside the repository."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}")
    return folder


@contextmanager
def shared_broker(home: Path, class_path: Path | None = None) -> Iterator[Broker]:
    """The broker in a folder that other processes may use too: up with the first, down with the
    last of them."""
    home.mkdir(exist_ok=True)
    with (home / "users").open("w") as users:
        with alone(home):
            ports = home / "ports.json"
            if not ports.exists():
                ports.write_text(json.dumps([free_port(), free_port()]))
            port, controller_port = json.loads(ports.read_text())
            broker = Broker(home, port=port, controller_port=controller_port)
            _know(class_path, home)
            broker.up(BROKER_STARTS_S)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield broker
        finally:
            with alone(home):
                fcntl.flock(users, fcntl.LOCK_UN)
                with suppress(BlockingIOError):  # Another process still uses it.
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    broker.down()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One process after the other. What such a lock is of is let go when a process is killed."""
    with (home / "alone").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def a_broker(folder: Path, class_path: Path, kind: type[Broker] = Broker) -> Any:
    """A broker that has not been started, on ports that nobody else is given."""
    folder.mkdir()
    _know(class_path, folder)
    return kind(folder, port=free_port(), controller_port=free_port())


def _know(class_path: Path | None, home: Path) -> None:
    if class_path is not None and class_path.is_file():
        shutil.copy(class_path, home)


@pytest.fixture(autouse=True)
def _nothing_throttled() -> Iterator[None]:
    """A command that a test runs in this process may set up its log, which drops what was logged
    within a minute: also for the tests after it, whose handlers pytest keeps."""
    yield
    for handler in logging.getLogger().handlers:
        handler.filters.clear()


def free_port() -> int:
    """A TCP port that nobody listens on, and that nobody is given until somebody does.

    The kernel gives ports of its own range to whoever asks for any, so these are below it; each of
    the processes that tests are shared among has its own, and none is given twice in a row.
    """
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def _ports() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + number % 10 * 1_000
    begin = os.getpid() % 1_000  # Another run beside this one most likely begins elsewhere.
    return (first + (begin + count) % 1_000 for count in itertools.count())


_PORTS = _ports()
