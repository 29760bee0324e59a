"""Where the console may listen: beyond loopback only with accounts, and by TLS or behind a proxy
unless plain text is allowed; TLS is whole or not there."""

from field.serving.certificate import check_certificate
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
    check_certificate("console", settings.tls_cert, settings.tls_key)


def is_plain(settings: ConsoleSettings) -> bool:
    """Whether other computers reach it without TLS, here or in front of it. Raises `ConfigError`
    for what is no address."""
    host, _port = address(settings.listen, "console.listen")
    here = bool(settings.tls_cert or settings.tls_key)
    in_front = bool(settings.proxy_addresses) or settings.public_url.startswith("https://")
    return not (is_loopback(host) or here or in_front)
