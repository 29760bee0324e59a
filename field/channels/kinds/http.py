"""HTTP POST for the senders that need one: errors as SendError, without the address in them.

Addresses of bots hold their secret, and so never get into a log.
"""

import logging
import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from field.channels.delivery.sender import Sender, SendError

#: Answers that another attempt won't change: what was sent is not understood, or the place is gone.
_FINAL: Final = frozenset((400, 405, 410, 413, 415, 422))
#: Answers that are no refusal of what was sent: a token that ran out or an address that moved,
#: which somebody can put right, too many messages, or a gateway with no server behind it.
_AWAY: Final = frozenset((401, 403, 404, 408, 429, 502, 503, 504))
_MOST_ANSWER: Final = 200


class HttpSender(Sender):
    """What senders share that post to one server.

    It is trusted by the system's authorities, or by those of ``ca_file`` alone (PEM).
    """

    def __init__(self, timeout_s: float, ca_file: str = "") -> None:
        # It logs the address of every request, and with it the secrets of bots.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        # httpx's own choice would be a list of authorities that knows none of the operator's.
        verify = ssl.create_default_context(cafile=ca_file or None)
        self._http = httpx.AsyncClient(timeout=timeout_s, verify=verify, follow_redirects=False)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Posts, and takes any answer but 2xx for a failure. Raises SendError."""
        try:
            answer = await self._http.post(url, content=content, headers=headers)
        except httpx.ConnectError as error:
            # Its words are the socket's or those of TLS, which know no address but the host's.
            detail = str(error) or type(error).__name__
            raise SendError(f"not reached: {detail}", away=True) from error
        except httpx.HTTPError as error:
            raise SendError(f"not reached: {type(error).__name__}", away=True) from error
        if answer.is_success:
            return answer
        detail = " ".join(answer.text.split())[:_MOST_ANSWER]
        raise SendError(
            f"answered {answer.status_code}" + (f": {detail}" if detail else ""),
            final=answer.status_code in _FINAL,
            wait_s=_wait_s(answer.headers.get("retry-after", "")),
            away=answer.status_code in _AWAY,
        )

    async def stop(self) -> None:
        await self._http.aclose()


def _wait_s(seconds: str) -> float | None:
    """Seconds of a Retry-After header; a date is not looked at."""
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None
