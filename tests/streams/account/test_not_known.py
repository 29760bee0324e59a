"""What can't be known is neither right nor wrong: exit code 2, and a sentence that says why."""

from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from cellhound import main
from streams.account import run
from streams.account.run import NotKnownError
from streams.kafka.settings import KafkaSettings

_KEY = {"CELLHOUND_KEY": "a key for tests only"}


def test_without_a_broker_there_is_no_account() -> None:
    done = CliRunner().invoke(main, ["account", "--bootstrap", "127.0.0.1:9"], env=_KEY)
    assert done.exit_code == 2
    assert "it can't be known: No Kafka broker answers at 127.0.0.1:9" in done.stderr


def test_topics_that_are_gone_are_named() -> None:
    there: Any = SimpleNamespace(numbers=lambda topic: [] if topic == "dead.letters" else [0])
    with pytest.raises(NotKnownError, match=r"1 of 18 topics .* seen: t-dead\.letters\."):
        run._check_there(there, KafkaSettings(prefix="t-"))


def test_an_input_that_ends_before_what_was_read_was_made_anew() -> None:
    assert run._begun("sms.metadata", 0, 3, 9, 1).unread == 2
    with pytest.raises(NotKnownError, match="was made anew"):
        run._begun("sms.metadata", 0, 0, 4, 9)
