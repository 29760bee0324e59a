"""A notice is tried until it is taken or given up, with pauses that grow."""

import asyncio
import random

from field.channels.delivery.delivery import Outcome, deliver, pause_s
from field.channels.delivery.sender import Notice, Sender, SendError
from tests.field.channels.example import Recorder, an_alert


class Broken(Sender):
    async def send(self, notice: Notice) -> str:
        raise ZeroDivisionError


class Silent(Sender):
    async def send(self, notice: Notice) -> str:
        await asyncio.Event().wait()
        return "never"


class Busy(Sender):
    """Asks for patience once."""

    asked = False

    async def send(self, notice: Notice) -> str:
        if self.asked:
            return "taken"
        self.asked = True
        raise SendError("busy", wait_s=42.0)


def tried(
    sender: Sender, retries: int = 3, timeout_s: float = 5.0, news: int = 1000
) -> tuple[Outcome, list[float]]:
    """How it ended, and the pauses between; it is no news any more after so many pauses."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def retrying(attempt: int, detail: str) -> None:
        assert attempt == len(pauses) + 1
        assert detail

    notice = Notice((an_alert(),))
    rng = random.Random(7)
    outcome = asyncio.run(
        deliver(
            notice, sender, retries, timeout_s, rng, sleep, retrying, lambda: len(pauses) < news
        )
    )
    return outcome, pauses


def test_what_is_taken_at_once_is_sent_once() -> None:
    sender = Recorder()
    assert tried(sender) == (Outcome(True, 1, "taken"), [])
    assert sender.attempts == 1


def test_pauses_grow_and_differ() -> None:
    outcome, pauses = tried(Recorder(failures=7), retries=9)
    assert outcome == Outcome(True, 8, "taken")
    assert all(2.0**at / 2 <= pause <= 2.0**at for at, pause in enumerate(pauses) if at < 6), pauses
    assert 30.0 <= pauses[6] <= 60.0
    assert len({pause_s(3, random.Random(seed)) for seed in range(5)}) == 5


def test_after_the_last_retry_it_is_given_up() -> None:
    sender = Recorder(failures=100)
    outcome, pauses = tried(sender, retries=2)
    assert outcome == Outcome(False, 3, "is away")
    assert len(pauses) == 2
    assert sender.attempts == 3


def test_what_will_never_be_taken_is_not_tried_again() -> None:
    outcome, pauses = tried(Recorder(failures=1, final=True))
    assert (outcome, pauses) == (Outcome(False, 1, "is away"), [])


def test_who_is_away_is_waited_for_whatever_the_retries() -> None:
    outcome, pauses = tried(Recorder(failures=50, away=True), retries=2)
    assert outcome == Outcome(True, 51, "taken")
    assert max(pauses) <= 30.0


def test_who_stays_away_is_left_once_it_is_no_news() -> None:
    outcome, pauses = tried(Recorder(failures=1000, away=True), news=20)
    assert outcome == Outcome(False, 21, "is away")
    assert len(pauses) == 20


def test_a_receiver_that_never_answers_is_as_good_as_away() -> None:
    outcome, _ = tried(Silent(), retries=1, timeout_s=0.01, news=5)
    assert outcome == Outcome(False, 6, "no answer within 0.01 s")


def test_a_receiver_is_given_the_time_that_it_asks_for() -> None:
    assert tried(Busy()) == (Outcome(True, 2, "taken"), [42.0])


def test_a_bug_is_given_up_on_and_logged() -> None:
    outcome, _ = tried(Broken())
    assert outcome == Outcome(False, 1, "a bug: ZeroDivisionError")
