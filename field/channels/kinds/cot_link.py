"""Ways to a TAK server or mesh: TCP, TLS with a client certificate, UDP (multicast too).

A stream carries events one after the other, a datagram one. A server sends everybody's events to
everybody: they are read and thrown away, else its buffers would fill and it would disconnect us.
"""

import asyncio
import logging
import socket
import ssl
import tempfile
from contextlib import suppress
from errno import EMSGSIZE
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from field.channels.kinds.connected import tls_context
from streams.config.channels import CotSettings

_log = logging.getLogger(__name__)
_READ_BYTES: Final = 1 << 16
_CLOSES_S: Final = 1.0
#: A peer that acknowledges nothing for so long is gone. Without this the system goes on sending
#: into a link that is cut for a quarter of an hour, and all that time markers count as sent.
_SILENT_S: Final = 20
_ASKED_EVERY_S: Final = 5


def link(channel: CotSettings, password: str) -> "Stream | Datagrams":
    """The way that the channel's address asks for."""
    address = urlsplit(channel.url)
    assert address.hostname is not None
    assert address.port is not None
    if address.scheme == "udp":
        return Datagrams(address.hostname, address.port, channel.interface, channel.ttl)
    context = _context(channel, password) if address.scheme == "tls" else None
    return Stream(address.hostname, address.port, context)


class Stream:
    """TCP, with TLS where there is a context. Methods raise OSError (of which ssl's errors are);
    ``connect`` connects anew, ``lost`` returns why, once the connection is no more."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self._host, self._port, self._context = host, port, context
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> None:
        await self.close()
        self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._context)
        _give_up_early(self._streams[1].get_extra_info("socket"))

    async def write(self, events: list[bytes]) -> None:
        if self._streams is None:
            raise ConnectionError("not connected")
        self._streams[1].write(b"".join(events))
        await self._streams[1].drain()

    async def lost(self) -> str:
        try:
            while self._streams is not None and await self._streams[0].read(_READ_BYTES):
                pass
        except OSError as error:
            return str(error) or type(error).__name__
        return "the server closed the connection"

    async def close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            try:
                async with asyncio.timeout(_CLOSES_S):
                    await streams[1].wait_closed()
            except (OSError, TimeoutError):
                # Gone, or a peer that does not answer the closing. Where TLS is over by then, older
                # versions of Python 3.11 find nothing to abort, and fail.
                with suppress(AttributeError):
                    streams[1].transport.abort()


class Datagrams:
    """As `Stream` by UDP, whose connection is never lost: to a host or a multicast group, by the
    interface of an own address where one is given."""

    def __init__(self, host: str, port: int, interface: str, ttl: int) -> None:
        self._host, self._port, self._interface, self._ttl = host, port, interface, ttl
        self._socket: socket.socket | None = None
        self._to: tuple[str, int] = (host, port)

    async def connect(self) -> None:
        await self.close()
        found = await asyncio.get_running_loop().getaddrinfo(
            self._host, self._port, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )
        self._to = (str(found[0][4][0]), self._port)
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self._ttl)
        if self._interface:
            own = socket.inet_aton(self._interface)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        self._socket = made

    async def write(self, events: list[bytes]) -> None:
        if self._socket is None:
            raise ConnectionError("not connected")
        for event in events:
            try:
                await asyncio.get_running_loop().sock_sendto(self._socket, event, self._to)
            except OSError as error:
                if error.errno != EMSGSIZE:
                    raise
                # No mesh takes it, whenever; those behind it are not to wait for that.
                _log.warning("an event of %d bytes is too long for a datagram", len(event))

    async def lost(self) -> str:
        await asyncio.Event().wait()
        return ""

    async def close(self) -> None:
        made, self._socket = self._socket, None
        if made is not None:
            made.close()


def _give_up_early(made: socket.socket) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": _ASKED_EVERY_S,
        "TCP_KEEPINTVL": _ASKED_EVERY_S,
        "TCP_KEEPCNT": _SILENT_S // _ASKED_EVERY_S,
        "TCP_USER_TIMEOUT": _SILENT_S * 1000,
    }
    for name, value in options.items():
        # Not all systems have all of them; the loss is then noticed later.
        if (option := getattr(socket, name, None)) is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)


def _context(channel: CotSettings, password: str) -> ssl.SSLContext:
    context = tls_context(channel, password)
    context.check_hostname = channel.check_hostname
    if channel.p12_file:
        _load_p12(context, Path(channel.p12_file).read_bytes(), password, bool(channel.ca_file))
    return context


def _load_p12(context: ssl.SSLContext, bundle: bytes, password: str, has_authority: bool) -> None:
    """Certificate and key out of PKCS #12, and its authorities where none is given otherwise.

    Raises ValueError for a wrong password or a broken file.
    """
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        pkcs12,
    )

    key, certificate, more = pkcs12.load_key_and_certificates(bundle, password.encode() or None)
    if key is None or certificate is None:
        raise ValueError("holds no certificate with its key")
    secret = password or "cellhound"
    sealed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret.encode())
    )
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (certificate, *more))
    # The ssl module takes files only; what is written is sealed, readable by its owner, and gone.
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(sealed + chain)
        file.flush()
        context.load_cert_chain(file.name, password=secret)
    if not has_authority:
        for one in more:
            context.load_verify_locations(cadata=one.public_bytes(Encoding.PEM).decode())
