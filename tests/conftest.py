"""What all tests share: a real Kafka broker for a session, and the shared sample data."""

import itertools
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest

# As the door does, and for its reason; before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from streams.kafka.local_broker import Broker

with warnings.catch_warnings():
    # kafka-python 3.0.12 reads its message schemas while it is imported, by a function that newer
    # versions of Python call deprecated. Imported here once, before any test makes warnings errors.
    warnings.simplefilter("ignore", DeprecationWarning)
    import kafka as _kafka  # noqa: F401

# Code is judged, not luck: the same examples each time. `make dice` takes others, and many more.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("dice", max_examples=1000, deadline=None, print_blob=True)
hypothesis.settings.load_profile("same")

#: Seconds that a broker may take: several start at once, beside tests, on a machine that is shared.
BROKER_STARTS_S = 300.0

#: Programs that tests start, which are no modules to be searched for doctests.
collect_ignore = ["integration/worker/apps"]


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka: that of KAFKA_BOOTSTRAP, else of a broker of the session's own."""
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        yield given
        return
    broker = a_broker(tmp_path_factory.mktemp("kafka"))
    broker.up(BROKER_STARTS_S)
    try:
        yield broker.bootstrap
    finally:
        broker.down()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of sample traces and public data that may stand beside the repository."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}")
    return folder


def a_broker(folder: Path) -> Broker:
    """A broker that has not been started, on ports that nobody else is given."""
    return Broker(folder, port=free_port(), controller_port=free_port())


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
