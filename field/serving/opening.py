"""What a program with a port needs before it serves: the socket, and Uvicorn's settings."""

import math
import socket
from typing import Any, Final

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from streams.config.connections import ConnectionLimits
from streams.config.operation import LoggingSettings
from streams.config.settings import ConfigError
from streams.listening import address

_BACKLOG: Final = 512
_MOST_HEAD_BYTES: Final = 32 * 1024


def server_config(
    app: Any,
    limits: ConnectionLimits,
    certificate: tuple[str, str],
    logging: LoggingSettings,
    grace_s: int,
) -> uvicorn.Config:
    """Uvicorn's settings; ``certificate`` are the files of a certificate and its key, empty for no
    TLS. Requests that are under way when it ends have ``grace_s``."""
    return uvicorn.Config(
        app,
        log_level="warning",
        # As JSON its lines go the way of all others.
        log_config=None if logging.format == "json" else LOGGING_CONFIG,
        access_log=False,
        server_header=False,
        # Who is behind a proxy is the accounts' affair, which trust those that are named to them.
        proxy_headers=False,
        # Another protocol would leave the gate with the connection.
        ws="none",
        h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        timeout_keep_alive=math.ceil(limits.idle_s),
        timeout_graceful_shutdown=grace_s,
        ssl_certfile=certificate[0] or None,
        ssl_keyfile=certificate[1] or None,
    )


def listening(listen: str, setting: str) -> socket.socket:
    """A socket at the address that a setting has. Raises ConfigError."""
    host, port = address(listen, setting)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"{setting}: can't listen on {listen} ({error.strerror or error}). Name another"
            " address with --listen HOST:PORT."
        ) from error
    return listener
