"""Messages that wait for the centre's word: in order, by name, and each answered once."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.sms.pending import Queue, name_of
from detectors.model.finding import Observation, Source


def message(make: Any, number: int = 0, at_s: float = 0.0, sender: str = "95588") -> Observation:
    observation: Observation = make.observation(
        number, at_s, kind="seen", values={"sender": sender, "content": f"{number:016x}"}
    )
    return observation


def popped(waiting: Queue, until_ms: int) -> list[Observation]:
    observed = []
    while (pending := waiting.pop(until_ms)) is not None:
        observed.append(pending.observation)
    return observed


@given(st.lists(st.integers(0, 20), max_size=20), st.integers(0, 20))
def test_they_come_back_in_order_of_when_they_are_due(
    make: Any, dues: list[int], until: int
) -> None:
    waiting = Queue()
    for number, due in enumerate(dues):
        waiting.put(message(make, number, number), due)
    assert waiting.next_due_ms() == min(dues, default=None)
    observed = [observation.who for observation in popped(waiting, until)]
    order = sorted((due, number) for number, due in enumerate(dues) if due <= until)
    assert observed == [f"s{number}" for _, number in order]
    assert waiting.next_due_ms() == min((due for due in dues if due > until), default=None)


@given(st.permutations(range(8)), st.integers(0, 8))
def test_neither_order_nor_a_way_through_storage_matter(
    make: Any, order: list[int], stored: int
) -> None:
    waiting = Queue()
    for turn, number in enumerate(order):
        if turn == stored:
            waiting = msgspec.msgpack.decode(msgspec.msgpack.encode(waiting), type=Queue)
        waiting.put(message(make, number, number // 2), 1000 * (number // 4))
    observed = popped(waiting, 10_000)
    plainly = [message(make, n, n // 2) for n in range(8)]
    plainly.sort(
        key=lambda observation: (
            int(observation.who[1:]) // 4,
            observation.ts,
            observation.digest(),
        )
    )
    assert observed == plainly


def test_one_that_is_answered_waits_no_more(make: Any) -> None:
    waiting = Queue()
    for number in range(3):
        waiting.put(message(make, number), 10)
    assert waiting.settle(message(make, 1))
    assert {observation.who for observation in popped(waiting, 10)} == {"s0", "s2"}
    assert not waiting.settle(message(make, 1))
    assert not waiting.settle(message(make, 9))


@given(put=st.integers(0, 5), settled=st.integers(0, 7))
def test_each_record_of_the_centre_answers_for_one(make: Any, put: int, settled: int) -> None:
    waiting = Queue()
    for number in range(put):
        observation = msgspec.structs.replace(message(make), source=Source("t", 0, number, -1))
        waiting.put(observation, number)
    answers = [waiting.settle(message(make)) for _ in range(settled)]
    assert answers == [n < put for n in range(settled)]
    left = 0
    while (pending := waiting.pop(100)) is not None:
        assert waiting.settle(pending.observation)
        left += 1
    assert left == max(0, put - settled)
    assert (waiting.queue, waiting.unanswered) == ([], {})


def test_one_that_is_put_back_is_still_unanswered(make: Any) -> None:
    waiting = Queue()
    waiting.put(message(make), 10)
    pending = waiting.pop(10)
    assert pending is not None
    waiting.put_back(pending, 30)
    assert (waiting.pop(29), waiting.next_due_ms()) == (None, 30)
    assert waiting.settle(message(make))
    assert waiting.pop(30) is None


def test_a_name_is_device_time_sender_and_content(make: Any) -> None:
    observation = message(make)
    others = [
        message(make, 1),
        message(make, at_s=1.0),
        message(make, sender="10086"),
        msgspec.structs.replace(observation, values={"sender": "95588", "content": None}),
    ]
    assert len({name_of(each) for each in (observation, *others)}) == 5
    later = msgspec.structs.replace(observation, rx_ts=observation.rx_ts + 5000, kind="vouched")
    assert name_of(later) == name_of(observation)
