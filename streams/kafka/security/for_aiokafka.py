"""Arguments for clients of aiokafka."""

from typing import Any

from aiokafka.abc import AbstractTokenProvider

from streams.kafka.security.arguments import client_options
from streams.kafka.security.loading import token_of
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings


class TokenFile(AbstractTokenProvider):  # type: ignore[misc] # aiokafka is not typed
    """Reads the token anew at each connection."""

    def __init__(self, security: SecuritySettings) -> None:
        self._security = security

    async def token(self) -> str:
        """Raises ConfigError."""
        return token_of(self._security)


def aiokafka_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Where the brokers are and how they are talked to. Raises ConfigError."""
    return client_options(kafka, TokenFile, ("aiokafka.conn",))
