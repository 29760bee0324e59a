"""Waiting until a broker answers: a worker that ended instead would do so wherever it begins
something while the broker is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from aiokafka.errors import KafkaError, KafkaTimeoutError

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

#: Between two attempts while no broker answers.
_AGAIN_S = 1.0


async def until_answered(read: Callable[[], Awaitable[_T]], stopping: Callable[[], bool]) -> _T:
    """What ``read`` comes to, begun anew for as long as no broker answers.

    Raises KafkaError for what no waiting helps against, or once it is ``stopping``.
    """
    waits = False
    while True:
        try:
            return await read()
        except KafkaError as error:
            if stopping() or not (error.retriable or isinstance(error, KafkaTimeoutError)):
                raise
            if not waits:
                _log.warning("Work waits until a broker answers: %s", error)
            waits = True
            await asyncio.sleep(_AGAIN_S)


def patient(client: Any, stopping: Callable[[], bool]) -> Any:
    """A client of aiokafka whose start waits, for whoever starts it himself."""
    client.start = partial(until_answered, client.start, stopping)
    return client
