"""When campaigns are due, beside a look at all of them; each call is in some update."""

import random

import msgspec
import pytest

from detectors.calls.dues import Dues
from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.model.finding import Finding, OfCalls, Source
from tests.detectors.calls.conftest import SOURCE, T0


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_least_of_all_whatever_moved(seed: int) -> None:
    chance = random.Random(seed)
    due = {n: chance.randrange(1000) for n in range(20)}
    dues = Dues(due.get, due)
    for now_ms in range(0, 3000, 10):
        changed = chance.randrange(40)
        if chance.random() < 0.2:
            due.pop(changed, None)
        else:
            due[changed] = now_ms + chance.randrange(1000)
            dues.note(changed)
        assert dues.next_ms() == min(due.values(), default=None)
        taken = dues.take(now_ms)
        assert taken == sorted(n for n, at in due.items() if at <= now_ms)
        for n in taken:
            due[n] = now_ms + 1 + chance.randrange(500)
            dues.note(n)


def test_few_are_looked_at_however_many_there_are() -> None:
    due = {n: 1000 + n for n in range(10_000)}
    looked = []

    def due_ms(n: int) -> int:
        looked.append(n)
        return due[n]

    dues = Dues(due_ms, due)
    looked.clear()
    for step in range(100):
        due[9_999] = 20_000 + step
        dues.note(9_999)
        assert dues.next_ms() == 1000
    assert len(looked) == 200


def test_every_call_is_in_some_revision_where_each_finding_names_many() -> None:
    settings = CallSettings(update_calls=137)
    one, count, alerts = "h-" + 24 * "a", 0, []
    life = CallLifecycle(settings, CallsState())
    source = Source(*SOURCE, 0, -1)
    for n, many in enumerate((1, 1, 136, *(64 for _ in range(20)), 9)):
        calls = tuple(f"ref-{count + at}" for at in range(many))
        about = OfCalls(number=one, calls=calls)
        family = {"family": "pace", "detector": "caller_rate"} if n % 2 else {"family": "number"}
        made = {"detector": "spoofed_ingress", "version": 1, "weight": 3.0, "cap": 5.0, **family}
        made |= {"ts": T0 + n, "rx_ts": T0 + n, "space": "number", "who": one}
        alerts += life.take(Finding(source=source, of_calls=about, **made), T0 + n)
        count += many
    alerts += life.flush()
    assert {call for alert in alerts for call in alert.calls} == {f"ref-{n}" for n in range(count)}
    with pytest.raises(msgspec.ValidationError, match="137"):
        msgspec.convert({"update_calls": 138}, CallSettings)
