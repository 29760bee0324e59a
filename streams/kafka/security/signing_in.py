"""Signing in once at a broker, to see whether it takes us: the clients would only try for ever."""

import asyncio
from contextlib import suppress
from typing import Final

from aiokafka.conn import AIOKafkaConnection

from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.settings import KafkaSettings

_TIMEOUT_MS: Final = 10_000
#: Behind TLS a broker on a busy machine takes its time to say goodbye.
_GONE_S: Final = 10.0


def sign_in(kafka: KafkaSettings, host: str, port: int) -> None:
    """Signs in and leaves again. For threads that run no event loop.

    Raises aiokafka's KafkaError, OSError, TimeoutError, ConfigError.
    """
    asyncio.run(_sign_in(kafka, host, port))


async def _sign_in(kafka: KafkaSettings, host: str, port: int) -> None:
    options = aiokafka_options(kafka)
    del options["bootstrap_servers"]
    connection = AIOKafkaConnection(host, port, request_timeout_ms=_TIMEOUT_MS, **options)
    try:
        await connection.connect()
    finally:
        # Awaited, so that nothing is left open when the loop ends.
        with suppress(TimeoutError):
            await asyncio.wait_for(connection.close(), _GONE_S)
