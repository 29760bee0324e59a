"""Which of two workers with different keys ends, and which records show that one is alive."""

from typing import Any

import msgspec
import pytest

from streams.peers.same_key import Keys, OtherKeys

OWN = Keys("aa")
T = 1_764_558_000_000
#: From the key aa to the key nn.
CHANGE = Keys("nn", "aa", T)


def sign(worker: str, ts: int, key: str = "bb", since: int = 5, **more: Any) -> bytes:
    return msgspec.json.encode({"worker": worker, "ts": ts, "key": key, "since": since, **more})


def changing(now: str, former: str = "aa", new: str = "nn", begin: int = T) -> dict[str, Any]:
    """What a worker says of itself while it changes the key; ``now`` is the one in force there."""
    return {"key": now, "key_former": former, "key_new": new, "key_from": begin}


def looks(watch: OtherKeys, *rounds: list[bytes | None]) -> list[Any]:
    return [watch.observe(values) for values in rounds]


def test_another_key_counts_once_its_worker_gives_another_sign() -> None:
    watch = OtherKeys("host-1", OWN)
    (nothing,) = looks(watch, [sign("host-2", 10)])
    assert (nothing, watch.suspects) == (None, True)
    found = watch.observe([sign("host-2", 10), sign("host-2", 12)])
    assert found is not None
    assert found.startswith("host-2 is at work with another hashing key (id bb) than this worker,")
    assert "host-1 (id aa)" in found


def test_one_that_has_ended_hinders_nobody() -> None:
    watch = OtherKeys("host-1", OWN)
    assert looks(watch, [sign("host-2", 10)], [sign("host-2", 10)], []) == [None] * 3


def test_the_same_key_older_releases_and_what_is_no_sign_do_not_count() -> None:
    watch = OtherKeys("host-1", OWN)
    for ts in (10, 12, 14):
        odd = [None, b"[]", b"\xff", b'{"worker": 7}', sign("host-1", ts)]
        assert watch.observe([*odd, sign("w", ts, "aa"), sign("v", ts, "")]) is None
        assert not watch.suspects


def test_of_two_that_are_at_work_the_later_one_ends() -> None:
    for since, name, ends in ((4, "z", True), (6, "a", False), (5, "a", True), (5, "z", False)):
        watch = OtherKeys("m", OWN, since=5)
        found = looks(watch, *([sign(name, ts, since=since)] for ts in (1, 2)))[-1]
        assert (found is not None) == ends


def seen(own: Keys, since: int | None, **other: Any) -> str | None:
    """What a worker makes of another that is at work since before it."""
    watch = OtherKeys("m", own, since)
    return looks(watch, *([sign("z", ts, since=1, **other)] for ts in (T + 1, T + 2)))[-1]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (OWN, changing("aa")),
        (OWN, changing("")),
        (CHANGE, {"key": "aa"}),
        (CHANGE, {"key": "nn"}),
        (CHANGE, changing("aa")),
        (CHANGE, changing("nn")),
        (Keys("nn"), changing("nn")),
        (Keys("nn"), changing("aa")),
    ],
)
def test_during_a_change_those_with_both_keys_work_beside_those_with_either(
    own: Keys, other: dict[str, Any]
) -> None:
    assert seen(own, None, **other) is None
    assert seen(own, 5, **other) is None


def test_who_has_the_former_key_alone_ends_when_the_change_has_come() -> None:
    for since in (None, 5):
        found = seen(OWN, since, **changing("nn"))
        assert found is not None
        assert "z has changed to another hashing key (id nn), and this worker, m, has" in found
    # .. also where it was at work first.
    watch = OtherKeys("m", OWN, since=0)
    assert looks(watch, *([sign("z", T + n, since=9, **changing("nn"))] for n in (1, 2)))[-1]


def test_a_record_from_days_ahead_does_not_end_who_has_the_former_key_alone() -> None:
    # Of a replay, by whose arrival time the change has come where it is read.
    day_before = T - 86_400_000
    watch = OtherKeys("m", OWN, since=0)
    signs = ([sign("z", day_before + n, since=9, **changing("nn"))] for n in (1, 2))
    assert looks(watch, *signs) == [None, None]


@pytest.mark.parametrize(
    "other", [changing("aa", begin=T + 1), changing("aa", new="mm"), changing("cc", former="cc")]
)
def test_two_changes_that_differ_are_refused(other: dict[str, Any]) -> None:
    found = seen(CHANGE, 5, **other)
    assert found is not None
    assert "CELLHOUND_KEY_FROM must be the same for all" in found


@pytest.mark.parametrize("own", [OWN, CHANGE, Keys("nn")])
def test_a_third_key_is_refused(own: Keys) -> None:
    assert "another hashing key" in (seen(own, 5, key="bb") or "")
