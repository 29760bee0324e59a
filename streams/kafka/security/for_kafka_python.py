"""Arguments for clients of kafka-python."""

from typing import Any, Final

from kafka.net.sasl.oauth import AbstractTokenProvider

from streams.kafka.security.arguments import client_options
from streams.kafka.security.loading import token_of
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings

_LOGGERS: Final = ("kafka.admin.client", "kafka.net.connection", "kafka.protocol.parser")


class _TokenFile(AbstractTokenProvider):  # type: ignore[misc] # kafka-python is not typed
    """Reads the token anew at each connection."""

    def __init__(self, security: SecuritySettings) -> None:
        self._security = security

    def token(self) -> str:
        """Raises ConfigError."""
        return token_of(self._security)


def kafka_python_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Where the brokers are and how they are talked to. Raises ConfigError."""
    return client_options(kafka, _TokenFile, _LOGGERS)
