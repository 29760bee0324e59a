"""Addresses that a program listens on or connects to, and which lead nowhere but to this
computer."""

import ipaddress
from urllib.parse import urlsplit

from streams.config_error import ConfigError


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches ``host``.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(listen: str, setting: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[V6]:PORT``, the value of a setting. Raises
    `ConfigError`, which names it.

    >>> address("127.0.0.1:8340", "listen"), address("[::1]:80", "listen")
    (('127.0.0.1', 8340), ('::1', 80))
    """
    try:
        parts = urlsplit(f"//{listen}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.netloc != listen or "@" in listen:
        raise ConfigError(f"{setting}: {listen!r} is no address; give HOST:PORT")
    return host, port


def in_url(host: str) -> str:
    """A host as it stands before a port.

    >>> in_url("127.0.0.1"), in_url("::1")
    ('127.0.0.1', '[::1]')
    """
    return f"[{host}]" if ":" in host else host


def address_key(address: str) -> str:
    """The network that one attacker holds: an IPv4 address, or the /64 of an IPv6 one.

    >>> address_key("192.0.2.7"), address_key("2001:db8::1:2:3:4"), address_key("unix")
    ('192.0.2.7', '2001:db8::/64', 'unix')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
