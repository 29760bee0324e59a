"""This computer: disks, the console's store and accounts, the hashing key, the page's files."""

import shutil
import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from field.console.access.network.listening import address, is_loopback
from field.console.databases import postgres_url, shown
from field.console.live.cluster import Cluster
from field.console.store.opening import default_address
from field.doctor.check import Check, first_of
from streams.config.console import ConsoleSettings, is_database_address
from streams.config.settings import ConfigError
from streams.kafka.local_broker import default_home
from streams.kafka.local_runtime import RuntimeMissing, find_java
from streams.privacy.hashing_key import KEY_VARIABLE, state_folder

_FEW_BYTES: Final = 200 << 20
_LITTLE_BYTES: Final = 2 << 30
_TIMEOUT_S: Final = 3
_CONSOLE: Final = Path(__file__).resolve().parents[1] / "console"


def disk(name: str, folder: Path) -> Check:
    """How much room the disk of a folder, or of what will hold it, has."""
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    usage = shutil.disk_usage(nearest)
    seen = f"{folder}: {usage.free / 2**30:.1f} GiB free of {usage.total / 2**30:.1f} GiB"
    if usage.free < _FEW_BYTES:
        return Check(name, "fail", seen, "make room at once: Kafka stops when its disk is full")
    if usage.free < _LITTLE_BYTES:
        return Check(name, "warn", seen, "make room")
    return Check(name, "ok", seen)


def broker_folder() -> Path:
    """Where a broker that `cellhound broker` started keeps its data."""
    return default_home()


def store_file(console: ConsoleSettings, cluster: str | None, prefix: str) -> str | None:
    """Path or address of the store that a console of this cluster and prefix has; ``None`` where
    it isn't set and the cluster isn't known."""
    if console.store or cluster is None:
        return console.store or None
    return default_address(Cluster(cluster, {}, {}).source(prefix))


def folder_of(store: str | None, env: Mapping[str, str]) -> Path:
    """The folder of the store, or of this user's state where the store is elsewhere."""
    return state_folder(env) if store is None or is_database_address(store) else Path(store).parent


def store(where: str) -> Check:
    """Whether the console's store can be read."""
    return _database("store", where, "meta", "the console makes it when it starts")


def accounts_place(console: ConsoleSettings, env: Mapping[str, str]) -> str:
    """Path or address of the accounts."""
    return console.accounts or str(state_folder(env) / "accounts.db")


def accounts(console: ConsoleSettings, where: str) -> Check:
    """Whether there are accounts where other computers reach the console."""
    name = "accounts"
    try:
        beyond = not is_loopback(address(console.listen)[0])
    except ConfigError as error:
        return Check(name, "fail", str(error), "set console.listen to HOST:PORT")
    count = _count(where, "accounts")
    seen = f"the console listens at {console.listen}, {count or 0} accounts"
    if beyond and not count:
        return Check(name, "fail", seen, "cellhound accounts add NAME --role admin")
    if beyond and not console.tls_cert and not console.proxy_user_header:
        todo = "set console.tls_cert and tls_key, or put a proxy with TLS before it"
        return Check(name, "warn", f"{seen}; passwords go unencrypted", todo)
    if not count:
        return Check(name, "ok", f"{seen}: who uses this computer is administrator")
    return Check(name, "ok", seen)


def hashing_key(env: Mapping[str, str]) -> Check:
    """Whether there is a key for people's identifiers, and who can read it."""
    name = "hashing_key"
    if env.get(KEY_VARIABLE):
        return Check(name, "ok", f"{KEY_VARIABLE} is set")
    path = state_folder(env) / "key"
    todo = f"with several computers set {KEY_VARIABLE} to one secret on all"
    if not path.exists():
        seen = f"{KEY_VARIABLE} is not set, and there is no {path} yet: one is made when needed"
        return Check(name, "warn", seen, todo)
    if path.stat().st_mode & 0o077:
        return Check(name, "fail", f"others can read {path}", f"chmod 600 {path}")
    return Check(name, "ok", f"{path}, of this computer alone; {todo}")


def java() -> Check:
    """Whether a broker could be started here."""
    try:
        return Check("java", "ok", find_java())
    except RuntimeMissing as error:
        return Check("java", "skipped", f"only cellhound broker needs it: {error}")


def page(console: Path = _CONSOLE) -> Check:
    """Whether the page's third-party files are there, byte by byte as they were reviewed."""
    name = "page"
    sums = console / "web" / "vendor.sha256"
    if not sums.is_file():
        return Check(name, "skipped", f"{sums.name} is not installed, so nothing can be compared")
    wrong = []
    for line in sums.read_text("utf-8").splitlines():
        digest, _, file = line.partition("  ")
        part = console / "static" / "vendor" / file
        if not part.is_file() or sha256(part.read_bytes()).hexdigest() != digest:
            wrong.append(file)
    if wrong:
        todo = "in a checkout: npm ci && npm run vendor in field/console/web; else install anew"
        return Check(name, "warn", f"missing or changed: {first_of(wrong)}: no map", todo)
    return Check(name, "ok", "all third-party files are as reviewed")


def _database(name: str, where: str, table: str, absent: str) -> Check:
    if not is_database_address(where) and not Path(where).exists():
        return Check(name, "skipped", f"{shown(where)} is not there yet: {absent}")
    count = _count(where, table)
    if count is None:
        todo = "see who holds it, or delete it: it is made anew from the topics"
        return Check(name, "fail", f"{shown(where)} can't be read as one", todo)
    return Check(name, "ok", f"{shown(where)} can be read")


def _count(where: str, table: str) -> int | None:
    """Rows of a table; ``None`` where there is no such table to be read."""
    if not is_database_address(where) and not Path(where).exists():
        return None
    engine = _engine(where)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(table):
                return None
            return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())
    except (SQLAlchemyError, sqlite3.Error, OSError):
        return None
    finally:
        engine.dispose()


def _engine(where: str) -> Engine:
    if is_database_address(where):
        return create_engine(postgres_url(where), connect_args={"connect_timeout": _TIMEOUT_S})
    path = Path(where).resolve()

    def connect() -> Any:
        # Read only, so that looking makes no file.
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_S)

    return create_engine("sqlite://", creator=connect)
