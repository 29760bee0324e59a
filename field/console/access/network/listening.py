"""Where the console may listen: beyond loopback only with accounts, and by TLS or behind a proxy
unless plain text is allowed; TLS is whole or not there."""

import os
import ssl

from streams.config.console import ConsoleSettings
from streams.config.settings import ConfigError
from streams.listening import address, is_loopback


def check(settings: ConsoleSettings, has_accounts: bool) -> None:
    """Raises `ConfigError` where the console must not listen as it is set."""
    host, _port = address(settings.listen, "console.listen")
    if not is_loopback(host) and not has_accounts:
        raise ConfigError(
            f"console.listen: {settings.listen} is reached from other computers, but there are no"
            " accounts, so everybody could do everything. Add one first:"
            " cellhound accounts add NAME --role admin"
        )
    if is_plain(settings) and not settings.allow_plain:
        raise ConfigError(
            f"console.listen: {settings.listen} is reached from other computers, and passwords and"
            " places would cross the network in plain text. Set console.tls_cert and"
            " console.tls_key; or, where a proxy in front of it ends TLS, console.proxy_addresses"
            " or a console.public_url that begins with https://; or console.allow_plain: true"
        )
    if bool(settings.tls_cert) != bool(settings.tls_key):
        given, missing = ("tls_cert", "tls_key") if settings.tls_cert else ("tls_key", "tls_cert")
        raise ConfigError(f"console.{given} is set and console.{missing} is not: name both or none")
    if settings.tls_cert:
        _check_pair(settings.tls_cert, settings.tls_key)


def is_plain(settings: ConsoleSettings) -> bool:
    """Whether other computers reach it without TLS, here or in front of it. Raises `ConfigError`
    for what is no address."""
    host, _port = address(settings.listen, "console.listen")
    here = bool(settings.tls_cert or settings.tls_key)
    in_front = bool(settings.proxy_addresses) or settings.public_url.startswith("https://")
    return not (is_loopback(host) or here or in_front)


def _check_pair(certificate: str, key: str) -> None:
    for name, file in (("tls_cert", certificate), ("tls_key", key)):
        try:
            with open(file, "rb") as opened:
                opened.read(1)
        except OSError as error:
            raise ConfigError(
                f"console.{name}: {file} can't be read ({os.strerror(error.errno or 0)})"
            ) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A key that asks for a passphrase would wait for somebody to type it.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(
            f"console.tls_cert, console.tls_key: {certificate} and {key} are no PEM certificate"
            f" with its key, or the key has a passphrase ({error})"
        ) from error
