"""What became of records: whether the correlators' states are whole, what came late, what could not
be read, and how old the newest data is."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from field.doctor.check import Check, first_of, found, lasting
from field.doctor.workers import Sign
from streams.decode.topic_reader import Topics
from streams.kafka.topics import KEPT_STATE_BYTES
from streams.state.search import TOPIC, Found, look_up

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
#: Dead letters whose reasons are looked at, of each partition.
_LETTERS: Final = 200


class _Letter(msgspec.Struct):
    reason: str = ""
    topic: str = ""


def stored(topics: Topics) -> dict[int, Found]:
    """What is stored of each correlator, by partition."""
    return {number: look_up(topics, number) for number in topics.numbers(TOPIC)}


def states(found_in: Mapping[int, Found], now_ms: int) -> Check:
    """Whether each correlator's newest state can be taken up, and whether one began anew."""
    broken = [f"{n}: {one.broken[0]}" for n, one in found_in.items() if one.broken]
    if broken:
        return found("state", "broken", broken=first_of(broken))
    whole = {n: one for n, one in found_in.items() if one.state is not None}
    mib = sum(one.bytes for one in whole.values()) / (1 << 20)
    large = [str(n) for n, one in whole.items() if one.bytes > KEPT_STATE_BYTES // 2]
    if large:
        return found("state", "large", large=first_of(large), most=KEPT_STATE_BYTES >> 21)
    anew = [
        f"{n} {lasting((now_ms - one.anew.at_ms) / 1000)} ago ({one.anew.reason})"
        for n, one in found_in.items()
        if one.anew is not None and now_ms - one.anew.at_ms <= _DAY_MS
    ]
    if anew:
        return found("state", "anew", anew=first_of(anew))
    return found("state", "ok" if whole else "none", count=len(whole), mib=f"{mib:.1f}")


def late(first: Mapping[str, Sign], newest: Mapping[str, Sign], stored_late: int) -> Check:
    """Whether messages came later than promised; ``first`` and ``newest`` are signs of life of the
    last hour by worker, ``stored_late`` is the count of the states.

    A worker's count has that of its correlators' states in it, so what one hands over to another is
    in neither sum.
    """
    total = max(stored_late, sum(sign.late for sign in newest.values()))
    before = sum(sign.late for sign in first.values())
    lately = max(sum(sign.late for sign in newest.values()) - before, 0)
    case = "lately" if lately else "some" if total else "ok"
    return found("late", case, lately=lately, total=total)


def dead_letters(topics: Topics, now_ms: int) -> Check:
    """Whether messages could not be read in the last hour, and why, the commonest reasons first."""
    name = "dead.letters"
    lately, total, reasons = 0, 0, Counter[str]()
    for number, (begin, end) in topics.ends(name).items():
        total += end - begin
        if begin == end:
            continue
        since = topics.offset_at(name, number, now_ms - _HOUR_MS)
        lately += end - since
        for record in topics.newest(name, number, min(_LETTERS, end - since)):
            try:
                letter = msgspec.json.decode(record.value or b"", type=_Letter)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
            reasons[f"{letter.reason} on {letter.topic}"] += 1
    return letters_of(lately, total, reasons)


def letters_of(lately: int, total: int, reasons: Counter[str]) -> Check:
    """What a number of dead letters within the hour means; ``reasons`` of the newest of them."""
    why = first_of([f"{reason} {count}" for reason, count in reasons.most_common()], 4)
    return found("dead_letters", "lately" if lately else "ok", lately=lately, total=total, why=why)


def age(newest: Mapping[str, Sign], now_ms: int) -> Check:
    """How old the newest arrival time is of all that workers read."""
    arrivals = [feed.arrival_ms for sign in newest.values() for feed in sign.feeds.values()]
    arrived_ms = max(arrivals, default=0)
    if not arrived_ms:
        return found("data.age", "nothing")
    old_ms = max(now_ms - arrived_ms, 0)
    case = "ok" if old_ms <= _DAY_MS else "replay" if _replays(newest) else "old"
    return found("data.age", case, age=lasting(old_ms / 1000))


def _replays(newest: Mapping[str, Sign]) -> bool:
    return any(sign.replay for sign in newest.values())
