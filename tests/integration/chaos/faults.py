"""Faults of workers, of states and of what they agree on; those of broker and disks are beside it.

Whatever they do, alerts must not differ from an undisturbed run's.
"""

import asyncio
import signal
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Final

import msgspec
from kafka import KafkaAdminClient
from kafka.admin import NewPartitions

from streams.kafka.topics import JOINED
from streams.state.form import FORMER_OFFSETS, MANIFEST
from streams.state.search import newest_state
from tests.integration.chaos.faults_beneath import OF_BROKERS, OF_CONSOLES
from tests.integration.chaos.struck import NEW_PARTITIONS, Fault, Struck
from tests.integration.waiting import wait_until

_STATES: Final = "fbs.correlators"


def kill_a_worker(struck: Struck, chance: Random) -> None:
    """One of the workers is killed, and another started."""
    chance.choice(struck.workers).kill()
    struck.deployment.start()


def kill_all_workers(struck: Struck, chance: Random) -> None:
    """All workers at once, as when their machine loses power."""
    with _none_at_work(struck):
        pass


def stop_a_worker(struck: Struck, chance: Random) -> None:
    """A worker stands (SIGSTOP) for longer than its group waits, and goes on."""
    worker = chance.choice(struck.workers)
    worker.process.send_signal(signal.SIGSTOP)
    time.sleep(struck.stop_s)
    worker.process.send_signal(signal.SIGCONT)


def one_three_one(struck: Struck, chance: Random) -> None:
    """One worker alone, three, and one again; then there are two as before."""
    first, *others = struck.workers
    for worker in others:
        worker.stop()
    guests = [struck.deployment.start(), struck.deployment.start()]
    time.sleep(chance.uniform(0.0, 2.0))
    for guest in guests:
        guest.stop()
    time.sleep(chance.uniform(0.0, 2.0))
    assert first.alive(), first.log_text()
    struck.deployment.start()


def damage_the_state(struck: Struck, chance: Random) -> None:
    """The newest record of each correlator's state can't be read."""
    spoilt = chance.choice((b"\x00 torn", b"\xff" * 5000, b""))
    _under_states(struck, lambda values: spoilt)


def bring_the_old_state_back(struck: Struck, chance: Random) -> None:
    """The first record of each correlator's state stands last again, as after a restore."""
    _under_states(struck, lambda values: values[0])


def leave_states_of_the_former_form(struck: Struck, chance: Random) -> None:
    """The newest state of each correlator lies there as an earlier release stored it, in one
    record, and is taken up."""
    deployment = struck.deployment
    with _none_at_work(struck):
        producer = deployment.producer()
        numbers = {record.partition for record in deployment.read(_STATES)}
        for number in sorted(numbers):
            found = asyncio.run(newest_state(deployment.kafka(), number))
            content = zlib.compress(msgspec.msgpack.encode(found.state), 1)
            at = [(FORMER_OFFSETS, msgspec.json.encode(found.next_offset))]
            name, key = deployment.name(_STATES), b"%d" % number
            producer.send(name, content, key, partition=number, headers=at)
        producer.flush()
        producer.close()
        struck.notes.append(f"{len(numbers)} states of the former form")


def add_partitions(struck: Struck, chance: Random) -> None:
    """An input topic gets more partitions while workers read it: each worker ends with a sentence,
    and is started again."""
    deployment, old = struck.deployment, struck.workers
    topic = chance.choice(("cell.measurements", "cell.signalling", "sms.metadata"))
    count = deployment.create_topics()[topic] + 2
    struck.grown = True
    # Topics whose records are joined must have as many.
    grown = JOINED if topic in JOINED else (topic,)
    admin = KafkaAdminClient(bootstrap_servers=deployment.bootstrap)
    try:
        admin.create_partitions({deployment.name(one): NewPartitions(count) for one in grown})
    finally:
        admin.close()
    for worker in old:
        wait_until(lambda worker=worker: not worker.alive(), "a worker ends for new partitions")
        assert NEW_PARTITIONS in worker.log_text(), worker.log_text()
        worker.ended = True
        deployment.start(ready=False)
    struck.notes.append(f"{topic} has {count}")


def join_with_another_key(struck: Struck, chance: Random) -> None:
    """A worker with another hashing key would join: it is refused, and those at work go on."""
    before = dict(struck.deployment.settings)
    struck.deployment.settings["CELLHOUND_KEY"] = "another key, which others do not have"
    stranger = struck.deployment.start(ready=False)
    struck.deployment.settings.clear()
    struck.deployment.settings.update(before)
    try:
        wait_until(lambda: not stranger.alive(), "the stranger is refused")
        assert "is at work with another hashing key" in stranger.log_text(), stranger.log_text()
    finally:
        stranger.kill()
    struck.notes.append(f"refused, exit code {stranger.process.returncode}")


#: By name.
KINDS: Final[dict[str, Fault]] = {
    fault.__name__: fault
    for fault in (
        *(kill_a_worker, kill_all_workers, stop_a_worker, one_three_one),
        *(damage_the_state, bring_the_old_state_back, leave_states_of_the_former_form),
        *(add_partitions, join_with_another_key),
        *(*OF_BROKERS, *OF_CONSOLES),
    )
}


@contextmanager
def _none_at_work(struck: Struck) -> Iterator[None]:
    """Kills all workers, and starts as many afterwards."""
    count = len(struck.workers)
    for worker in struck.workers:
        worker.kill()
    yield
    for _ in range(count):
        struck.deployment.start()


def _under_states(struck: Struck, newest: Callable[[Sequence[bytes]], bytes]) -> None:
    """Writes a record behind all states of each correlator while no worker runs."""
    deployment = struck.deployment
    wait_until(lambda: bool(deployment.read(_STATES)), "there is a state")
    with _none_at_work(struck):
        states: dict[int, list[tuple[bytes, bytes, list[tuple[str, bytes]]]]] = {}
        for record in deployment.read(_STATES):
            if not any(name == MANIFEST for name, _ in record.headers):
                continue  # A piece of a state: which belong together, its manifest says.
            found = (record.key, record.value, list(record.headers))
            states.setdefault(record.partition, []).append(found)
        producer = deployment.producer()
        for number, records in states.items():
            value = newest([value for _, value, _ in records])
            key, _, headers = records[0]
            producer.send(deployment.name(_STATES), value, key, partition=number, headers=headers)
        producer.flush()
        producer.close()
        struck.notes.append(f"{len(states)} states")
