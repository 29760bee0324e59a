"""Faults of every kind, drawn by a seed, on a drawn city with three transmitters: after each run
the alerts are those of an undisturbed one, the account adds up, and no worker ended by itself.

`make chaos` strikes sixty times, six times a run, and prints a verdict for each; the first stop
lasts a minute and the first time without a broker ten, the others twelve and twenty seconds. By the
environment: CHAOS_FAULTS how often, CHAOS_A_RUN how many a run, CHAOS_SEED the first seed,
CHAOS_KINDS some kinds alone, CHAOS_STOP_S and CHAOS_AWAY_S how long what is stopped stands and a
broker is away (s; "600 20": the first of a kind so long, the others so long), CHAOS_PHONES how many
phones the city has, CHAOS_WORK a folder that keeps its recording for another run, CHAOS_OUT a file
for the verdicts as JSON, CHAOS_LOGS a folder for the logs of runs that were not equal.
"""

import doctest
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchmarks.measuring.chaos.city import city, made, undisturbed
from streams.kafka.local_broker import Broker
from tests.conftest import BROKER_STARTS_S, a_broker
from tests.integration.chaos import runs, verdicts
from tests.integration.chaos.faults import KINDS
from tests.integration.chaos.runs import Strike, drawn, run
from tests.integration.chaos.struck import NEW_PARTITIONS, Struck, small_disk
from tests.integration.chaos.verdicts import Verdict, differences
from tests.integration.conftest import Known
from tests.integration.console.console_process import Console
from tests.integration.deployment import KEY, SETTINGS, Deployment
from tests.integration.worker.worker_process import Worker

pytestmark = [pytest.mark.integration]

FAULTS = int(os.environ.get("CHAOS_FAULTS", "8"))
A_RUN = int(os.environ.get("CHAOS_A_RUN", "6"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
NAMES = os.environ.get("CHAOS_KINDS", "").split() or list(KINDS)
STOP_S = [float(one) for one in os.environ.get("CHAOS_STOP_S", "60 12").split()]
AWAY_S = [float(one) for one in os.environ.get("CHAOS_AWAY_S", "600 20").split()]
PHONES = int(os.environ.get("CHAOS_PHONES", "300"))
#: Without the right to mount a disk these are left out.
_ON_DISKS = ("fill_the_brokers_disk", "fill_the_consoles_disk")
_BROKERS_DISK, _CONSOLES_DISK = "1500m", "16m"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The city, and what an undisturbed run finds."""
    folder = Path(os.environ.get("CHAOS_WORK") or tmp_path_factory.mktemp("city"))
    folder.mkdir(parents=True, exist_ok=True)
    trace = made(city(SEED, phones=PHONES), SEED, folder)
    return Known(trace, folder, tuple(undisturbed(trace, folder / "out", SETTINGS, KEY)))


@pytest.fixture(scope="module")
def own_broker(class_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker on a disk of its own, which may fill up; that takes the right to mount."""
    with small_disk(_BROKERS_DISK) as disk:
        if disk is None:
            NAMES[:] = [name for name in NAMES if name not in _ON_DISKS]
            print(f"no right to mount a disk: {', '.join(_ON_DISKS)} are left out")
        broker: Broker = a_broker((disk or tmp_path_factory.mktemp("own")) / "kafka", class_path)
        broker.up(BROKER_STARTS_S)
        try:
            yield broker
        finally:
            broker.down()


@pytest.fixture(scope="module")
def results() -> Iterator[list[Verdict]]:
    """All verdicts, written at the end."""
    found: list[Verdict] = []
    yield found
    strikes = sum(len(one.faults) for one in found)
    print(f"\n{strikes} faults in {len(found)} runs, {sum(one.equal for one in found)} runs equal")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range((FAULTS + A_RUN - 1) // A_RUN))
def test_no_fault_changes_an_alert(
    own_broker: Broker, town: Known, results: list[Verdict], tmp_path: Path, number: int
) -> None:
    strikes = drawn(FAULTS, A_RUN, NAMES, SEED, STOP_S, AWAY_S)[number]
    deployment = Deployment(own_broker.bootstrap, f"c{uuid.uuid4().hex[:8]}-", tmp_path)
    deployment.create_topics()
    with small_disk(_CONSOLES_DISK) as disk:
        console = Console(deployment, disk or tmp_path).start()
        verdict = run(Struck(deployment, own_broker, console), town, strikes, SEED * 1000 + number)
    verdict.run = number
    results.append(verdict)
    if path := os.environ.get("CHAOS_OUT"):
        verdicts.write(results, Path(path))
    print(f"\n{verdict.line()}", flush=True)
    assert verdict.equal, verdict.line()


@pytest.mark.nightly
def test_a_worker_that_stands_old_states_and_guests_change_nothing(
    deployment: Deployment, quarter_hour: Known
) -> None:
    names = ["stop_a_worker", "bring_the_old_state_back", "one_three_one"]
    strikes = [Strike(name, stop_s=8.0) for name in names]
    verdict = run(Struck(deployment), quarter_hour, strikes, 1)
    assert verdict.equal, verdict.line()
    assert not any(state.late for state in deployment.correlators().values())


def test_the_examples() -> None:
    assert doctest.testmod(runs).failed == 0


def test_a_worker_that_ends_by_itself_is_seen(tmp_path: Path) -> None:
    """It is started again in either case; only who was killed, or ended for new partitions when
    there were some, was to end."""
    deployment = Deployment("nowhere:9", "", tmp_path)
    for number, text in enumerate(("a bug", "another", f"{NEW_PARTITIONS} (..)")):
        log = tmp_path / f"worker-{number}.log"
        log.write_text(f"{text}\n\n")
        process = subprocess.Popen(["true"])
        process.wait()
        deployment.workers.append(Worker(process, log, ended=text == "another"))
    struck = Struck(deployment)
    struck.revive(count=0)
    assert struck.wrong == [
        "worker 0 ended by itself: a bug",
        f"worker 2 ended by itself: {NEW_PARTITIONS} (..)",
    ]
    struck.revive(count=0)
    assert len(struck.wrong) == 2
    grown = Struck(deployment, grown=True)
    for worker in deployment.workers:
        worker.ended = False
    grown.revive(count=0)
    assert [one.partition(":")[0] for one in grown.wrong] == [
        "worker 0 ended by itself",
        "worker 1 ended by itself",
    ]


def test_differences_between_alerts_are_seen(quarter_hour: Known) -> None:
    due = quarter_hour.alerts
    assert differences([*due, *due], due) == []
    last = due[-1]
    assert differences(due[:-1], due) != []
    changed = msgspec.structs.replace(last, ts=last.ts + 1)
    assert differences([*due, changed], due) == [
        f"{last.alert_id} has two forms of revision {last.revision}"
    ]
