"""How fast the console is: 10,000 alerts in its store, and 200 open pages that each get an update.

``python benchmarks/console.py`` needs a Kafka (KAFKA_BOOTSTRAP, else 127.0.0.1:9092); it starts a
console on it under a prefix of its own, with a store of its own, and prints what it measured.
"""

import argparse
import asyncio
import time
from statistics import median
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaProducer

from benchmarks.measuring.console.page_stage import Stage, stage_on_broker
from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity

FILTERS = {
    "first page (500)": "limit=500",
    "page of 100": "limit=100",
    "severity and state": "severity=critical,high&state=new&limit=100",
    "operator and rat": "operator=460-01&rat=lte&limit=100",
    "box of 5 km": "bbox=116.40,39.90,116.45,39.95&limit=100",
    "words": "q=4107&limit=100",
    "all 10,000": "limit=10000",
    "as known 1 s ago": "limit=100&at={at}",
}


def alert(number: int, revision: int, now: int) -> Alert:
    """A revision of alert ``number`` whose region has 60 corners, as real ones have."""
    lat, lon = 39.8 + number % 101 / 250, 116.2 + number % 103 / 250
    ring = [[lon + i / 1e5, lat + (i % 7) / 1e5] for i in range(60)]
    seen = {"first_ts": now - 60_000, "last_ts": now}
    return Alert(
        alert_id=f"{number:032x}",
        revision=revision,
        status="open" if revision == 1 else "update",
        ts=now,
        first_seen=now - 60_000,
        last_seen=now,
        kind="fake_base_station",
        identities=[Identity("lte", 460, number % 4, 4100 + number % 90, number, 100, 5)],
        probability=0.9,
        severity=("low", "medium", "high", "critical")[number % 4],
        position={"lat": lat, "lon": lon},
        region={"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        region_level=0.9,
        radius_m=120.0,
        track=[(now - i * 1000, lat, lon) for i in range(30)],
        speed_mps=None,
        bearing_deg=None,
        devices=5,
        reports=9,
        evidence=[Evidence("unknown_cell", 1, 2.0, 5, **seen, explanation="5 phones say so")],
        headline=f"Probable fake base station number {number}",
    )


async def measure(stage: Stage, alerts: int, pages: int) -> dict[str, Any]:
    """Fills a console and asks it; times in ms."""
    producer = AIOKafkaProducer(bootstrap_servers=stage.bootstrap, linger_ms=20)
    await producer.start()
    found: dict[str, Any] = {}
    try:
        async with httpx.AsyncClient(base_url=stage.url, timeout=60.0) as client:
            began = time.perf_counter()
            for number in range(alerts):
                await _send(producer, stage.prefix, alert(number, 1, _now()))
            await producer.flush()
            while not await asyncio.to_thread(stage.holds, alerts):
                await asyncio.sleep(0.2)
            found["alerts taken in a second"] = alerts / (time.perf_counter() - began)
            for name, query in FILTERS.items():
                found[name] = await _asked(client, query.format(at=_now() - 1000))
            found["worst of pages"], found["median of pages"] = await _delays_ms(
                stage.url, pages, producer, stage.prefix
            )
    finally:
        await producer.stop()
    return found


async def _asked(client: httpx.AsyncClient, query: str) -> float:
    times = []
    for _ in range(7):
        began = time.perf_counter()
        (await client.get(f"/api/alerts?{query}")).raise_for_status()
        times.append((time.perf_counter() - began) * 1000.0)
    return median(times)


async def _delays_ms(
    url: str, pages: int, producer: AIOKafkaProducer, prefix: str
) -> tuple[float, float]:
    """How long after it was sent each page has an alert: the worst and the median of 5 rounds."""
    limits = httpx.Limits(max_connections=pages + 10)
    async with httpx.AsyncClient(base_url=url, timeout=60.0, limits=limits) as client:
        ready, arrived = asyncio.Semaphore(0), asyncio.Queue[float]()
        listeners = [asyncio.create_task(_listen(client, ready, arrived)) for _ in range(pages)]
        for _ in listeners:
            await ready.acquire()
        times: list[float] = []
        for round_ in range(5):
            await asyncio.sleep(0.5)
            began = time.perf_counter()
            await _send(producer, prefix, alert(7, 2 + round_, _now()))
            await producer.flush()
            times += [(await arrived.get() - began) * 1000.0 for _ in listeners]
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
    return max(times), median(times)


async def _listen(
    client: httpx.AsyncClient, ready: asyncio.Semaphore, arrived: "asyncio.Queue[float]"
) -> None:
    async with client.stream("GET", "/api/stream") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("retry"):
                ready.release()
            if line == "event: alert":
                arrived.put_nowait(time.perf_counter())


async def _send(producer: AIOKafkaProducer, prefix: str, alert: Alert) -> None:
    value = msgspec.json.encode(alert)
    await producer.send(f"{prefix}fbs.alerts", value, alert.alert_id.encode())


def _now() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=200)
    asked = parser.parse_args()
    with stage_on_broker("benchmark") as stage:
        stage.start()
        found = asyncio.run(measure(stage, asked.alerts, asked.pages))
    for name, value in found.items():
        unit = "" if "second" in name else " ms"
        print(f"{name:28} {value:8.1f}{unit}")


if __name__ == "__main__":
    main()
