"""What screening sent before a crash and sends again after it is taken once, wherever the crash
fell, whoever sends beside, and whatever else is made of the same messages the second time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.correlate.correlator import Correlator
from detectors.correlate.settings import IncidentSettings
from detectors.correlate.state import parts_of, state_of
from detectors.model.finding import Observation, Source
from detectors.screen.screening import _numbered

_MESSAGES = 4
#: Of each message these always have an observation, and these may have one or not: what is kept for
#: longer than any rule's horizon, or a register that has grown, says more or less of it.
_ALWAYS = ("lost_area", "unknown_old_area", "unknown_old_area")
_AT_TIMES = ("core_service", "fallback_share", "vanish_and_return")

Sent = list[Observation]
some_rules = st.lists(st.sampled_from(_AT_TIMES), unique=True)


def _sent(make: Any, first: int = 0, at_times: Sequence[str] = ()) -> Sent:
    """What screening sends of all messages from one on, in its order."""
    return _numbered(
        [
            make.observation(
                message,
                detector=rule,
                kind=f"{rule} {number}",
                source=Source(*make.source, message, -1),  # type: ignore[call-arg]
            )
            for message in range(first, _MESSAGES)
            for number, rule in enumerate((*_ALWAYS, *at_times))
        ]
    )


def _gone_on(make: Any, before: Correlator | None, records: Sent) -> Correlator:
    """A correlator that takes up what another stored, and takes some records more."""
    stored = None if before is None else state_of(parts_of(before.state))
    correlator = Correlator((), IncidentSettings(), frozenset({make.source}), state=stored)
    for record in records:
        correlator.take(record)
    return correlator


def _taken(correlator: Correlator) -> Counter[tuple[int, str]]:
    """How often the observations of rules that always have one were taken."""
    waiting = [item.observation for item in correlator.state.waiting]
    return Counter(
        (one.source.offset, one.kind)
        for one in waiting
        if one is not None and one.detector in _ALWAYS
    )


@pytest.mark.parametrize("first", range(_MESSAGES))
@given(before=some_rules, after=some_rules)
def test_what_is_sent_again_is_taken_once_wherever_the_crash_fell(
    make: Any, first: int, before: list[str], after: list[str]
) -> None:
    whole, once = _sent(make, 0, before), _taken(_gone_on(make, None, _sent(make)))
    assert set(once.values()) == {1}
    # It was acknowledged up to the message from which on it comes again.
    acknowledged = sum(record.source.offset < first for record in whole)
    for sent in range(acknowledged, len(whole) + 1):
        for stored in range(sent + 1):
            correlator = _gone_on(make, None, whole[:stored])
            rest = whole[stored:sent] + _sent(make, first, after)
            assert _taken(_gone_on(make, correlator, rest)) == once


@given(data=st.data(), before=some_rules, after=some_rules)
def test_whoever_lost_a_partition_unnoticed_may_send_beside_its_new_owner(
    make: Any, data: st.DataObject, before: list[str], after: list[str]
) -> None:
    first = data.draw(st.integers(0, _MESSAGES - 1))
    former, new = _sent(make, 0, before), _sent(make, first, after)
    acknowledged = sum(record.source.offset < first for record in former)
    log, former = former[:acknowledged], former[acknowledged:]
    while former or new:
        # However many of one's go before the next of the other's.
        sender = former if former and (not new or data.draw(st.booleans())) else new
        count = data.draw(st.integers(1, len(sender)))
        log += sender[:count]
        del sender[:count]
    taken = _taken(_gone_on(make, None, log))
    assert taken == _taken(_gone_on(make, None, _sent(make)))


def test_a_state_of_before_rules_were_noted_goes_by_parts(make: Any) -> None:
    correlator = _gone_on(make, None, [])
    correlator.state.taken[f"observations/{make.source[0]}/{make.source[1]}"] = (2, -1, 1)
    for part, rule in enumerate(("fallback_share", "lost_area", "unknown_old_area")):
        source = Source(*make.source, 2, -1, part)  # type: ignore[call-arg]
        correlator.take(make.observation(2, detector=rule, source=source))
    assert correlator.state.repeated == 2
    assert [item.observation.detector for item in correlator.state.waiting] == ["unknown_old_area"]  # type: ignore[union-attr]
