"""What both client libraries are given: they call it by the same names."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from streams.kafka.security.loading import password_of, tls_context
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings


def client_options(
    kafka: KafkaSettings, token_file: Callable[[SecuritySettings], Any], loggers: Iterable[str]
) -> dict[str, Any]:
    """The arguments; ``token_file`` makes a library's own kind of token provider, ``loggers`` are
    those that log its requests. Raises ConfigError."""
    security = kafka.security
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.servers,
        "security_protocol": security.protocol,
        "ssl_context": tls_context(security),
    }
    if security.signs_in:
        # Debug logs show whole requests: passwords of PLAIN and tokens are in some.
        for name in loggers:
            logging.getLogger(name).addFilter(_above_debug)
        options["sasl_mechanism"] = security.mechanism
        if security.mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = token_file(security)
        else:
            options["sasl_plain_username"] = security.username
            options["sasl_plain_password"] = password_of(security)
    return options


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
