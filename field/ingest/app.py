"""The gateway's requests: ``POST /v1/TOPIC``, answered 202 once Kafka has what was sent.

202 says how many messages there were and which will be dead letters, and why. 503 with Retry-After
says that there is no room, or that Kafka did not take it in time: whoever sends again loses
nothing, and what had been written all the same is read like any other message. Everything else is
refused before anything is written.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from field.ingest.batching import Batcher, NoRoomError, NotWrittenError, Place, Room
from field.ingest.packing import MOST_MESSAGE_BYTES, Refusal
from field.ingest.reading import KINDS, TooLargeError, Unpacking, UnreadableError, messages
from field.ingest.tokens import Tokens
from field.serving.local import is_local
from streams.config.ingest import IngestSettings
from streams.limits import Limits

#: Bodies that are taken apart at once: one may hold millions of items before they are counted.
_READ_AT_ONCE: Final = 2
#: Reasons that an answer lists.
_SHOWN: Final = 20
_AGAIN_S: Final = "2"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Door:
    """Who may come in: by a token, or where there are none, from this computer."""

    def __init__(self, tokens: Tokens | None) -> None:
        self._tokens = tokens

    def check(self, request: Request) -> None:
        """Raises HTTPException."""
        if self._tokens is None:
            if not is_local(request.headers):
                raise HTTPException(403, "only programs on this computer may send without a token")
            return
        given = request.headers.getlist("authorization")
        if len(given) != 1 or self._tokens.name(given[0]) is None:
            raise HTTPException(
                401, "a token is due: Authorization: Bearer ..", {"WWW-Authenticate": "Bearer"}
            )


def build(
    settings: IngestSettings,
    limits: Limits,
    batcher: Batcher,
    room: Room,
    door: Door,
    answered: Callable[[int], None],
) -> Starlette:
    """The application. ``answered`` is given the status of each answer."""
    reading = asyncio.Semaphore(_READ_AT_ONCE)

    async def take(request: Request) -> Response:
        try:
            answer = await taken(request)
        except HTTPException as error:
            detail, headers = {"detail": error.detail}, {**_HEADERS, **(error.headers or {})}
            answer = JSONResponse(detail, error.status_code, headers)
        except ClientDisconnect:
            # Nobody is there to be answered.
            answer = Response(status_code=400)
        answered(answer.status_code)
        return answer

    async def taken(request: Request) -> Response:
        door.check(request)
        topic = request.path_params["topic"]
        if topic not in settings.topics:
            raise HTTPException(404, f"no such topic here; topics are {', '.join(settings.topics)}")
        kind = _kind(request)
        try:
            with room.take() as place:
                body = await _body(request, settings.body_bytes, place)
                async with reading:
                    values = await run_in_threadpool(
                        messages, kind, body, limits, 4 * settings.body_bytes
                    )
                if max(map(len, values), default=0) > MOST_MESSAGE_BYTES:
                    raise TooLargeError(f"a message is longer than {MOST_MESSAGE_BYTES} bytes")
                place.hold(values)
                refused = await batcher.submit(topic, values)
        except UnreadableError as error:
            raise HTTPException(400, str(error)) from error
        except TooLargeError as error:
            raise HTTPException(413, str(error)) from error
        except NoRoomError:
            raise _later("too much is waiting for Kafka; try again") from None
        except NotWrittenError as error:
            raise _later("Kafka did not take it in time; send it again") from error
        return JSONResponse(_answer(len(values), refused), 202, _HEADERS)

    return Starlette(routes=[Route("/v1/{topic}", take, methods=["POST"])])


def _later(detail: str) -> HTTPException:
    return HTTPException(503, detail, {"Retry-After": _AGAIN_S})


def _kind(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise HTTPException(415, f"Content-Type must be one of {', '.join(KINDS)}")
    return kind


async def _body(request: Request, most: int, place: Place) -> bytes:
    """The whole body, unpacked. Raises HTTPException, TooLargeError, UnreadableError, NoRoomError,
    ClientDisconnect."""
    packing = request.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip"):
        raise HTTPException(415, "Content-Encoding must be gzip, or there must be none")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > most:
        raise TooLargeError(f"the body is longer than {most} bytes")
    unpacking = Unpacking(most) if packing == "gzip" else None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        found = part if unpacking is None or not part else unpacking.more(part)
        size += len(found)
        if size > most:
            raise TooLargeError(f"the body is longer than {most} bytes")
        place.more(len(found))
        parts.append(found)
    if unpacking is not None:
        unpacking.end()
    return b"".join(parts)


def _answer(count: int, refused: Sequence[Refusal]) -> dict[str, Any]:
    return {
        "messages": count,
        "dead_letters": len(refused),
        "reasons": [
            {"index": one.place, "reason": one.reason, "detail": one.detail}
            for one in refused[:_SHOWN]
        ],
    }
