"""What reads aside is kept for the next reading, and closed when all is over, or it failed."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.kafka.aside import clients
from streams.kafka.aside.clients import AsideClients
from streams.kafka.settings import KafkaSettings


class Made:
    """Stands for the Kafka client, which connects when it starts."""

    every: list["Made"]
    away = False

    def __init__(self, **options: Any) -> None:
        self.group, self.fetches, self.open = options["group_id"], set[str](), False
        Made.every.append(self)

    async def start(self) -> None:
        if Made.away:
            raise KafkaConnectionError("nobody")
        self.open = True

    async def stop(self) -> None:
        self.open = False

    def assign(self, partition: str) -> None:
        self.fetches = {partition}

    def assignment(self) -> set[str]:
        return self.fetches

    def pause(self, *partitions: str) -> None:
        self.fetches -= set(partitions)


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Made]:
    monkeypatch.setattr(Made, "every", [], raising=False)
    monkeypatch.setattr(clients, "AIOKafkaConsumer", Made)
    return Made.every


def test_one_client_reads_one_after_the_other(made: list[Made]) -> None:
    async def read() -> None:
        aside = AsideClients(KafkaSettings())
        for _ in range(3):
            async with aside.client() as client:
                assert not client.fetches
                client.assign("a partition")
        async with aside.client("a group"):
            assert [one.group for one in made] == [None, "a group"]
        assert all(one.open for one in made)
        await aside.close()

    asyncio.run(read())
    assert not any(one.open for one in made)


def test_those_that_read_at_once_have_one_each_and_few_are_kept(made: list[Made]) -> None:
    async def read() -> None:
        aside = AsideClients(KafkaSettings())
        together = asyncio.Barrier(9)

        async def one() -> None:
            async with aside.client():
                await together.wait()

        await asyncio.gather(*(one() for _ in range(9)))
        assert len(made) == 9
        assert sum(one.open for one in made) == 4
        await aside.close()

    asyncio.run(read())
    assert not any(one.open for one in made)


def test_one_that_failed_is_closed_and_not_taken_again(made: list[Made]) -> None:
    async def read() -> None:
        aside = AsideClients(KafkaSettings())
        with pytest.raises(KafkaConnectionError):
            async with aside.client():
                raise KafkaConnectionError("gone")
        async with aside.client():
            assert [one.open for one in made] == [False, True]
            await aside.close()
            assert made[1].open
        assert not made[1].open

    asyncio.run(read())


def test_one_that_could_not_start_is_closed(
    made: list[Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Made, "away", True)

    async def read() -> None:
        aside = AsideClients(KafkaSettings())
        with pytest.raises(KafkaConnectionError):
            async with aside.client():
                raise AssertionError("there is none")
        await aside.close()

    asyncio.run(read())
    assert [one.open for one in made] == [False]
