"""Faust with an agent that does nothing, fed as Faust does it (``take``) or in our chunks.

python -m benchmarks.measuring.stream.programs.in_faust OPTIONS
"""

import os
from collections.abc import Callable
from typing import Any

import faust
from faust.types import StreamT

from benchmarks.measuring.stream.programs.meter import Meter, options
from streams.chunked.app import ChunkApp

_TAKEN, _WITHIN_S = 5000, 1.0


def main() -> None:
    """Reads the topic to its end."""
    given, meter = options(), Meter()
    left = int(given["records"])
    settings: dict[str, Any] = {
        "broker": f"kafka://{given['bootstrap']}",
        "datadir": given["folder"],
        "store": "memory://",
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "consumer_auto_offset_reset": "earliest",
        "web_enabled": False,
        "stream_wait_empty": False,
        "broker_session_timeout": 60.0,
        "broker_heartbeat_interval": 2.0,
    }

    def taken(records: int) -> None:
        nonlocal left
        left -= records
        if left <= 0:
            meter.end(int(given["reports"]))
            # What is left is to leave the group, which nobody else will ever join.
            os._exit(0)

    feed = _chunks if given["feed"] == "chunks" else _take
    app = feed(given, settings, taken)

    @app.on_partitions_assigned.connect
    async def begin(*_: Any, **__: Any) -> None:
        meter.begin()

    worker = faust.Worker(app, loglevel="error", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()


def _take(
    given: dict[str, str], settings: dict[str, Any], taken: Callable[[int], None]
) -> faust.App:
    app = faust.App(given["group"], **settings)
    topic = app.topic(
        given["topic"],
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )

    @app.agent(topic)
    async def read(stream: StreamT) -> None:
        async for records in stream.take(_TAKEN, within=_WITHIN_S):
            taken(len(records))

    return app


def _chunks(
    given: dict[str, str], settings: dict[str, Any], taken: Callable[[int], None]
) -> faust.App:
    app = ChunkApp(given["group"], chunked_topics=[given["topic"]], **settings)

    @app.agent(app.chunk_topic(given["topic"]))
    async def read(stream: StreamT) -> None:
        async for event in stream.noack().events():  # type: ignore[attr-defined]
            records = len(event.value)
            event.ack()
            taken(records)

    return app


if __name__ == "__main__":
    main()
