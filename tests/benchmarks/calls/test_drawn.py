"""What programs that measure rules of calls share: a world, what is true of it, what is found."""

import doctest
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.measuring.calls import drawn
from benchmarks.measuring.calls.drawn import drawn_world, kinds_by_call, stories
from benchmarks.measuring.calls.found import batches, findings, screened
from replay.simulate.drawn.parameters import Value
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

HASHER = Hasher(b"a key of benchmarks alone")
GIVEN: dict[str, Value] = {
    **{"subscribers": 500, "hours": 1, "oversample": 20, "home_scammers": 2},
    **{"spoofed_campaigns": 1, "campaign_calls": 60, "calls_per_hour": 300},
}


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    with drawn_world(5, GIVEN) as trace:
        yield trace


def test_examples() -> None:
    assert doctest.testmod(drawn).failed == 0


def test_a_world_goes_once_it_was_looked_at() -> None:
    with drawn_world(5, {"subscribers": 500, "hours": 0.5}, honest=True) as trace:
        assert {story["kind"] for story in stories(trace)} == {"look_alike"}
    assert not trace.exists()


def test_calls_of_the_truth_are_calls_of_the_trace(world: Path) -> None:
    """Save the few whose reference looks like a telephone number, and is hashed as one."""
    kinds = kinds_by_call(stories(world))
    refs = {ref for batch in batches(world, HASHER) for ref in batch.call_ref.tolist()}
    assert {"scam_caller", "scam_campaign"} <= set(kinds.values())
    assert 0.98 < len(kinds.keys() & refs) / len(kinds) <= 1.0
    assert list(batches(world, HASHER, "device.sms")) == []


def test_first_halves_find_what_the_whole_does(world: Path) -> None:
    """As far as a rule has a first half alone; the list of numbers counts in both."""
    name = "spoofed_ingress"
    settings = load_settings(env={})
    own = [one for some, _ in screened(world, [name], HASHER) for one in some]
    whole = [one for one in findings(world, settings, HASHER) if one.detector == name]
    assert own
    assert {one.digest() for one in own} == {one.digest() for one in whole}
