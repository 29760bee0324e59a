"""Reverse proxies: whose headers are believed, and about what.

Off by default. Only a request that comes from one of ``console.proxy_addresses`` may name its user
or its client; from anywhere else the same headers are only text.
"""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers

from streams.config.console import ConsoleSettings
from streams.config.settings import ConfigError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies of the settings. Raises `ConfigError` for what is no address or network."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._header = settings.proxy_user_header.strip()
        self._networks = [_network(text) for text in settings.proxy_addresses]
        if self._header and not self._networks:
            raise ConfigError(
                "console.proxy_user_header is set and console.proxy_addresses is empty: name the"
                " addresses from which it is believed"
            )

    def trusts(self, peer: str) -> bool:
        """Whether a request from this address comes from a proxy of ours."""
        return _within(peer, self._networks)

    def user(self, peer: str, headers: Headers) -> str | None:
        """The user whom the proxy has let in; ``None`` where it names none.

        A header that is there twice counts as none: one of them may be the client's own.
        """
        if not self._header or not self.trusts(peer):
            return None
        named = headers.getlist(self._header)
        return named[0] if len(named) == 1 and named[0].strip() else None

    def client(self, peer: str, headers: Headers) -> str:
        """The address that asks: behind a proxy the last one before it in X-Forwarded-For."""
        if not self.trusts(peer):
            return peer
        chain = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        strangers = [part for part in chain if part and not self.trusts(part)]
        return strangers[-1] if strangers else peer


def _network(text: str) -> _Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"console.proxy_addresses: {text!r} is no address or network, such as 10.0.0.5 or"
            " 10.0.0.0/24"
        ) from error


def _within(address: str, networks: Sequence[_Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
