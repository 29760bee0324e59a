"""Secrets and certificates read from where the settings say they are, each time a client is made.

So what is renewed in its place (a certificate, a password, a token) counts from the next connection
on. All that is wrong is listed at once, with the key, and never with a secret.
"""

import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from streams.config_error import ConfigError
from streams.kafka.security.settings import SecuritySettings

_AT: Final = "kafka.security"


def password_of(security: SecuritySettings, env: Mapping[str, str] | None = None) -> str:
    """The password of SASL. Raises ConfigError."""
    problems: list[str] = []
    found = _secret(security, "password", os.environ if env is None else env, problems)
    _refuse(problems)
    return found


def token_of(security: SecuritySettings) -> str:
    """The token that stands in ``token_file`` now. Raises ConfigError."""
    problems: list[str] = []
    token = _content("token_file", security.token_file, problems)
    if not problems and not (token.isascii() and token.isprintable() and " " not in token):
        problems.append(f"{_AT}.token_file: {security.token_file} holds no token of one line")
    _refuse(problems)
    return token


def tls_context(
    security: SecuritySettings, env: Mapping[str, str] | None = None
) -> ssl.SSLContext | None:
    """What TLS connections go by; ``None`` without TLS. Raises ConfigError."""
    if not security.encrypted:
        return None
    problems: list[str] = []
    password = _secret(security, "key_password", os.environ if env is None else env, problems)
    for key in ("ca_file", "cert_file", "key_file"):
        if path := getattr(security, key):
            _content(key, path, problems)
    _refuse(problems)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not security.ca_file:
        context.load_default_certs()
    else:
        _tried(
            f"ca_file: {security.ca_file} holds no certificates (PEM)",
            lambda: context.load_verify_locations(security.ca_file),
        )
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = security.check_hostname
    if security.cert_file:
        _tried(
            f"cert_file, key_file: {security.cert_file} and {security.key_file} are no certificate"
            " with its key (PEM), or the key's password is wrong or missing",
            # A function, since OpenSSL would ask at the terminal for a password that is empty.
            lambda: context.load_cert_chain(
                security.cert_file, security.key_file, lambda: password
            ),
        )
    return context


def check(security: SecuritySettings) -> None:
    """Reads all of it once, to see whether it is there. Raises ConfigError."""
    tls_context(security)
    if security.signs_in and security.token_file:
        token_of(security)
    elif security.signs_in:
        password_of(security)


def _secret(
    security: SecuritySettings, name: str, env: Mapping[str, str], problems: list[str]
) -> str:
    variable, path = getattr(security, f"{name}_env"), getattr(security, f"{name}_file")
    if variable:
        value = env.get(variable, "").rstrip("\r\n")
        if not value:
            problems.append(f"{_AT}.{name}_env: the variable {variable} is not set")
        return value
    return _content(f"{name}_file", path, problems) if path else ""


def _content(key: str, path: str, problems: list[str]) -> str:
    """What a file holds, without the line break at its end."""
    try:
        content = Path(path).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        problems.append(f"{_AT}.{key}: {path} can't be read ({error.strerror})")
    except UnicodeDecodeError:
        problems.append(f"{_AT}.{key}: {path} is not text; PEM is wanted, or a secret in UTF-8")
    else:
        if not content:
            problems.append(f"{_AT}.{key}: {path} is empty")
        return content
    return ""


def _tried(problem: str, load: Callable[[], None]) -> None:
    try:
        load()
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise ConfigError(f"{_AT}.{problem} ({reason}).") from None


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ConfigError("\n".join(problems))
