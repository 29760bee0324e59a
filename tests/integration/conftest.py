"""Fixtures of the tests of the whole: a small trace, what `detect` makes of it, a deployment."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from benchmarks.measuring.console.page_stage import CHROMIUM, CHROMIUM_ARGS
from detectors.alert.record import Alert
from replay.detect import detect
from replay.simulate import load_scenario, simulate
from streams.config.settings import load_settings
from streams.kafka.local_broker import Broker
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key
from tests.conftest import BROKER_STARTS_S, a_broker, alone
from tests.integration.deployment import KEY, SETTINGS, Deployment
from tests.integration.page.seen import PATIENCE_MS

#: Without WebGL, and painted without the program that stands in for a graphics card.
PLAIN_ARGS = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis")
#: That program draws the map, and nothing around it.
DRAWING_ARGS = (*CHROMIUM_ARGS, "--disable-gpu-compositing")


@dataclass(frozen=True)
class Known:
    """A trace, and every alert revision that `detect` finds in it."""

    trace: Path
    out: Path
    alerts: tuple[Alert, ...]


@pytest.fixture(scope="session")
def quarter_hour(run_folder: Path) -> Known:
    """A simulated quarter of an hour with one transmitter, made once for all processes of a run."""
    folder = run_folder / "quarter-hour"
    folder.mkdir(exist_ok=True)
    with alone(folder):
        if not (folder / "made").exists():
            scenario = load_scenario(Path(__file__).parent / "data" / "quarter-hour.yaml")
            simulate(scenario, 1, folder / "trace")
            known(folder / "trace", folder / "out")
            (folder / "made").touch()
    return read_known(folder / "trace", folder / "out")


def known(trace: Path, out: Path) -> Known:
    """What `detect` finds in a trace, with the key and the settings of all tests."""
    settings = load_settings(env=SETTINGS)
    hasher = Hasher(load_key({"CELLHOUND_KEY": KEY}).key, settings.senders)
    detect(trace, out, settings, hasher)
    return read_known(trace, out)


def read_known(trace: Path, out: Path) -> Known:
    """What `detect` left in a folder."""
    lines = (out / "alerts.jsonl").read_bytes().splitlines()
    return Known(trace, out, tuple(msgspec.json.decode(line, type=Alert) for line in lines))


@pytest.fixture
def deployment(kafka: str, tmp_path: Path) -> Iterator[Deployment]:
    """Topics of the test's own; its workers end with it."""
    made = Deployment(kafka, f"w{uuid.uuid4().hex[:8]}-", tmp_path)
    made.create_topics()
    yield made
    made.stop_all()
    made.delete_topics()


@pytest.fixture
def producer(deployment: Deployment) -> Iterator[KafkaProducer]:
    """A producer for the deployment's topics."""
    found = deployment.producer()
    yield found
    found.close()


@pytest.fixture
def broker(tmp_path: Path, class_path: Path) -> Iterator[Broker]:
    """A broker of the test's own, which it may kill."""
    found = a_broker(tmp_path / "kafka", class_path)
    found.up(BROKER_STARTS_S)
    yield found
    found.down()


@pytest.fixture(scope="module")
def player() -> Iterator[Playwright]:
    """What starts browsers. Not for the whole session: its event loop would stand in the way of
    others."""
    # Else 5 s, and the machine may stand for that long.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(player: Playwright) -> Iterator[Browser]:
    """Chromium as on a device that can't draw the map, for all that is no question of the map: the
    program that stands in for a graphics card takes most of the time that such a page takes."""
    yield from launched(player, PLAIN_ARGS)


@pytest.fixture(scope="module")
def drawing_browser(player: Playwright) -> Iterator[Browser]:
    """Chromium that draws the map."""
    yield from launched(player, DRAWING_ARGS)


def launched(player: Playwright, args: Sequence[str]) -> Iterator[Browser]:
    """Chromium, until it is needed no more."""
    chromium = player.chromium.launch(executable_path=CHROMIUM, args=args, timeout=3 * PATIENCE_MS)
    yield chromium
    chromium.close()
