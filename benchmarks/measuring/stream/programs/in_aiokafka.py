"""Reading a topic with bare aiokafka, and what decoding and screening add to it.

``until`` is how far to go: ``fetched`` (nothing is done), ``decoded``, ``screened`` (all rules, in
chunks of ``chunk`` records of a partition).

    python -m benchmarks.measuring.stream.programs.in_aiokafka OPTIONS
"""

import asyncio
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections import defaultdict
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.measuring.stream.programs.meter import Meter, options

_CHUNK = 5000


async def _read(given: dict[str, str], work: Any, meter: Meter) -> int:
    """All records there are, in chunks of a partition, whole ones but for the last; their
    number."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=given["bootstrap"], enable_auto_commit=False, group_id=None
    )
    await consumer.start()
    parts = [TopicPartition(given["topic"], n) for n in range(int(given["partitions"]))]
    ends = await consumer.end_offsets(parts)
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    records_in_all = left = sum(ends.values())
    chunk = int(given.get("chunk") or _CHUNK)
    waiting: dict[TopicPartition, list[Any]] = defaultdict(list)
    meter.begin()
    while left:
        for tp, records in (await consumer.getmany(timeout_ms=1000)).items():
            left -= len(records)
            if work is None:
                continue
            rest = waiting[tp] + records
            while len(rest) >= chunk:
                work(tp.partition, rest[:chunk])
                rest = rest[chunk:]
            waiting[tp] = rest
    for tp, records in waiting.items():
        if records:
            work(tp.partition, records)
    return records_in_all


def main() -> None:
    """Reads the topic to its end."""
    given, meter = options(), Meter()
    if given["until"] == "fetched":
        records = asyncio.run(_read(given, None, meter))
        meter.end(int(given["reports"]) if records == int(given["records"]) else 0)
        return
    # Not before: what it imports changes how aiokafka reads.
    from benchmarks.measuring.stream.programs.chunk_work import City, Work

    work = Work(City(int(given["cells"])), given["until"] == "screened")
    asyncio.run(_read(given, work, meter))
    counted = dict(work.counted)
    meter.end(counted.pop("reports", 0), **counted)


if __name__ == "__main__":
    main()
