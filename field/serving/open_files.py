"""How many files this process may have open, and how many of them connections may take.

Each connection is an open file, and so are those to Kafka and the database. A console whose
visitors took them all would be cut off from both, so a part is kept for them.
"""

import resource

from streams.config.connections import ConnectionLimits
from streams.config.settings import ConfigError

#: With fewer a page and its stream would be in each other's way.
_LEAST = 16


def allowed(
    limits: ConnectionLimits, soft: int | None, hard: int | None, setting: str = "console.limits"
) -> tuple[int, int | None]:
    """Connections that may be taken, and the limit of open files to ask for; ``None``: none.
    ``setting`` is where the limits are set.

    Raises `ConfigError` where next to nothing is left.

    >>> allowed(ConnectionLimits(), 1024, None)
    (1000, 1256)
    >>> allowed(ConnectionLimits(), 1024, 1024)
    (768, 1024)
    """
    wanted = limits.connections + limits.reserved_files
    files = soft
    if soft is not None and soft < wanted:
        files = wanted if hard is None else max(soft, min(hard, wanted))
    most = limits.connections
    if files is not None:
        most = min(most, files - limits.reserved_files)
    if most < _LEAST:
        raise ConfigError(
            f"{setting}.reserved_files: a process may have {files} files open here, and"
            f" {limits.reserved_files} are kept for Kafka and the database, which leaves {most} for"
            f" connections; at least {_LEAST} are needed. Raise the limit (ulimit -n, or"
            " LimitNOFILE of systemd) or lower the key."
        )
    return most, files


def limits_here() -> tuple[int | None, int | None]:
    """The limit of open files of this process, and how far it may be raised; ``None``: none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _finite(soft), _finite(hard)


def claim(limits: ConnectionLimits, setting: str = "console.limits") -> int:
    """Raises the limit of open files as far as is needed and may be; connections that may be taken.

    Raises `ConfigError`.
    """
    soft, hard = limits_here()
    most, files = allowed(limits, soft, hard, setting)
    if files is not None and files != soft:
        most_files = resource.RLIM_INFINITY if hard is None else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most_files))
    return most


def _finite(limit: int) -> int | None:
    return None if limit == resource.RLIM_INFINITY else limit
