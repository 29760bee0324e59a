"""Which brokers this user has started, where their data lies, and which address each had last.

Each broker's folder keeps its own address (`Broker.last_port`). Folders beside the usual one are
listed in a file in that one, so that `cellhound broker status` and `down` find them without being
given a port or a folder again.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.kafka.local_broker import DEFAULT_PORT, Broker, BrokerError, default_home

_LIST = "brokers.json"


def broker_in(data: Path | None = None, port: int | None = None) -> Broker:
    """The broker whose data lies in ``data`` (else the usual folder), on ``port``, else on the one
    that it had last, else on 9092."""
    home = default_home() if data is None else data.resolve()
    return Broker(home, port=port or Broker(home).last_port or DEFAULT_PORT)


def remember(broker: Broker) -> None:
    """Lists the broker's folder, so that it is found again. Raises BrokerError."""
    usual = default_home()
    if broker.home == usual:
        return
    try:
        usual.mkdir(parents=True, exist_ok=True)
        with _alone(usual):
            folders = dict.fromkeys((*_listed(usual), str(broker.home)))
            there = [folder for folder in folders if Path(folder).is_dir()]
            new = usual / f"{_LIST}.new"
            new.write_text(json.dumps(there))
            new.replace(usual / _LIST)
    except OSError as error:
        raise BrokerError(f"{usual / _LIST} can't be written: {error}") from error


def known() -> list[Broker]:
    """All brokers that were started and whose folders are still there; that of the usual folder
    comes first, and always."""
    usual = default_home()
    others = [Path(folder) for folder in _listed(usual) if Path(folder).is_dir()]
    return [broker_in(home) for home in (usual, *others)]


def running() -> list[Broker]:
    """Those of `known` whose process runs, with the address that it has."""
    return [broker for broker in known() if broker.status().running]


def _listed(usual: Path) -> list[str]:
    try:
        listed = json.loads((usual / _LIST).read_text())
    except (OSError, ValueError):
        return []
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


@contextmanager
def _alone(usual: Path) -> Iterator[None]:
    with (usual / f"{_LIST}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
