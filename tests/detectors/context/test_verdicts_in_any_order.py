"""Verdicts, and mutes that are outweighed, are the same whatever the delivery, the restarts and the
split of zones: on made-up streams in which crowds make alerts, teams rule some out, and more come.
"""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.context.muting import mute
from detectors.model.finding import Finding, Observation, Source
from tests.detectors.conftest import Make
from tests.detectors.context.test_verdicts import verdict
from tests.detectors.correlate.test_correlator import (
    HAPPENINGS,
    PLACES,
    SOURCES,
    Happening,
    decided_as_one,
    delivered,
    drawing,
    in_one_go,
    records_of,
)

Crowd = tuple[int, float, int]
Given = tuple[str, int, int]
Records = list[Finding | Observation]

#: The least of them is still a crowd, two restarts and all the records between.
few = settings(
    max_examples=settings().max_examples // 8,
    suppress_health_check=[HealthCheck.large_base_example],
)
#: When, how far east (m) and how many phones.
CROWDS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(PLACES[:3]), st.integers(6, 20)),
    min_size=2,
    max_size=4,
)
WORDS = st.sampled_from(["false_alarm", "false_alarm", "legitimate_cell", "confirmed", "not_found"])
GIVEN = st.lists(st.tuples(WORDS, st.integers(0, 9), st.integers(1, 300)), min_size=1, max_size=4)


@pytest.fixture(scope="module", autouse=True)
def _little_is_explained() -> Iterator[None]:
    """So that few phones outweigh a verdict."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mute, "_TIMES", 0)
        patch.setattr(mute, "_MORE", 4)
        yield


def crowd(make: Make, name: str, drawn: Crowd) -> list[Finding]:
    """Phones that each see an odd cell and come back from its area."""
    at_s, east_m, phones = drawn
    return [
        make.finding(
            0,
            at_s + number / 2,
            detector=detector,
            who=f"{name}-{number}",
            weight=3.0,
            place=make.place(east_m + 20.0 * (number % 5)),
        )
        for number in range(phones)
        for detector in ("unknown_cell", "unknown_old_area")
    ]


def judged(
    make: Make, happenings: list[Happening], crowds: list[Crowd], given: list[Given]
) -> list[Records]:
    """A story with verdicts on the alerts that it makes, so many seconds after they open."""
    queues = records_of(make, happenings)
    found = [one for number, each in enumerate(crowds) for one in crowd(make, f"c{number}", each)]
    for number, record in enumerate(found):
        queues[number % len(queues)].append(record)
    queues = numbered(queues)
    opened = {a.alert_id: a.ts for a in reversed(in_one_go(make, queues).alerts)}
    names = sorted(opened)
    for kind, number, after_s in given:
        name = names[number % len(names)]
        at_s = (opened[name] - make.t0_ms) / 1000 + after_s
        queues[0].append(verdict(make, name, kind, at_s))
    return numbered(queues)


def numbered(queues: list[Records]) -> list[Records]:
    """The records of each source in order of arrival, as they lie there."""
    return [
        [
            msgspec.structs.replace(record, source=Source(*source, offset, -1))
            for offset, record in enumerate(sorted(queue, key=lambda each: each.rx_ts))
        ]
        for source, queue in zip(SOURCES, queues, strict=True)
    ]


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS, crowds=CROWDS, given=GIVEN, split=st.integers(0, 1 << 16))
def test_which_zones_share_a_correlator_changes_nothing(
    make: Make, happenings: list[Happening], crowds: list[Crowd], given: list[Given], split: int
) -> None:
    decided_as_one(make, judged(make, happenings, crowds, given), split)


@pytest.mark.slow
@few
@given(happenings=HAPPENINGS, crowds=CROWDS, given=GIVEN, data=st.data())
def test_delivery_and_restarts_change_nothing(
    make: Make,
    happenings: list[Happening],
    crowds: list[Crowd],
    given: list[Given],
    data: st.DataObject,
) -> None:
    queues = judged(make, happenings, crowds, given)
    assert delivered(make, queues, drawing(data), restarts=True) == in_one_go(make, queues)
