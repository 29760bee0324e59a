"""Faults of what workers and console stand on: the broker, and the disks."""

import os
import shutil
import signal
import time
from contextlib import suppress
from random import Random
from typing import Final

from streams.kafka.local_broker import Broker
from tests.conftest import BROKER_STARTS_S
from tests.integration.chaos.struck import Fault, Struck, fill
from tests.integration.disturbing import kill
from tests.integration.waiting import wait_until

#: How long a full disk is waited for to be noticed (s).
_NOTICED_S: Final = 20.0


def kill_the_broker(struck: Struck, chance: Random) -> None:
    """The broker is killed, and starts again over what it had written."""
    broker = _of_its_own(struck)
    kill(broker)
    time.sleep(chance.uniform(0.0, 3.0))
    broker.up(BROKER_STARTS_S)


def take_the_broker_away(struck: Struck, chance: Random) -> None:
    """No broker for a while."""
    broker = _of_its_own(struck)
    broker.down()
    time.sleep(struck.away_s)
    broker.up(BROKER_STARTS_S)
    struck.notes.append(f"away {struck.away_s:.0f} s")


def freeze_the_broker(struck: Struck, chance: Random) -> None:
    """The broker stands (SIGSTOP): connections stay open, and nothing is answered."""
    pid = _of_its_own(struck).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    time.sleep(struck.stop_s)
    os.kill(pid, signal.SIGCONT)
    struck.notes.append(f"frozen {struck.stop_s:.0f} s")


def fill_the_brokers_disk(struck: Struck, chance: Random) -> None:
    """The disk under the broker is full until somebody makes room and starts it again."""
    broker = _of_its_own(struck)
    filler = fill(broker.home)
    free = shutil.disk_usage(broker.home).free
    with suppress(AssertionError):
        wait_until(lambda: not broker.status().running, "the broker ends", _NOTICED_S)
    life = "lived" if broker.status().running else "had ended"
    struck.notes.append(f"{free} bytes free, the broker {life}")
    filler.unlink()
    broker.down()
    broker.up(BROKER_STARTS_S)


def fill_the_consoles_disk(struck: Struck, chance: Random) -> None:
    """The disk under the console's store is full until somebody makes room; the console lives."""
    console = struck.console
    assert console is not None, "this fault strikes a console, which must be there"
    filler = fill(console.store.parent)

    def trouble() -> str:
        return str(console.get("/api/health")["trouble"].get("ingest", ""))

    with suppress(AssertionError):
        wait_until(lambda: "full" in trouble() or "disk" in trouble(), "it says so", _NOTICED_S)
    struck.notes.append(f"the console: {trouble()[:80] or 'nothing had to be written'}")
    filler.unlink()
    wait_until(lambda: trouble() == "", "the console writes again")


def _of_its_own(struck: Struck) -> Broker:
    assert struck.broker is not None, "this fault strikes a broker, which must be the run's own"
    return struck.broker


OF_BROKERS: Final[tuple[Fault, ...]] = (
    *(kill_the_broker, take_the_broker_away, freeze_the_broker, fill_the_brokers_disk),
)
OF_CONSOLES: Final[tuple[Fault, ...]] = (fill_the_consoles_disk,)
