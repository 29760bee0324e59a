"""The certificate of a port that speaks TLS: whole or not there, and such as can be used."""

import os
import ssl

from streams.config.settings import ConfigError


def check_certificate(section: str, certificate: str, key: str) -> None:
    """Raises `ConfigError` where ``tls_cert`` and ``tls_key`` of a section of the settings are not
    both or neither set, or are no certificate with its key."""
    if bool(certificate) != bool(key):
        given, missing = ("tls_cert", "tls_key") if certificate else ("tls_key", "tls_cert")
        raise ConfigError(
            f"{section}.{given} is set and {section}.{missing} is not: name both or none"
        )
    if certificate:
        _check_pair(section, certificate, key)


def _check_pair(section: str, certificate: str, key: str) -> None:
    for name, file in (("tls_cert", certificate), ("tls_key", key)):
        try:
            with open(file, "rb") as opened:
                opened.read(1)
        except OSError as error:
            raise ConfigError(
                f"{section}.{name}: {file} can't be read ({os.strerror(error.errno or 0)})"
            ) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A key that asks for a passphrase would wait for somebody to type it.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(
            f"{section}.tls_cert, {section}.tls_key: {certificate} and {key} are no PEM certificate"
            f" with its key, or the key has a passphrase ({error})"
        ) from error
