"""What a worker reports of itself: by topic, without watermarks, and whether it reads a replay."""

from detectors.profile.age import Age, busiest_first, learning_of
from streams.kafka.heartbeat import Counts, Feed, arrival_time_ms, sign_of_life
from streams.kafka.stage_records import SEQ
from streams.privacy.hashing_key import HashingKey

NOW_MS = 1_748_916_000_000


def test_feeds_count_what_was_read_and_what_was_not() -> None:
    counts = Counts(feeds={"sms.metadata": Feed()})
    counts.observe("cell.measurements", 3, 1, NOW_MS - 500, NOW_MS)
    counts.observe("cell.measurements", 2, 0, NOW_MS - 900, NOW_MS + 10)
    counts.observe("sms.metadata", 0, 0, NOW_MS, NOW_MS)  # watermarks alone
    health = sign_of_life("w-1", "1", counts, 8, 2, 0, NOW_MS + 20)
    assert health.feeds == {
        "cell.measurements": Feed(NOW_MS - 500, NOW_MS + 10, 5, 1),
        "sms.metadata": Feed(),
    }
    assert (health.messages, health.dead_letters, health.replay) == (5, 1, False)


def test_a_replay_is_reported_for_a_minute_after_its_last_record() -> None:
    counts = Counts()
    counts.note_replay([[("rx-ts", b"1")], []], NOW_MS)
    assert not sign_of_life("w", "1", counts, 0, 0, 0, NOW_MS).replay
    counts.note_replay([[], [(SEQ, b"7:1")]], NOW_MS)
    assert sign_of_life("w", "1", counts, 0, 0, 0, NOW_MS + 60_000).replay
    assert not sign_of_life("w", "1", counts, 0, 0, 0, NOW_MS + 60_001).replay


def test_the_busiest_zones_say_how_far_they_have_come() -> None:
    zones = [learning_of(f"z{n}", Age(minutes=70, reports=n), n) for n in range(40)]
    health = sign_of_life("w", "1", Counts(), 0, 0, 0, NOW_MS, busiest_first(zones))
    assert len(health.learning) == 16
    assert (health.learning[0].zone, health.learning[0].stage) == ("z39", "hour")


def test_correlators_may_work_off_a_replay_for_an_hour() -> None:
    counts = Counts()
    assert not counts.has_replayed(NOW_MS)
    counts.note_replay([[(SEQ, b"7:1")]], NOW_MS)
    assert counts.has_replayed(NOW_MS + 3_600_000)
    assert not counts.has_replayed(NOW_MS + 3_600_001)


def test_what_is_reported_now_has_the_arrival_time_of_the_data() -> None:
    assert arrival_time_ms([], NOW_MS) == NOW_MS
    assert arrival_time_ms([Feed()], NOW_MS) == NOW_MS
    replayed = [Feed(1_000_000, NOW_MS - 4_000), Feed(990_000, NOW_MS - 20_000), Feed()]
    assert arrival_time_ms(replayed, NOW_MS) == 1_010_000


def test_a_worker_names_the_key_of_its_newest_arrivals() -> None:
    plain = HashingKey(b"new")
    counts = Counts()
    assert sign_of_life("w", "1", counts, 0, 0, 0, NOW_MS, key=plain).key == plain.id
    key = HashingKey(b"new", former=b"old", from_ms=NOW_MS)
    for newest_ms, now in ((0, ""), (NOW_MS - 1, key.former_id), (NOW_MS, key.id)):
        counts.feeds["sms.metadata"] = Feed(arrival_ms=newest_ms)
        health = sign_of_life("w", "1", counts, 0, 0, 0, NOW_MS, key=key)
        assert health.key == now
        assert (health.key_former, health.key_new, health.key_from) == (
            key.former_id,
            key.id,
            NOW_MS,
        )
