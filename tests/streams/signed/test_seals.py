"""A seal holds as long as nothing of its message is changed, and no longer."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from streams.config_error import ConfigError
from streams.decode.codec import decode
from streams.decode.records import Decoded, RecordSlice
from streams.privacy.hasher import Hasher
from streams.signed.keys import NOBODY, PublicKeys, SigningKey, as_pem, read_public_keys
from streams.signed.seals import sealed, voucher
from streams.signed.settings import TrustSettings
from streams.signed.trust import Trust, leave, own_file

TOPIC = "field.feedback"
NOW_MS = 1_764_000_000_000
CONSOLE = SigningKey.derived(b"the secret of a console", "trail")
STRANGER = SigningKey.derived(b"the secret of somebody else", "trail")
KEYS = PublicKeys.of([CONSOLE.public])
GIVEN = {"ts": NOW_MS, "alert_id": "a" * 32, "verdict": "false_alarm", "lat": 39.90, "note": None}
MUTE = {"mute_until_ts": 4_000_000_000_000, "mute_radius_m": 50_000.0}


def feedback(*messages: Any, trust: Trust | None = None) -> Decoded[Any]:
    values = [msgspec.json.encode(message) for message in messages]
    rx_ms = np.full(len(values), NOW_MS, dtype=np.int64)
    records = RecordSlice(TOPIC, 0, list(range(len(values))), values, rx_ms)
    return decode(records, Hasher(b"key"), trust=trust)


def reasons(found: Decoded[Any]) -> list[str]:
    return [letter.reason for letter in found.dead]


def test_what_was_sealed_is_known_again_however_it_is_written() -> None:
    message = sealed(GIVEN, TOPIC, CONSOLE)
    assert voucher(message, TOPIC, KEYS) == "signed"
    turned = msgspec.json.decode(msgspec.json.encode(dict(reversed(message.items()))))
    assert voucher({**turned, "by": None}, TOPIC, KEYS) == "signed"


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "confirmed"},
        {"mute_until_ts": 4_000_000_000_000},
        {"alert_id": None},
        {"seal": {"key": CONSOLE.id, "signature": "00" * 64}},
        {"seal": {"key": CONSOLE.id, "signature": "no number"}},
        {"seal": {"key": 7}},
        {"seal": "none"},
        {"seal": []},
    ],
)
def test_a_change_breaks_it(change: dict[str, Any]) -> None:
    message = sealed(GIVEN, TOPIC, CONSOLE)
    assert voucher({**message, **change}, TOPIC, KEYS) == "forged"


def test_it_is_worth_nothing_elsewhere_nor_from_a_stranger() -> None:
    message = sealed(GIVEN, TOPIC, CONSOLE)
    assert voucher(message, "fbs.actions", KEYS) == "forged"
    assert voucher(message, TOPIC, NOBODY) == "unknown_key"
    assert voucher(sealed(GIVEN, TOPIC, STRANGER), TOPIC, KEYS) == "unknown_key"
    assert voucher(GIVEN, TOPIC, KEYS) == "unsigned"
    borrowed = sealed(GIVEN, TOPIC, STRANGER)
    borrowed["seal"]["key"] = CONSOLE.id
    assert voucher(borrowed, TOPIC, KEYS) == "forged"


def test_nothing_that_a_seal_may_hold_raises() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for odd in (deep, float("nan"), 2**70, "\ud800", {"key": "\ud800", "signature": ""}):
        for message in ({**GIVEN, "x": odd, "seal": {"key": CONSOLE.id}}, {**GIVEN, "seal": odd}):
            assert voucher(message, TOPIC, KEYS) == "forged"
    # Taken apart from the inside, since Python's own way of it is as deep as the lists are.
    while deep:
        deep = deep.pop()


def test_a_role_counts_only_where_a_console_vouches_for_it() -> None:
    trust = Trust(KEYS)
    message = {**GIVEN, "note": "x", "lat": None, "role": "admin", **MUTE}
    found = feedback(
        message, sealed(message, TOPIC, CONSOLE), sealed(message, TOPIC, STRANGER), trust=trust
    )
    assert [one.role for one in found.batch] == [None, "admin", None]
    assert not found.dead
    assert feedback(sealed(message, TOPIC, CONSOLE)).batch[0].role is None


def test_a_verdict_that_the_role_may_not_give_counts_nowhere() -> None:
    message = {**GIVEN, "lat": None}
    found = feedback(
        {**message, "role": "viewer"},
        {**message, "withdrawn": True},
        {**message, "withdrawn": True, "role": "field"},
        {**message, "withdrawn": True, "role": "dispatcher"},
        sealed({**message, "role": "viewer"}, TOPIC, CONSOLE),
        trust=Trust(KEYS),
    )
    assert reasons(found) == ["not_allowed"] * 4
    assert [one.withdrawn for one in found.batch] == [True]


def test_workers_may_take_signed_verdicts_alone() -> None:
    message = {**GIVEN, "lat": None}
    right = sealed(message, TOPIC, CONSOLE)
    changed = {**right, "verdict": "confirmed"}
    given = (message, right, sealed(message, TOPIC, STRANGER), changed, [])
    found = feedback(*given, trust=Trust(KEYS, only_signed=True))
    assert reasons(found) == ["not_signed", "not_signed", "bad_seal"]
    assert len(found.batch) == 1
    loose = feedback(*given, trust=Trust(KEYS))
    assert reasons(loose) == ["bad_seal"]
    assert len(loose.batch) == 3


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    file = tmp_path / "keys.pem"
    file.write_text(as_pem(CONSOLE.public) + "by the way\n" + as_pem(STRANGER.public))
    assert set(read_public_keys([file], "trust.consoles").by_id) == {CONSOLE.id, STRANGER.id}
    for content, problem in (("nothing", "holds no public key"), (None, "can't be read")):
        if content is not None:
            file.write_text(content)
        with pytest.raises(ConfigError, match=r"trust\.consoles: .*" + problem):
            read_public_keys([file if content else tmp_path / "absent.pem"], "trust.consoles")


def test_consoles_of_this_user_are_known_without_settings(tmp_path: Path) -> None:
    env = {"CELLHOUND_HOME": str(tmp_path)}
    with pytest.raises(ConfigError, match=r"trust\.only_signed: nobody's key is known"):
        Trust.of(TrustSettings(only_signed=True), env)
    trust = Trust.of(TrustSettings(), env)
    assert trust.believed() == NOBODY
    leave(KEYS, env)
    assert set(trust.believed().by_id) == {CONSOLE.id}
    leave(PublicKeys.of([STRANGER.public]), env)
    assert set(trust.believed().by_id) == {CONSOLE.id, STRANGER.id}
    own_file(env).write_text("damaged")
    assert CONSOLE.id in trust.believed().by_id
    assert Trust.of(TrustSettings(only_signed=True), env).only_signed
