"""Sends one notice until it is accepted or given up: exponential back-off with jitter.

A receiver that refuses the notice gets it a few times more. One that can't be reached has not
refused anything: it is tried for as long as the notice is news, since a restarted server, or a link
that is down for an hour, must not cost people an alert.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from field.channels.delivery.sender import Notice, Sender, SendError

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0
#: How long after its return a receiver may go unnoticed.
_LONGEST_AWAY_S: Final = 30.0
#: A receiver that asks for a longer pause than this is tried anyway.
_LONGEST_WAIT_S: Final = 300.0


@dataclass(frozen=True)
class Outcome:
    """How it ended: ``sent`` or given up, the number of attempts, and the last answer."""

    sent: bool
    attempts: int
    detail: str


def pause_s(attempt: int, rng: random.Random) -> float:
    """How long to wait after a failed attempt (1, 2, ..): between half and all of 1, 2, 4 .. 60 s.

    >>> 4.0 <= pause_s(4, random.Random(1)) <= 8.0
    True
    """
    whole = min(_FIRST_PAUSE_S * 2.0 ** min(attempt - 1, 30), _LONGEST_PAUSE_S)
    return whole * rng.uniform(0.5, 1.0)


async def deliver(
    notice: Notice,
    sender: Sender,
    retries: int,
    timeout_s: float,
    rng: random.Random,
    sleep: Callable[[float], Awaitable[None]],
    retrying: Callable[[int, str], Awaitable[None]],
    is_news: Callable[[], bool],
) -> Outcome:
    """Sends a notice, and ``retries`` times more where it is refused; while the receiver is away,
    for as long as it ``is_news``.

    An attempt is given up after ``timeout_s``; ``retrying`` is called after each attempt that
    failed and will be followed by another.
    """
    attempt = refused = 0
    while True:
        attempt += 1
        wait_s: float | None = None
        final, away = False, False
        try:
            async with asyncio.timeout(timeout_s):
                return Outcome(True, attempt, await sender.send(notice))
        except SendError as error:
            detail, final, wait_s, away = str(error), error.final, error.wait_s, error.away
        except TimeoutError:
            detail, away = f"no answer within {timeout_s:g} s", True
        except Exception as error:
            # A bug, logged with its traceback. One alert that a sender fails on must not keep
            # those behind it from people.
            _log.exception("a sender failed on %s", notice.key)
            detail, final = f"a bug: {type(error).__name__}", True
        refused += not away
        if final or refused > retries or (away and not is_news()):
            return Outcome(False, attempt, detail)
        await retrying(attempt, detail)
        pause = min(pause_s(attempt, rng), _LONGEST_AWAY_S if away else _LONGEST_PAUSE_S)
        await sleep(max(pause, min(wait_s or 0.0, _LONGEST_WAIT_S)))
