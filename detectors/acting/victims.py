"""From findings of `victim_path` to notices of victims.

A finding is about the number that called; who was called stands in it as `people`. A notice is
about them, and holds nothing of the number. Pure: state in, notices out.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from detectors.acting.notice import VictimNotice
from detectors.features.memory.lru import keep
from detectors.model.codes import LEVELS
from detectors.model.finding import Finding

#: The rule whose findings say who is on the way of a victim.
DETECTOR: Final = "victim_path"
DAY_MS: Final = 86_400_000
#: How long a notice may be kept: who is not reached in three days has to be found anew.
VALID_MS: Final = 3 * DAY_MS
#: People who were written about are remembered for as long as a notice is valid, so many at most.
_MOST: Final = 1 << 16

#: The alerts that a finding belongs to.
AlertsOf = Callable[[Finding], tuple[str, ...]]


class Given(msgspec.Struct, array_like=True):
    """The newest notice about somebody: its level, a place in `LEVELS`, and when (ms)."""

    level: int
    ts: int


class Noticed(msgspec.Struct):
    """Who was written about lately, by pseudonym, the newest last: plain data, bounded."""

    given: dict[str, Given] = {}


def no_alerts(_: Finding) -> tuple[str, ...]:
    """Of findings that belong to no alert yet."""
    return ()


def notice_of(finding: Finding, who: str, valid_ms: int = VALID_MS) -> VictimNotice | None:
    """The notice about one of the people of a finding; ``None`` for one that says nothing of
    victims. It names no alerts."""
    level = _level(finding)
    if level is None:
        return None
    words = (str(finding.values.get(name) or "") for name in ("suspect", "reasons"))
    return VictimNotice(
        subscriber=who,
        level=LEVELS[level],
        reasons=tuple(" ".join(words).split()),
        since=finding.ts,
        ts=finding.rx_ts,
        valid_until=finding.rx_ts + valid_ms,
    )


def notices(
    state: Noticed, findings: Iterable[Finding], alerts_of: AlertsOf = no_alerts
) -> list[VictimNotice]:
    """The notices that follow from findings, in their order; ``state`` is brought up to date.

    There is one for a person, level and day, and while it is valid the level only rises.
    """
    made = []
    for finding in findings:
        for who in finding.of_calls.people if finding.of_calls is not None else ():
            notice = notice_of(finding, who)
            if who and notice is not None and _is_new(state, notice):
                alert_ids = tuple(sorted(set(alerts_of(finding))))
                made.append(msgspec.structs.replace(notice, alert_ids=alert_ids))
    return made


def _level(finding: Finding) -> int | None:
    """A place in `LEVELS`; ``None`` for a finding that says nothing of victims."""
    word = finding.values.get("level")
    return LEVELS.index(word) if finding.detector == DETECTOR and word in LEVELS else None


def _is_new(state: Noticed, notice: VictimNotice) -> bool:
    """Whether somebody has to be written about, which is noted."""
    who, level, now_ms = notice.subscriber, LEVELS.index(notice.level), notice.ts
    given = state.given.get(who)
    if given is not None and now_ms - given.ts < VALID_MS:
        again = level == given.level and now_ms - given.ts >= DAY_MS
        if level <= given.level and not again:
            return False
    state.given.pop(who, None)
    keep(state.given, who, Given(level, now_ms), _MOST)
    while state.given[(first := next(iter(state.given)))].ts <= now_ms - VALID_MS:
        del state.given[first]
    return True
