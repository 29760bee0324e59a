"""Which of two workers with different keys ends, and which records show that one is alive."""

from typing import Any

import msgspec

from streams.peers.same_key import OtherKeys


def sign(worker: str, ts: int, key: str = "bb", since: int = 5) -> bytes:
    return msgspec.json.encode({"worker": worker, "ts": ts, "key": key, "since": since})


def looks(watch: OtherKeys, *rounds: list[bytes | None]) -> list[Any]:
    return [watch.observe(values) for values in rounds]


def test_another_key_counts_once_its_worker_gives_another_sign() -> None:
    watch = OtherKeys("host-1", "aa")
    (nothing,) = looks(watch, [sign("host-2", 10)])
    assert (nothing, watch.suspects) == (None, True)
    found = watch.observe([sign("host-2", 10), sign("host-2", 12)])
    assert found is not None
    assert found.startswith("host-2 is at work with another hashing key (id bb) than this worker,")
    assert "host-1 (id aa)" in found


def test_one_that_has_ended_hinders_nobody() -> None:
    watch = OtherKeys("host-1", "aa")
    assert looks(watch, [sign("host-2", 10)], [sign("host-2", 10)], []) == [None] * 3


def test_the_same_key_older_releases_and_what_is_no_sign_do_not_count() -> None:
    watch = OtherKeys("host-1", "aa")
    for ts in (10, 12, 14):
        odd = [None, b"[]", b"\xff", b'{"worker": 7}', sign("host-1", ts)]
        assert watch.observe([*odd, sign("w", ts, "aa"), sign("v", ts, "")]) is None
        assert not watch.suspects


def test_of_two_that_are_at_work_the_later_one_ends() -> None:
    for since, name, ends in ((4, "z", True), (6, "a", False), (5, "a", True), (5, "z", False)):
        watch = OtherKeys("m", "aa", since=5)
        found = looks(watch, *([sign(name, ts, since=since)] for ts in (1, 2)))[-1]
        assert (found is not None) == ends
