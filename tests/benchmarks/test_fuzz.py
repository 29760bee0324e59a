"""Spoilt messages of every topic through all that read them; `make fuzz` has many more."""

import doctest
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.measuring.fuzz import run
from benchmarks.measuring.fuzz.messages import Message
from benchmarks.measuring.fuzz.readers import Account, Reader
from benchmarks.measuring.fuzz.run import Fuzzer, chances
from streams.decode.codec import TOPICS

MESSAGES = 1000


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(tmp_path_factory.mktemp("fuzz"))


class Careless(Reader):
    """A reader that raises at some records, and loses others."""

    topics = ("sms.metadata",)

    def read(self, message: Message, offset: int) -> Account:
        assert message.value != b"raises"
        return Counter()


def test_the_examples() -> None:
    assert doctest.testmod(run).failed == 0


def test_a_reader_that_raises_or_loses_a_record_is_seen(tmp_path: Path) -> None:
    seen = Fuzzer(tmp_path, who=[Careless()])
    raised, lost = (seen.read(Message("sms.metadata", value)) for value in (b"raises", b'{"ts":1}'))
    assert [failure.what.partition(":")[0] for failure in raised] == ["AssertionError"]
    assert [failure.what for failure in lost] == ["nothing is known of it"]
    assert seen.read(Message("sms.metadata", b"[]")) == []
    named = Message("sms.metadata", b'{"ts": 1}', (("content-type", b"application/json"),))
    assert [failure.what for failure in seen.read(named)] == ["nothing is known of it"]


def test_what_is_valid_is_used(fuzzer: Fuzzer) -> None:
    for message in fuzzer.valid():
        assert fuzzer.read(message) == []
    by_topic = {topic: account for (_, topic), account in fuzzer.outcome.accounts.items()}
    assert set(TOPICS) < set(by_topic)
    taken = Counter({topic: each["used"] + each["late"] for topic, each in by_topic.items()})
    assert all(taken[topic] for topic in by_topic), taken


def test_spoilt_messages_raise_nothing_and_none_is_lost(fuzzer: Fuzzer) -> None:
    before = fuzzer.outcome.messages
    spoilt = [fuzzer.spoilt(chance) for chance in chances(1, 0, MESSAGES)]
    failures = [failure for message in spoilt for failure in fuzzer.read(message)]
    assert failures == []
    assert fuzzer.outcome.messages == before + MESSAGES


@given(st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_way_to_spoil_a_message_is_worse_than_another(fuzzer: Fuzzer, chance: object) -> None:
    assert fuzzer.read(fuzzer.spoilt(chance)) == []


def test_each_message_of_a_run_can_be_made_again_alone(fuzzer: Fuzzer) -> None:
    def made(begin: int, end: int) -> Iterator[Message]:
        return (fuzzer.spoilt(chance) for chance in chances(7, begin, end))

    assert list(made(0, 40))[37] == next(made(37, 38))
