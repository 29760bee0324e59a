"""Arguments for clients of aiokafka."""

import logging
from typing import Any

from aiokafka.abc import AbstractTokenProvider

from streams.kafka.security.loading import above_debug, password_of, tls_context, token_of
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings


class TokenFile(AbstractTokenProvider):  # type: ignore[misc] # aiokafka is not typed
    """Reads the token anew at each connection."""

    def __init__(self, security: SecuritySettings) -> None:
        self._security = security

    async def token(self) -> str:
        return token_of(self._security)


def aiokafka_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Where the brokers are and how they are talked to. Raises ConfigError."""
    security = kafka.security
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.servers,
        "security_protocol": security.protocol,
        "ssl_context": tls_context(security),
    }
    if security.signs_in:
        # Its debug log shows whole requests: passwords of PLAIN and tokens are in some.
        logging.getLogger("aiokafka.conn").addFilter(above_debug)
        options["sasl_mechanism"] = security.mechanism
        if security.mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = TokenFile(security)
        else:
            options["sasl_plain_username"] = security.username
            options["sasl_plain_password"] = password_of(security)
    return options
