"""Faults that strike a deployment at work, each with a name. Whatever they do, alerts must not
differ from an undisturbed run's.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

from kafka import KafkaAdminClient
from kafka.admin import NewPartitions

from streams.kafka.local_broker import Broker
from streams.state.form import MANIFEST
from tests.integration.deployment import Deployment, kill
from tests.integration.waiting import wait_until
from tests.integration.worker.worker_process import Worker

_ANSWERS_S: Final = 300.0
_CHUNK: Final = b"\x00" * (1 << 20)


@dataclass
class Struck:
    """What is struck: a deployment with its workers, and a broker of its own if it may be hit.

    ``stop_s`` is how long what is stopped stands, ``away_s`` how long a broker is away; ``notes``
    is what a fault wants known about how it went.
    """

    deployment: Deployment
    broker: Broker | None = None
    stop_s: float = 60.0
    away_s: float = 600.0
    notes: list[str] = field(default_factory=list)

    @property
    def workers(self) -> list[Worker]:
        """Those alive."""
        return [worker for worker in self.deployment.workers if worker.alive()]


Fault = Callable[[Struck, Random], None]


def kill_a_worker(struck: Struck, chance: Random) -> None:
    """One of the workers is killed, and another started."""
    chance.choice(struck.workers).kill()
    struck.deployment.start()


def kill_all_workers(struck: Struck, chance: Random) -> None:
    """All workers at once, as when their machine loses power."""
    count = len(struck.workers)
    for worker in struck.workers:
        worker.kill()
    for _ in range(count):
        struck.deployment.start()


def stop_a_worker(struck: Struck, chance: Random) -> None:
    """A worker stands (SIGSTOP) for longer than its group waits, and goes on."""
    worker = chance.choice(struck.workers)
    worker.process.send_signal(signal.SIGSTOP)
    time.sleep(struck.stop_s)
    worker.process.send_signal(signal.SIGCONT)


def come_and_go(struck: Struck, chance: Random) -> None:
    """Two more workers join, and leave again."""
    guests = [struck.deployment.start(), struck.deployment.start()]
    time.sleep(chance.uniform(0.0, 2.0))
    for guest in guests:
        guest.stop()


def damage_the_state(struck: Struck, chance: Random) -> None:
    """The newest record of each correlator's state can't be read."""
    spoilt = chance.choice((b"\x00 torn", b"\xff" * 5000, b""))
    _under_states(struck, lambda values: spoilt)


def bring_the_old_state_back(struck: Struck, chance: Random) -> None:
    """The first record of each correlator's state stands last again, as after a restore."""
    _under_states(struck, lambda values: values[0])


def kill_the_broker(struck: Struck, chance: Random) -> None:
    """The broker is killed, and starts again over what it had written."""
    broker = _of_its_own(struck)
    kill(broker)
    time.sleep(chance.uniform(0.0, 3.0))
    broker.up(_ANSWERS_S)


def take_the_broker_away(struck: Struck, chance: Random) -> None:
    """No broker for a while."""
    broker = _of_its_own(struck)
    broker.down()
    time.sleep(struck.away_s)
    broker.up(_ANSWERS_S)


def freeze_the_broker(struck: Struck, chance: Random) -> None:
    """The broker stands (SIGSTOP): connections stay open, and nothing is answered."""
    pid = _of_its_own(struck).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    time.sleep(struck.stop_s / 2)
    os.kill(pid, signal.SIGCONT)


def fill_the_brokers_disk(struck: Struck, chance: Random) -> None:
    """The disk under the broker is full until somebody makes room and starts it again."""
    broker = _of_its_own(struck)
    filler = broker.home / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(_CHUNK)
            file.flush()
    free = shutil.disk_usage(broker.home).free
    time.sleep(10.0)
    struck.notes.append(f"{free} bytes free, the broker {_life(broker)}")
    filler.unlink()
    broker.down()
    broker.up(_ANSWERS_S)


def add_partitions(struck: Struck, chance: Random) -> None:
    """An input topic gets more partitions while workers read it."""
    deployment = struck.deployment
    topic = chance.choice(("cell.measurements", "cell.signalling", "sms.metadata"))
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        admin.create_partitions({deployment.name(topic): NewPartitions(6)})
    finally:
        admin.close()
    struck.notes.append(f"{topic} has 6")


def join_with_another_key(struck: Struck, chance: Random) -> None:
    """A worker with another hashing key joins; that it is refused is as good as equal alerts."""
    before = dict(struck.deployment.settings)
    struck.deployment.settings["CELLHOUND_KEY"] = "another key, which others do not have"
    stranger = struck.deployment.start(ready=False)
    struck.deployment.settings.clear()
    struck.deployment.settings.update(before)
    with suppress(AssertionError):
        wait_until(lambda: not stranger.alive(), "the stranger is refused", 15.0)
    if stranger.alive():
        stranger.kill()
        struck.notes.append("not refused")
    else:
        struck.notes.append(f"refused, exit code {stranger.process.returncode}")


#: By name. Those of `OF_BROKERS` strike a broker that is the run's own.
KINDS: Final[dict[str, Fault]] = {
    fault.__name__: fault
    for fault in (
        *(kill_a_worker, kill_all_workers, stop_a_worker, come_and_go),
        *(damage_the_state, bring_the_old_state_back),
        *(kill_the_broker, take_the_broker_away, freeze_the_broker, fill_the_brokers_disk),
        *(add_partitions, join_with_another_key),
    )
}
OF_BROKERS: Final = (
    *("kill_the_broker", "take_the_broker_away", "freeze_the_broker", "fill_the_brokers_disk"),
)


def _of_its_own(struck: Struck) -> Broker:
    assert struck.broker is not None, "this fault strikes a broker, which must be the run's own"
    return struck.broker


def _life(broker: Broker) -> str:
    return "lives" if broker.status().running else "has ended"


def _under_states(struck: Struck, newest: Callable[[Sequence[bytes]], bytes]) -> None:
    """Writes a record behind all states of each correlator while no worker runs."""
    wait_until(lambda: bool(struck.deployment.read("fbs.correlators")), "there is a state")
    count = len(struck.workers)
    for worker in struck.workers:
        worker.kill()
    deployment = struck.deployment
    states: dict[int, list[tuple[bytes, bytes, list[tuple[str, bytes]]]]] = {}
    for record in deployment.read("fbs.correlators"):
        if not any(name == MANIFEST for name, _ in record.headers):
            continue  # A piece of a state: which pieces belong together, its manifest says.
        states.setdefault(record.partition, []).append(
            (record.key, record.value, list(record.headers))
        )
    producer = deployment.producer()
    for number, records in states.items():
        value = newest([value for _, value, _ in records])
        key, _, headers = records[0]
        producer.send(
            deployment.name("fbs.correlators"), value, key, partition=number, headers=headers
        )
    producer.flush()
    producer.close()
    struck.notes.append(f"{len(states)} states")
    for _ in range(count):
        deployment.start()
