"""This computer: disks, the console's store and accounts, the hashing key, the page's files."""

import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from field.console.access.network import listening
from field.console.databases import asked, shown
from field.console.live.cluster import Cluster
from field.console.store.opening import default_address
from field.doctor.check import Check, first_of, found
from field.formats.words.moments import iso, moment
from field.serving.open_files import allowed, limits_here
from streams.config.console import ConsoleSettings, is_database_address
from streams.config.settings import ConfigError
from streams.kafka.local_runtime import RuntimeMissing, find_java
from streams.privacy.hashing_key import KEY_VARIABLE, KeyUnavailable, load_key, state_folder

_FEW_BYTES: Final = 200 << 20
_LITTLE_BYTES: Final = 2 << 30
_CONSOLE: Final = Path(__file__).resolve().parents[1] / "console"


def disk(name: str, folder: Path) -> Check:
    """How much room the disk of a folder, or of what will hold it, has."""
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    usage = shutil.disk_usage(nearest)
    case = "few" if usage.free < _FEW_BYTES else "little" if usage.free < _LITTLE_BYTES else "ok"
    free, total = usage.free / 2**30, usage.total / 2**30
    return found("disk", case, name, folder=folder, free=free, total=total)


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
    if not is_database_address(where) and not Path(where).exists():
        return found("store", "absent", where=shown(where))
    case = "broken" if asked(where, _count("meta")) is None else "ok"
    return found("store", case, where=shown(where))


def accounts(console: ConsoleSettings, where: str) -> Check:
    """Whether a console may listen as it is set, with the accounts at ``where``."""
    count = asked(where, _count("accounts")) or 0
    try:
        listening.check(console, has_accounts=bool(count))
    except ConfigError as error:
        return found("accounts", "refused", error=error)
    case = "none" if not count else "no_tls" if listening.is_plain(console) else "ok"
    return found("accounts", case, listen=console.listen, count=count)


def open_files(console: ConsoleSettings) -> Check:
    """Whether a console started from here may have as many files open as its connections need."""
    here = limits_here()
    try:
        most, _files = allowed(console.limits, *here)
    except ConfigError as error:
        return found("open_files", "too_few", error=error)
    case = "fewer" if most < console.limits.connections else "ok"
    reserved, wanted = console.limits.reserved_files, console.limits.connections
    return found("open_files", case, most=most, wanted=wanted, reserved=reserved)


def hashing_key(env: Mapping[str, str]) -> Check:
    """Whether there is a key for people's identifiers, and who can read it."""
    path, case = state_folder(env) / "key", "ok"
    if env.get(KEY_VARIABLE):
        case = "set"
    elif not path.exists():
        case = "absent"
    elif path.stat().st_mode & 0o077:
        case = "open"
    if case in ("set", "ok"):
        try:
            key = load_key(env)
        except KeyUnavailable as error:
            return found("hashing_key", "weak", error=error)
        if key.former_id:
            case = "changes"
        return found(
            "hashing_key",
            case,
            variable=KEY_VARIABLE,
            path=path,
            id=key.id,
            former=key.former_id,
            moment=iso(moment(key.from_ms)),
        )
    return found("hashing_key", case, variable=KEY_VARIABLE, path=path)


def java() -> Check:
    """Whether a broker could be started here."""
    try:
        return found("java", "ok", found=find_java())
    except RuntimeMissing as error:
        return found("java", "none", error=error)


def page(console: Path = _CONSOLE) -> Check:
    """Whether the page's third-party files are there, byte by byte as they were reviewed."""
    sums = console / "web" / "vendor.sha256"
    if not sums.is_file():
        return found("page", "no_sums", file=sums.name)
    wrong = []
    for line in sums.read_text("utf-8").splitlines():
        digest, _, file = line.partition("  ")
        part = console / "static" / "vendor" / file
        if not part.is_file() or sha256(part.read_bytes()).hexdigest() != digest:
            wrong.append(file)
    return found("page", "wrong" if wrong else "ok", wrong=first_of(wrong))


def _count(table: str) -> Callable[[Engine], int]:
    """What asks for the rows of a table."""

    def count(engine: Engine) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())

    return count
