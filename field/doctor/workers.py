"""What of the topics hasn't been read yet, which workers report, which inputs they receive, and
whether clocks differ."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from kafka import KafkaAdminClient, TopicPartition

from detectors.profile.age import busiest_first, learning_in
from field.doctor.check import Check, first_of, found, lasting
from field.formats.words.moments import iso, moment
from streams.config.settings import Settings
from streams.decode.topic_reader import Topics
from streams.kafka.heartbeat import Feed
from streams.kafka.topics import BETWEEN, INPUTS, UPLOADS, topic_name
from streams.profile import words

#: More than this (records) can't be what is just under way.
_MUCH: Final = 100_000
#: A record of observations is what came of a chunk of some thousand messages.
_MUCH_TOGETHER: Final = 5_000
_SIGN_EVERY_MS: Final = 2_000
_SILENT_MS: Final = 5 * _SIGN_EVERY_MS
_LOOK_BACK_MS: Final = 3_600_000
_CLOCK_MS: Final = 2_000
_READ: Final = (*INPUTS, *BETWEEN)


class Sign(msgspec.Struct):
    """What of a worker's sign of life is looked at; times in ms."""

    worker: str
    ts: int
    partitions: int = 0
    feeds: dict[str, Feed] = {}
    replay: bool = False
    late: int = 0
    learning: Any = None
    key: str = ""
    key_former: str = ""
    key_new: str = ""
    key_from: int = 0


def lags(admin: KafkaAdminClient, topics: Topics, settings: Settings) -> list[Check]:
    """How far the workers and each channel are behind the ends of what they read."""
    kafka = settings.kafka
    group = topic_name(kafka.prefix, kafka.group)
    checks = [_lag("lag.workers", admin, topics, kafka.prefix, group, _READ)]
    for channel in settings.channels:
        if channel.enabled:
            own = topic_name(kafka.prefix, f"cellhound-channel-{channel.name}")
            name = f"lag.channel.{channel.name}"
            checks.append(_lag(name, admin, topics, kafka.prefix, own, ("fbs.alerts",)))
    return checks


def _lag(
    name: str,
    admin: KafkaAdminClient,
    topics: Topics,
    prefix: str,
    group: str,
    read: Sequence[str],
) -> Check:
    members = _members(admin, group)
    committed = admin.list_group_offsets({group: None})[group]
    behind: dict[str, int] = {}
    for topic in read:
        for number, (begin, end) in topics.ends(topic).items():
            position = committed.get(TopicPartition(prefix + topic, number))
            offset = (
                begin if position is None or position.offset < 0 else max(position.offset, begin)
            )
            behind[topic] = behind.get(topic, 0) + max(0, end - offset)
    return lag_of(name, group, members, behind, has_read=bool(committed))


def lag_of(name: str, group: str, members: int, behind: Mapping[str, int], has_read: bool) -> Check:
    """What members of a group and the records before them, by topic, mean."""
    total = sum(behind.values())
    waiting = [f"{topic} {count}" for topic, count in behind.items() if count]
    by_topic = f" ({', '.join(waiting)})" if waiting else ""
    seen = f"group {group}: {members} members, {total} records to read{by_topic}"
    if members == 0:
        program = "cellhound worker" if name == "lag.workers" else "cellhound notify run"
        seen += "" if has_read else "; it has never read"
        return found(
            "lag", "nobody" if total else "nobody_needed", name, seen=seen, program=program
        )
    is_much = total > _MUCH or behind.get("fbs.census", 0) > _MUCH_TOGETHER
    return found("lag", "much" if is_much else "ok", name, seen=seen)


def _members(admin: KafkaAdminClient, group: str) -> int:
    groups = admin.describe_groups([group])
    return len(groups.get(group, {}).get("members") or ())


def signs(topics: Topics, now_ms: int) -> tuple[dict[str, Sign], dict[str, Sign]]:
    """The first and the newest sign of life of each worker in the last hour."""
    first: dict[str, Sign] = {}
    newest: dict[str, Sign] = {}
    for number in topics.numbers("fbs.health"):
        for record in topics.partition("fbs.health", number, now_ms - _LOOK_BACK_MS):
            try:
                sign = msgspec.json.decode(record.value or b"", type=Sign)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
            first.setdefault(sign.worker, sign)
            if sign.worker not in newest or sign.ts >= newest[sign.worker].ts:
                newest[sign.worker] = sign
    return first, newest


def reporting(workers: Mapping[str, Sign], now_ms: int) -> Check:
    """Which workers send signs of life."""
    if not workers:
        return found("workers", "none")
    alive = [sign for sign in workers.values() if now_ms - sign.ts <= _SILENT_MS]
    silent = [
        f"{sign.worker} for {lasting((now_ms - sign.ts) / 1000)}"
        for sign in sorted(workers.values(), key=lambda one: one.worker)
        if now_ms - sign.ts > _SILENT_MS
    ]
    partitions = sum(sign.partitions for sign in alive)
    case = "silent" if not alive else "some_silent" if silent else "ok"
    away = first_of(silent)
    return found("workers", case, alive=len(alive), partitions=partitions, silent=away)


def keys(workers: Mapping[str, Sign], now_ms: int) -> Check:
    """Whether all that are at work hash with one key, or change it together."""
    signs = [s for s in workers.values() if now_ms - s.ts <= _SILENT_MS and (s.key or s.key_new)]
    ids = sorted({sign.key for sign in signs if sign.key})
    changes = {(s.key_former, s.key_new, s.key_from) for s in signs if s.key_new}
    named = [
        f"{sign.worker} {sign.key or sign.key_new}"
        for sign in sorted(signs, key=lambda one: one.worker)
    ]
    if not signs:
        return found("keys", "none")
    if len(changes) > 1 or (len(ids) > 1 and not all(s.key_new for s in signs)):
        return found("keys", "differ", named=first_of(named))
    if not changes:
        return found("keys", "ok", id=ids[0])
    former, new, from_ms = changes.pop()
    # Who has the new key alone is as good as who has both.
    unaware = [s.worker for s in signs if not s.key_new and s.key == former]
    when = iso(moment(from_ms))
    if unaware:
        return found("keys", "unaware", named=first_of(sorted(unaware)), id=new, moment=when)
    case = "changed" if now_ms >= from_ms else "changes"
    return found("keys", case, former=former, id=new, moment=when)


def inputs(workers: Mapping[str, Sign], silent_s: float, now_ms: int) -> Check:
    """Which inputs are received; one that never came may not be connected at all."""
    newest: dict[str, int] = {}
    for sign in workers.values():
        for topic, feed in sign.feeds.items():
            if feed.heard_ms:
                newest[topic] = max(newest.get(topic, 0), feed.heard_ms)
    # Phones upload there, or on the operator's topics: one of the two is enough.
    never = [topic for topic in INPUTS if topic not in newest and topic not in UPLOADS]
    silent = [
        f"{topic} for {lasting((now_ms - received_ms) / 1000)}"
        for topic, received_ms in sorted(newest.items())
        if now_ms - received_ms > silent_s * 1000
    ]
    seen = f"{len(newest) - len(silent)} received"
    seen += f"; silent: {first_of(silent)}" if silent else ""
    seen += f"; never received by these workers: {first_of(never)}" if never else ""
    if not workers:
        return found("inputs", "no_worker")
    return found("inputs", "silent" if silent or not newest else "ok", seen=seen)


def learned(workers: Mapping[str, Sign]) -> Check:
    """How old the installation is, and what it can't know yet, by its busiest zone."""
    zones = busiest_first(one for sign in workers.values() for one in learning_in(sign.learning))
    if not zones:
        return found("learning", "nothing")
    busiest = zones[0]
    return found(
        "learning",
        "learning" if busiest.not_yet else busiest.stage,
        seen=f"{words.STAGES[busiest.stage]}: {busiest.reports} reports of {busiest.sites} sites"
        f" in {words.minutes_text(busiest.minutes)} since {words.moment(busiest.since_ms)}"
        f" (zone {busiest.zone}, the busiest of {len(zones)})",
        missing=", ".join(words.KINDS[kind] for kind in busiest.not_yet),
    )


def clock(stamps: Sequence[int], workers: Mapping[str, Sign], now_ms: int) -> Check:
    """Compares this computer's clock with the clocks of those that wrote records.

    ``stamps`` are timestamps of the newest records. One from the future shows that a clock is off;
    old ones show nothing.
    """
    times = [*stamps, *(sign.ts for sign in workers.values())]
    if not times:
        return found("clock", "no_record")
    ahead_ms = max(times) - now_ms
    case = "ahead" if ahead_ms > _CLOCK_MS else "ok"
    age = lasting(max(0, -ahead_ms) / 1000)
    return found("clock", case, ahead=lasting(ahead_ms / 1000), age=age)


def newest_stamps(topics: Topics) -> list[int]:
    """The timestamps (ms) of the newest record of each partition."""
    stamps: list[int] = []
    for topic in (*_READ, "fbs.alerts", "fbs.health"):
        for number in topics.numbers(topic):
            last: Any = topics.last(topic, number)
            if last is not None:
                stamps.append(int(last.timestamp))
    return stamps
