"""What became of records, as the doctor judges it: in each state that a check can be in."""

from collections import Counter

import msgspec
import pytest

from detectors.correlate.state import CorrelatorState
from field.doctor import records
from field.doctor.workers import Sign
from streams.state.form import Anew
from streams.state.search import Found

NOW = 1_748_916_000_000
_HOUR_MS = 3_600_000


def _sign(late: int = 0, arrival_ms: int = NOW, replay: bool = False) -> Sign:
    feeds = {"cell.signalling": {"arrival_ms": arrival_ms, "heard_ms": NOW}}
    fields = {"worker": "w", "ts": NOW, "late": late, "feeds": feeds, "replay": replay}
    return msgspec.convert(fields, Sign)


WHOLE = Found(CorrelatorState(), bytes=1 << 20)


@pytest.mark.parametrize(
    ("stored", "state", "sentence"),
    [
        ({0: WHOLE, 1: WHOLE}, "ok", "2 states are whole, 2.0 MiB"),
        ({0: Found()}, "skipped", "no correlator has stored one yet"),
        ({0: WHOLE, 3: Found(broken=("it is damaged",))}, "fail", "up: 3: it is damaged"),
        ({2: Found(CorrelatorState(), bytes=40 << 20)}, "warn", "more than 32 MiB in partition 2"),
        (
            {0: Found(CorrelatorState(), anew=Anew(NOW - 2 * _HOUR_MS, "it was reset"))},
            "warn",
            "0 120 min ago (it was reset)",
        ),
        (
            {0: Found(CorrelatorState(), anew=Anew(NOW - 48 * _HOUR_MS, "it was reset"))},
            "ok",
            "1 states are whole",
        ),
    ],
)
def test_states_are_whole_or_the_reason_is_shown(
    stored: dict[int, Found], state: str, sentence: str
) -> None:
    found = records.states(stored, NOW)
    assert found.state == state
    assert sentence in found.seen.replace("2.0 h", "120 min")


@pytest.mark.parametrize(
    ("first", "newest", "state", "sentence"),
    [
        (0, 0, "ok", "nothing came later"),
        (17, 17, "ok", "none within the last hour; 17"),
        (17, 17_396, "warn", "17379 findings and observations came too late"),
    ],
)
def test_what_came_late_is_shown(first: int, newest: int, state: str, sentence: str) -> None:
    found = records.late({"w": _sign(first)}, {"w": _sign(newest)}, newest)
    assert (found.state, sentence in found.seen) == (state, True), found


def test_dead_letters_are_shown_with_their_reasons() -> None:
    assert records.letters_of(0, 12, Counter()).state == "ok"
    found = records.letters_of(3, 12, Counter({"bad_json on sms.metadata": 3}))
    assert found.state == "warn"
    assert "3 within the last hour, 12 are kept; of the newest: bad_json on sms" in found.seen


@pytest.mark.parametrize(
    ("arrival_ms", "replay", "state"),
    [
        (NOW - _HOUR_MS, False, "ok"),
        (NOW - 13_000 * _HOUR_MS, False, "warn"),
        (NOW - 13_000 * _HOUR_MS, True, "warn"),
        (0, False, "skipped"),
    ],
)
def test_old_data_is_odd(arrival_ms: int, replay: bool, state: str) -> None:
    found = records.age({"w": _sign(arrival_ms=arrival_ms, replay=replay)}, NOW)
    assert found.state == state
    if state == "warn":
        assert "541.7 days" in found.seen
        assert ("a recording" in found.seen) == replay
