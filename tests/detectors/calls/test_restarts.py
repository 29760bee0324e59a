"""A correlator that was restored at any moment goes on as one that was not."""

import random
from typing import Any

import msgspec
import pytest

from detectors.alert.record import Alert
from detectors.calls import incident, state
from detectors.calls.lifecycle import CallLifecycle
from detectors.calls.settings import CallSettings
from detectors.calls.state import CallsState
from detectors.model.finding import Finding
from tests.detectors.calls.conftest import T0, Finder

_RULES: tuple[dict[str, Any], ...] = (
    {},
    {"detector": "caller_rate", "family": "pace", "weight": 3.0},
    {"detector": "short_calls", "family": "outcome", "weight": 1.2},
    {"detector": "reputation", "family": "report", "weight": 0.6},
    {"detector": "group_surge", "family": "pace", "weight": 3.0, "number": None},
    {
        **{"detector": "victim_path", "family": "victim", "people": ("h-victim",)},
        "values": {"level": "medium", "suspect": "spoofed"},
    },
)
_LINKS = ("domain:a.example", "manner:x|fixed|gw-1|21", "callback:h-1", "trunk:gw-1", "cell:1")


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that campaigns forget, links become hubs and room has to be made within a few findings."""
    monkeypatch.setattr(incident, "MOST_NUMBERS", 4)
    monkeypatch.setattr(incident, "MOST_KNOWN_CALLS", 6)
    monkeypatch.setattr(incident, "MOST_LINKS", 3)
    monkeypatch.setattr(state, "MOST_LINKS", 3)
    monkeypatch.setattr(state, "MOST_INCIDENTS", 16)
    monkeypatch.setattr(state, "_HUB", 3)
    monkeypatch.setattr(state, "MOST_PAST", 2)


def drawn(found: Finder, seed: int) -> list[Finding]:
    chance = random.Random(seed)
    made = []
    for n in range(120):
        over = dict(chance.choice(_RULES))
        over.setdefault("number", f"h-{chance.randrange(24):024x}")
        over["calls"] = (f"ref-{chance.randrange(60)}",)
        over["links"] = tuple(chance.sample(_LINKS, chance.choice((0, 0, 0, 1, 2))))
        made.append(found(n, at_s=n * chance.choice((5, 5, 400)), **over))
    return sorted(made, key=lambda one: one.rx_ts)


def worked_off(
    findings: list[Finding], every: int | None = None, looked_at_whole: bool = False
) -> list[object]:
    """All that comes of findings, where the state is stored and restored every so many, or all
    numbers of a candidate are looked at with each finding."""
    life = CallLifecycle(CallSettings(), CallsState())
    decided: list[object] = []
    for n, finding in enumerate(findings):
        while (due := life.next_due_ms()) is not None and due < finding.rx_ts:
            decided += life.pass_time(due)
        decided += life.take(finding, finding.rx_ts)
        decided += life.following.drain()
        if looked_at_whole:
            for one in life.state.incidents.values():
                one.accuses_nobody = False
        if every is not None and n % every == 0:
            stored = msgspec.msgpack.encode(life.state)
            life = CallLifecycle(CallSettings(), msgspec.msgpack.decode(stored, type=CallsState))
    return [*decided, life.state, life.pass_time(T0 + 1_000_000_000), life.following.drain()]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_forgotten_is_forgotten_alike(found: Finder, seed: int) -> None:
    findings = drawn(found, seed)
    whole = worked_off(findings)
    assert len(whole) > 10 + 2 * len(findings)
    for every in (1, 7, 40):
        assert worked_off(findings, every) == whole
    assert worked_off(findings, looked_at_whole=True) == whole


@pytest.mark.parametrize("seed", range(12))
def test_numbers_that_nothing_new_is_found_of_need_no_look(found: Finder, seed: int) -> None:
    """Each of many gives a little, and all together enough: nobody is accused before one gives
    more."""
    chance = random.Random(seed)
    surge = found(0, links=_LINKS[1:2], **_RULES[4])
    slight = [
        found(n, number=f"h-{chance.randrange(6):024x}", links=_LINKS[1:2], weight=0.9 + n / 100)
        for n in range(1, 80)
    ]
    decided = worked_off([surge, *slight])
    assert worked_off([surge, *slight], looked_at_whole=True) == decided
    opened = [one for one in decided if isinstance(one, Alert) and one.status == "open"]
    assert opened[0].ts > T0 + 50_000
