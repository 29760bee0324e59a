"""Faults of every kind, drawn by a seed, on a replayed city with three transmitters: after each run
the alerts are those of an undisturbed one.

`make chaos` strikes sixty times, four times a run, and prints a verdict for each; it takes the
better part of an hour. By the environment: CHAOS_FAULTS how often, CHAOS_A_RUN how many a run,
CHAOS_SEED the first seed, CHAOS_KINDS some kinds alone, CHAOS_STOP_S and CHAOS_AWAY_S how long what
is stopped stands, and how long a broker is away (s), CHAOS_OUT a file for the verdicts as JSON.
"""

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from benchmarks.measuring.chaos.city import city, made, undisturbed
from streams.kafka.local_broker import Broker
from tests.conftest import BROKER_STARTS_S, a_broker
from tests.integration.chaos import verdicts
from tests.integration.chaos.faults import KINDS, OF_BROKERS, Struck
from tests.integration.chaos.verdicts import Verdict, account_of, differences
from tests.integration.conftest import Known
from tests.integration.deployment import KEY, MISSED_SOON, SETTINGS, Deployment

pytestmark = [pytest.mark.integration]

FAULTS = int(os.environ.get("CHAOS_FAULTS", "8"))
A_RUN = int(os.environ.get("CHAOS_A_RUN", "4"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
NAMES = os.environ.get("CHAOS_KINDS", "").split() or list(KINDS)
STOP_S = float(os.environ.get("CHAOS_STOP_S", "60"))
AWAY_S = float(os.environ.get("CHAOS_AWAY_S", "600"))
#: A run takes at least so long, so that faults fall into it; arrival times pass so much faster.
SPEED = os.environ.get("CHAOS_SPEED", "30")
#: Faults begin so long after the one before (s).
PAUSE_S = (0.5, 4.0)
SETTLES_S = 600.0
_DISK = "size=3g"


def drawn(faults: int, a_run: int, names: list[str], seed: int) -> list[list[str]]:
    """The kinds of each run: all in turn, in an order of chance, so that each strikes as often."""
    order: list[str] = []
    chance = Random(seed)
    while len(order) < faults:
        order += chance.sample(names, len(names))
    order = order[:faults]
    return [order[at : at + a_run] for at in range(0, faults, a_run)]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The city, and what an undisturbed run finds."""
    folder = tmp_path_factory.mktemp("city")
    trace = made(city(SEED), SEED, folder)
    return Known(trace, folder, tuple(undisturbed(trace, folder / "out", SETTINGS, KEY)))


@pytest.fixture(scope="module")
def own_broker(class_path: Path) -> Iterator[Broker]:
    """A broker on a disk of its own, which may fill up; that takes the right to mount."""
    # Not among the tests' folders: what is mounted there another run couldn't tidy away.
    disk = Path(tempfile.mkdtemp(prefix="cellhound-chaos-"))
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", str(disk)], check=False, capture_output=True
    ).returncode
    if not mounted and "fill_the_brokers_disk" in NAMES:
        NAMES.remove("fill_the_brokers_disk")
        print("no right to mount a disk: fill_the_brokers_disk is left out")
    broker = a_broker(disk / "kafka", class_path)
    broker.up(BROKER_STARTS_S)
    try:
        yield broker
    finally:
        broker.down()
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=False)
        shutil.rmtree(disk, ignore_errors=True)


@pytest.fixture(scope="module")
def results() -> Iterator[list[Verdict]]:
    """All verdicts, written at the end."""
    found: list[Verdict] = []
    yield found
    if path := os.environ.get("CHAOS_OUT"):
        verdicts.write(found, Path(path))
    strikes = sum(len(one.faults) for one in found)
    print(f"\n{strikes} faults in {len(found)} runs, {sum(one.equal for one in found)} runs equal")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("run", range((FAULTS + A_RUN - 1) // A_RUN))
def test_no_fault_changes_an_alert(
    own_broker: Broker, town: Known, results: list[Verdict], tmp_path: Path, run: int
) -> None:
    names = drawn(FAULTS, A_RUN, NAMES, SEED)[run]
    deployment = Deployment(own_broker.bootstrap, f"c{uuid.uuid4().hex[:8]}-", tmp_path)
    deployment.create_topics()
    verdict = struck(deployment, town, names, SEED * 1000 + run, own_broker)
    verdict.run = run
    results.append(verdict)
    if path := os.environ.get("CHAOS_OUT"):
        verdicts.write(results, Path(path))
    print(f"\n{verdict.line()}", flush=True)
    assert verdict.equal, verdict.line()


def test_a_worker_that_stands_old_states_and_guests_change_nothing(
    deployment: Deployment, quarter_hour: Known
) -> None:
    names = ["stop_a_worker", "bring_the_old_state_back", "come_and_go"]
    verdict = struck(deployment, quarter_hour, names, 1, None, stop_s=8.0, speed="75")
    assert verdict.equal, verdict.line()
    assert not any(state.late for state in deployment.correlators().values())


def revive(deployment: Deployment, notes: list[str], count: int = 2) -> None:
    """Starts workers until so many live, as a service manager does. A worker whose broker fails
    may end; what it must not do is lose or change anything."""
    while sum(worker.alive() for worker in deployment.workers) < count:
        notes.append("a worker had ended and was started again")
        deployment.start(ready=False)


def settle(deployment: Deployment, notes: list[str]) -> None:
    """Waits until all is worked off, for as long as a busy machine may need; raises AssertionError
    where it isn't by then."""
    over_s = time.monotonic() + SETTLES_S
    while True:
        revive(deployment, notes)
        try:
            deployment.wait_until_idle()
        except AssertionError:
            if time.monotonic() > over_s:
                raise
        else:
            return


def struck(
    deployment: Deployment,
    known: Known,
    names: list[str],
    seed: int,
    broker: Broker | None,
    stop_s: float = STOP_S,
    speed: str = SPEED,
) -> Verdict:
    """One run: a replay, faults one after the other, and what came of it."""
    chance, begun = Random(seed), time.monotonic()
    deployment.settings |= MISSED_SOON
    # Small chunks, so that faults fall into the midst of things.
    deployment.settings["CELLHOUND__STREAMS__CHUNK_RECORDS"] = "50"
    struck = Struck(deployment, broker, stop_s=stop_s, away_s=AWAY_S)
    verdict = Verdict(0, seed, names, struck.notes)
    try:
        # A replay gives up where no broker answers for long: then all is there before the faults.
        first = bool({*names} & {*OF_BROKERS})
        if first:
            deployment.replay(known.trace)
        workers = [deployment.start(), deployment.start()]
        assert workers
        replay = None if first else deployment.start_replay(known.trace, speed)
        for name in names:
            time.sleep(chance.uniform(*PAUSE_S))
            revive(deployment, struck.notes)
            KINDS[name](struck, chance)
        if replay is not None:
            assert replay.wait(timeout=600) == 0, (deployment.folder / "replay.log").read_text()
        settle(deployment, struck.notes)
        verdict.differs += differences(deployment.alerts(), known.alerts)
        verdict.account = account_of(deployment)
        if verdict.account["exit code"]:
            verdict.differs.append("the account does not add up")
    except Exception as error:  # A run that fails is a verdict too; the others go on.
        verdict.differs.append(f"{type(error).__name__}: {error}"[:400])
    finally:
        deployment.stop_all()
    verdict.seconds = time.monotonic() - begun
    if not verdict.equal and (kept := os.environ.get("CHAOS_LOGS")):
        shutil.copytree(deployment.folder, Path(kept) / f"seed-{seed}", dirs_exist_ok=True)
    return verdict
