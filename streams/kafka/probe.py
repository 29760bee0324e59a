"""Asks a port whether an Apache Kafka broker answers there, and to which cluster it belongs.

A listening socket is not a ready broker: Kafka opens its port before it serves. So the probe sends
a real request and reads the answer. It is written on the bare socket because a client library
retries, logs and needs seconds to give up, where a probe must say yes or no at once.

Without TLS the request is Metadata (version 2, the first that names the cluster; no topics asked
for). With TLS it is ApiVersions, which a broker answers before anybody has signed in: it shows that
a Kafka is there and takes our TLS, not that it would take our password, nor which cluster it is.
"""

import socket
import ssl
import struct
from urllib.parse import urlsplit

KAFKA_PORT = 9092
_METADATA_KEY = 3
_METADATA_VERSION = 2
_API_VERSIONS_KEY = 18
_CORRELATION_ID = 0x0CE11
_MAX_ANSWER_BYTES = 1 << 20


def addresses(bootstrap: str) -> list[tuple[str, int]]:
    """Host and port of each broker in a list of `host`, `host:port` or `[v6]:port`.

    >>> addresses("127.0.0.1:9093, [::1]")
    [('127.0.0.1', 9093), ('::1', 9092)]
    """
    parts = (urlsplit(f"//{server.strip()}") for server in bootstrap.split(","))
    return [(part.hostname or "127.0.0.1", part.port or KAFKA_PORT) for part in parts]


def is_listening(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether any program accepts connections on `host`:`port`."""
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except OSError:
        return False
    return True


def cluster_id(host: str, port: int, timeout_s: float = 2.0) -> str | None:
    """The id of the cluster whose broker answers on `host`:`port`; None when no Kafka answers."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_request(_METADATA_KEY, _METADATA_VERSION, struct.pack(">i", 0)))
            size = struct.unpack(">i", _receive(connection, 4))[0]
            if not 0 < size <= _MAX_ANSWER_BYTES:
                return None
            return _cluster_id_of(_receive(connection, size))
    except (OSError, struct.error, UnicodeDecodeError):
        # Refused, silent, closed half way or speaking another protocol: all mean "no broker here".
        return None


def knock(host: str, port: int, context: ssl.SSLContext, timeout_s: float = 2.0) -> bool:
    """Whether a Kafka answers on `host`:`port` behind TLS; False also where nobody listens.

    Raises OSError where TLS is refused by either side, `ssl.SSLError` among them.
    """
    try:
        bare = socket.create_connection((host, port), timeout=timeout_s)
    except OSError:
        return False
    with bare, context.wrap_socket(bare, server_hostname=host) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.sendall(_request(_API_VERSIONS_KEY, 0, b""))
            size = struct.unpack(">i", _receive(connection, 4))[0]
            if not 4 <= size <= _MAX_ANSWER_BYTES:
                return False
            answered: int = struct.unpack_from(">i", _receive(connection, size))[0]
            return answered == _CORRELATION_ID
        except TimeoutError:
            return False


def _request(key: int, version: int, body: bytes) -> bytes:
    client = b"cellhound"
    header = struct.pack(">hhih", key, version, _CORRELATION_ID, len(client))
    return struct.pack(">i", len(header) + len(client) + len(body)) + header + client + body


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("closed before the answer was whole")
        received += part
    return received


def _cluster_id_of(answer: bytes) -> str | None:
    """Layout: correlation id, brokers (id, host, port, rack), cluster id, and more unread."""
    correlation_id, brokers = struct.unpack_from(">ii", answer)
    if correlation_id != _CORRELATION_ID:
        return None
    position = 8
    for _ in range(brokers):
        _, position = _string_at(answer, position + 4)
        _, position = _string_at(answer, position + 4)
    found, _ = _string_at(answer, position)
    return found or None


def _string_at(answer: bytes, position: int) -> tuple[str, int]:
    """A string with its length before it (-1: null, given back as empty), and where it ends."""
    length = max(struct.unpack_from(">h", answer, position)[0], 0)
    end = position + 2 + length
    return answer[position + 2 : end].decode(), end
