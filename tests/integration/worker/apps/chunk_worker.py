"""A Faust worker that notes each chunk it did: started by test_chunks.py, and killed by it.

Its settings come from the environment, as JSON in CHUNK_WORKER. Each line of `out` is one chunk
that was done, written before it is acknowledged.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, StreamT

from streams.chunked.app import ChunkApp

settings: dict[str, Any] = json.loads(os.environ["CHUNK_WORKER"])
topic_name: str = settings["topic"]


def lose_fetches(numbers: list[int]) -> None:
    """Drop the results of these fetches, as Faust does when it restarts its fetcher in time."""
    fetch = driver.Consumer._getmany
    fetched = 0

    async def forgetful(self: driver.Consumer, *args: Any) -> Any:
        nonlocal fetched
        found = await fetch(self, *args)
        if any(tp.topic == topic_name for tp in found):
            fetched += 1
            return {} if fetched in numbers else found
        return found

    driver.Consumer._getmany = forgetful  # type: ignore[assignment, method-assign]


app = ChunkApp(
    settings["group"],
    chunked_topics=[topic_name],
    chunk_records=settings["chunk_records"],
    broker=f"kafka://{settings['bootstrap']}",
    datadir=settings["datadir"],
    store="memory://",
    topic_partitions=4,
    topic_disable_leader=True,
    broker_session_timeout=settings["session_timeout_s"],
    broker_heartbeat_interval=1.0,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
)
#: Its changelog comes through the same consumer, and must pass unchunked.
done_to = app.Table("done-to", default=int, partitions=4)


@app.agent(app.chunk_topic(topic_name))
async def note(stream: StreamT) -> None:
    async for event in stream.noack().events():  # type: ignore[attr-defined]
        chunk = event.value
        await asyncio.sleep(settings["pause_s"])
        done_to[str(chunk.partition)] = chunk.next_offset
        line = {"partition": chunk.partition, "offsets": chunk.offsets}
        values = [None if value is None else int(value) for value in chunk.values]
        with Path(settings["out"]).open("a") as out:
            # On a line of its own also where a kill has cut the one before.
            out.write(f"\n{json.dumps(line | {'values': values})}\n")
        event.ack()


@app.timer(interval=0.5)
async def report_ends() -> None:
    partitions = [TP(topic_name, partition) for partition in range(4)]
    ends = [tp.partition for tp in partitions if app.chunk_consumer.read_to_end(tp)]
    positions = {tp.partition: app.chunk_consumer.handed_out_to(tp) for tp in partitions}
    idle_s = {tp.partition: app.chunk_consumer.idle_s(tp) for tp in partitions}
    table = {key: done_to[key] for key in map(str, range(4)) if key in done_to}
    state = {"ends": ends, "positions": positions, "idle_s": idle_s, "table": table}
    # Beside, and then put in its place: whoever reads it finds all of it.
    beside = Path(settings["state"] + ".new")
    beside.write_text(json.dumps(state))
    beside.replace(settings["state"])


if __name__ == "__main__":
    lose_fetches(settings["lose_fetches"])
    app.main()
