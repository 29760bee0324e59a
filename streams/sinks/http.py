"""HTTP POST for the senders that need one: errors as SendError, without the address in them.

Addresses of bots hold their secret, and so never get into a log.
"""

import logging
import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from streams.sinks.sender import SendError

#: Answers that another attempt won't change: what was sent is not understood, or the place is gone.
_FINAL: Final = frozenset((400, 405, 410, 413, 415, 422))
_MOST_ANSWER: Final = 200


def client(timeout_s: float, ca_file: str = "") -> httpx.AsyncClient:
    """A client that trusts the system's authorities, or those of ``ca_file`` alone (PEM)."""
    # It logs the address of every request, and with it the secrets of bots.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=ca_file) if ca_file else True
    return httpx.AsyncClient(timeout=timeout_s, verify=verify, follow_redirects=False)


async def post(
    http: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str]
) -> httpx.Response:
    """Posts, and takes any answer but 2xx for a failure. Raises SendError."""
    try:
        answer = await http.post(url, content=content, headers=headers)
    except httpx.HTTPError as error:
        raise SendError(f"not reached: {type(error).__name__}") from error
    if answer.is_success:
        return answer
    said = " ".join(answer.text.split())[:_MOST_ANSWER]
    raise SendError(
        f"answered {answer.status_code}" + (f": {said}" if said else ""),
        final=answer.status_code in _FINAL,
        wait_s=_wait_s(answer.headers.get("retry-after", "")),
    )


def _wait_s(told: str) -> float | None:
    """Seconds of a Retry-After header; a date is not looked at."""
    return float(told) if told.isascii() and told.isdigit() else None
