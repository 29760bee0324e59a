"""Server-sent events: in order, none missed, resumed from the store, and never waited for."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from field.console.live.stream import Hub, Listener, News
from field.console.store import Store
from tests.field.console.topic_records import Topics, action, alert, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = opened(tmp_path / "store.db")
    yield found
    found.close()


def events(frames: bytes) -> list[tuple[str, str, str]]:
    """Id, kind and data of each frame."""
    found = []
    for frame in frames.decode().split("\n\n"):
        received = dict(line.split(": ", 1) for line in frame.split("\n") if ": " in line)
        if "event" in received:
            found.append((received.get("id", ""), received["event"], received["data"]))
    return found


async def next_events(frames: AsyncIterator[bytes]) -> list[tuple[str, str, str]]:
    return events(await asyncio.wait_for(anext(frames), 30))


async def begun(frames: AsyncIterator[bytes]) -> None:
    assert (await anext(frames)).startswith(b"retry: ")


def received(topics: Topics, *numbers: int) -> Topics:
    for number in numbers:
        topics.write("fbs.alerts", alert(number))
    return topics


def test_what_is_new_reaches_every_page_in_order(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, News())
        pages = [hub.frames(None) for _ in range(3)]
        for page in pages:
            await begun(page)
        topics = received(Topics(), 1, 2)
        topics.write("fbs.actions", action("acknowledge"))
        store.take(topics.records)
        await hub.look()
        hub.broadcast("health", b"{}")
        for page in pages:
            got = await next_events(page)
            assert [kind for _, kind, _ in got] == ["action", "alert", "alert", "health"]
            assert [name for name, _, _ in got] == [*(f"{store.epoch}-{n}" for n in (1, 2, 3)), ""]
            assert json.loads(got[0][2])["state"] == "acknowledged"
        assert hub.listeners == 3

    asyncio.run(run())


def test_a_page_that_was_cut_off_gets_what_it_missed(store: Store) -> None:
    async def run() -> None:
        topics = received(Topics(), 1, 2, 3)
        store.take(topics.records)
        hub = Hub(store, News())
        page = hub.frames(f"{store.epoch}-1")
        await begun(page)
        missed = await next_events(page)
        assert [name for name, _, _ in missed] == [f"{store.epoch}-2", f"{store.epoch}-3"]
        store.take(received(topics, 4).records)
        await hub.look()
        [(name, _, _)] = await next_events(page)
        assert name == f"{store.epoch}-4"

    asyncio.run(run())


def test_what_is_missed_and_handed_out_meanwhile_comes_once(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, News())
        page = hub.frames(f"{store.epoch}-0")
        await begun(page)
        # Taken in after the page came, but before it asks the store for what it missed.
        store.take(received(Topics(), 1, 2).records)
        await hub.look()
        got = await next_events(page)
        hub.broadcast("health", b"{}")
        got += await next_events(page)
        assert [kind for _, kind, _ in got] == ["alert", "alert", "health"]

    asyncio.run(run())


@pytest.mark.parametrize("last", ["other-1", "nonsense", "", "-", "{epoch}-99", "{epoch}-x"])
def test_a_page_whose_last_event_is_unknown_loads_anew(store: Store, last: str) -> None:
    async def run() -> None:
        store.take(received(Topics(), 1, 2).records)
        page = Hub(store, News()).frames(last.format(epoch=store.epoch))
        await begun(page)
        assert await next_events(page) == [(f"{store.epoch}-2", "reset", "{}")]

    asyncio.run(run())


def test_a_page_that_missed_more_than_is_kept_loads_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field.console.store.intake.taking.KEPT_EVENTS", 3)

    async def run() -> None:
        hub = Hub(store, News())
        page = hub.frames(None)
        await begun(page)
        store.take(received(Topics(), *range(6)).records)
        late = hub.frames(f"{store.epoch}-1")
        await begun(late)
        assert [kind for _, kind, _ in await next_events(late)] == ["reset"]
        await hub.look()
        kinds = [kind for _, kind, _ in await next_events(page)]
        assert kinds == ["reset", "alert", "alert", "alert"]

    asyncio.run(run())


def test_a_page_that_is_too_slow_has_to_load_anew() -> None:
    async def run() -> None:
        listener = Listener(most=3)
        for seq in range(1, 6):
            listener.put(seq, b"frame %d" % seq, b"reset")
        assert await listener.take(0.1) == [(4, b"reset"), (5, b"frame 5")]
        assert await listener.take(0.01) == []

    asyncio.run(run())


def test_closing_ends_all_pages(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, News())
        page = hub.frames(None)
        await begun(page)
        hub.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(page), 30)
        assert hub.listeners == 0
        late = hub.frames(None)
        await begun(late)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(late), 30)

    asyncio.run(run())


def test_a_hub_wakes_by_news_and_by_itself(store: Store) -> None:
    async def run() -> None:
        news = News()
        hub = Hub(store, news)
        running = asyncio.create_task(hub.run())
        page = hub.frames(None)
        await begun(page)
        topics = received(Topics(), 1)
        store.take(topics.records)
        news.notify()
        assert len(await next_events(page)) == 1
        # As another console does it that fills the same store.
        store.take(received(topics, 2).records)
        assert len(await next_events(page)) == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
