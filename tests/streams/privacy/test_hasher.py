"""What is hashed, what stays, and where the key comes from."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.decode.clean_messages import hashed_line
from streams.limits import NAME_CHARACTERS
from streams.privacy import plain_columns
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import KeyUnavailable, load_key, state_folder
from streams.privacy.numbering import SenderRules
from streams.privacy.secret_file import make_once, write_private

#: What the text "a long secret of ours" has always given.
KNOWN_KEY = "4e2791bc589e3b7895d1ec01f7bb63afc9e76b6e3ea95b8d5123388901f8c897"

HASHER = Hasher(b"one key")


@pytest.mark.parametrize(
    "text",
    [
        "460001234567890",
        "35693803564380",
        "3569380356438091",
        " 460001234567890\n",
        "+8613812345678",
        "+49 170 123-4567",
        "+1(202)5550123",
        "imsi-460001234567890",
        "IMSI:460001234567890",
        "tel:+8613812345678",
        "imeisv=3569380356438091",
        "imsi : 460001234567890",
        "supi-imsi-460001234567890",
    ],
)
def test_bare_identifiers_are_hashed(text: str) -> None:
    hashed = HASHER.pseudonym(text)
    assert len(hashed) == 26
    assert hashed.startswith("h-")
    assert set(hashed[2:]) <= set("0123456789abcdef")
    assert HASHER.pseudonym(text) == hashed
    assert Hasher(b"another key").pseudonym(text) != hashed
    assert HASHER.pseudonym(hashed) == hashed


@pytest.mark.parametrize(
    "text",
    [
        *("", "d-17", "123", "123456789", "+12", "+", "van 7", "d-000123", "h-" + "0a" * 12),
        *("0a1b" * 4, "s0a1b2c3d4e5f607", "0A1B" * 16, "550e8400-e29b-41d4-a716-446655440000"),
        *(
            "q83vEjRWeJCrze8SNFZ4kA==",
            "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
            "192.168.1.17",
        ),
    ],
)
def test_pseudonyms_stay(text: str) -> None:
    assert HASHER.pseudonym(text) == text


@pytest.mark.timeout(30)
@pytest.mark.parametrize("part", ["imsi  ", "imsi - ", "supi:imsi:", "imei", "\t ", "+1 ", "+1()"])
def test_no_text_takes_for_ever(part: str) -> None:
    short = part * 20 + "x"
    assert (HASHER.pseudonym(short) == short) == ("1" not in part)
    for text in (part * 3000 + "x", part * 100_000 + "x", part * 100_000):
        assert HASHER.pseudonym(text).startswith("h-")
    HASHER.sender(part * 100_000)
    HASHER.scrub_text(part * 100_000)


def test_what_is_too_long_for_a_name_is_hashed() -> None:
    name = "d" * NAME_CHARACTERS
    column = np.array([name, name + "d", None], dtype=object)
    for hashed in (HASHER.pseudonyms(column).tolist(), HASHER.senders(column).tolist()):
        assert hashed[0] == name
        assert len(hashed[1]) == 26
        assert hashed[2] is None
    assert HASHER.pseudonym(name + "d") != HASHER.pseudonym(name + "e")
    padded = " " * NAME_CHARACTERS + "460001234567890"
    assert HASHER.pseudonym(padded) == HASHER.pseudonym("460001234567890")


def test_columns_of_pseudonyms() -> None:
    texts = np.array(["a", None, "460001234567890", ""], dtype=object)
    hashed = HASHER.pseudonyms(texts)
    assert hashed.tolist() == ["a", None, HASHER.pseudonym("460001234567890"), ""]
    assert texts[2] == "460001234567890"
    plain = np.array(["a", "17"], dtype=object)
    assert HASHER.pseudonyms(plain) is plain


@pytest.mark.parametrize(
    "text",
    [
        *("10086", "95588", "9555812345", "106900001234567890", "+8610690000123", "110", "BANK"),
        *("", "+", "Bank 1381234567", "1234567890", "admin@example.org", "4006001234"),
    ],
)
def test_service_numbers_and_names_stay(text: str) -> None:
    assert HASHER.sender(text) == text


@pytest.mark.parametrize(
    "text",
    ["13812345678", "8613812345678", "+8613812345678", "008613812345678", "+86 138 1234 5678"],
)
def test_a_persons_number_gives_one_hash_however_it_is_written(text: str) -> None:
    assert HASHER.sender(text) == HASHER.sender("13812345678")
    assert HASHER.sender(text).startswith("h-")
    assert HASHER.sender(text) != HASHER.pseudonym("+8613812345678")


def test_national_ranges_are_configuration() -> None:
    german = Hasher(
        b"k",
        SenderRules(country_codes=("49",), personal=(r"01[5-7]\d{8,9}",), service=(r"22\d{3}",)),
    )
    assert german.sender("01701234567").startswith("h-")
    assert german.sender("13812345678") == "13812345678"
    assert german.sender("+13812345678").startswith("h-")
    with pytest.raises(ValueError, match="regular expression"):
        SenderRules(personal=("(",))


@pytest.mark.parametrize(
    "personal",
    [
        (r"0170\d{7}", r"0160\d{7}"),
        # What may not be joined: groups that count, and a flag of its own.
        (r"01(7)0\d{7}", r"01(6)0\d{6}[0-9]|01(5)0(\2)\d{6}"),
        (r"(?a)0170\d{7}", r"(?i:0160\d{7})"),
    ],
)
def test_each_of_several_ranges_counts_by_itself(personal: tuple[str, ...]) -> None:
    german = Hasher(b"k", SenderRules(country_codes=("49",), personal=personal, service=()))
    assert german.sender("01701234567").startswith("h-")
    assert german.sender("01601234567").startswith("h-")
    assert german.sender("01501234567") == "01501234567"


def test_scrubbing_leaves_no_number_behind() -> None:
    raw = json.dumps(
        {"device": "460001234567890", "n": 460001234567890, "sender": "13812345678"}
        | {"to": "+8613812345678", "ts": 1_700_000_000_000, "cell": 68_719_476_735}
    ).encode()
    scrubbed = HASHER.scrub(raw)
    for number in (b"460001234567890", b"13812345678"):
        assert number not in scrubbed
    assert b"1700000000000" in scrubbed
    assert b"68719476735" in scrubbed
    assert HASHER.pseudonym("460001234567890").encode() in scrubbed
    assert b"460001234567890" not in HASHER.scrub(b"460001234567890" * 3)
    assert HASHER.scrub(scrubbed) == scrubbed


@given(st.binary(max_size=200))
def test_scrubbing_takes_any_bytes(raw: bytes) -> None:
    assert HASHER.scrub(raw) == HASHER.scrub(raw)
    HASHER.scrub_text(raw.decode("utf-8", "surrogateescape"))


def test_the_key_of_the_environment_wins(tmp_path: Path) -> None:
    env = {"CELLHOUND_KEY": "a long secret of ours", "CELLHOUND_HOME": str(tmp_path)}
    loaded = load_key(env)
    assert (len(loaded.key), loaded.generated, loaded.warning) == (32, False, None)
    other = load_key({"CELLHOUND_KEY": "another secret of ours"})
    assert other.key != loaded.key
    assert other.id != loaded.id
    # As before there were ids and bounds: what was hashed stays comparable.
    assert loaded.key.hex() == KNOWN_KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("weak", ["a", "secret", "0" * 64, "abcabcabc" * 9])
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, weak: str) -> None:
    with pytest.raises(KeyUnavailable, match=r"CELLHOUND_KEY: .* too easy to guess\. .* 16 char"):
        load_key({"CELLHOUND_KEY": weak})
    (tmp_path / "key").write_text(weak)
    with pytest.raises(KeyUnavailable, match="too easy to guess"):
        load_key({"CELLHOUND_HOME": str(tmp_path)})


@pytest.mark.parametrize("short", ["eight of", "123456789012345", "abcdabcd" * 9])
def test_a_short_key_does_for_one_computer_with_a_warning(short: str) -> None:
    loaded = load_key({"CELLHOUND_KEY": short})
    assert loaded.weak
    assert loaded.warning is not None
    assert "too easy to guess" in loaded.warning
    assert not load_key({"CELLHOUND_KEY": "a long secret of ours"}).weak


def test_a_key_is_made_once(tmp_path: Path) -> None:
    env = {"CELLHOUND_HOME": str(tmp_path / "new")}
    first, second = load_key(env), load_key(env)
    assert (first.generated, second.generated) == (True, False)
    assert first.key == second.key
    assert first.warning is not None
    assert "CELLHOUND_KEY" in first.warning
    assert second.warning is None
    path = tmp_path / "new" / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_many_processes_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_key({}, tmp_path / "key"), range(16)))
    assert len({each.key for each in loaded}) == 1
    assert sum(each.generated for each in loaded) == 1


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(KeyUnavailable, match="empty"):
        load_key({}, tmp_path / "key")
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnavailable, match="CELLHOUND_HOME"):
        load_key({"CELLHOUND_HOME": str(tmp_path / "file")})


def test_where_state_lies() -> None:
    assert state_folder({"CELLHOUND_HOME": "/a"}) == Path("/a")
    assert state_folder({"XDG_STATE_HOME": "/b"}) == Path("/b/cellhound")
    assert state_folder({"HOME": "/c"}) == Path("/c/.local/state/cellhound")


def test_many_names_are_remembered_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is no more room, the newest stay known."""
    monkeypatch.setattr(plain_columns, "MOST_REMEMBERED", 100)
    known = plain_columns.CleanNames()
    names = [f"M:{number:04d}" for number in range(150)]
    for name in names:
        known.add(name)
    assert set(known.unknown(names, has_long=False)) == set()
    others = [f"N:{number:04d}" for number in range(500)]
    for name in others:
        known.add(name)
    assert set(known.unknown(names, has_long=False)) == set(names)
    assert set(known.unknown(others[-100:], has_long=False)) == set()
    assert set(known.unknown(others[:300], has_long=False)) == set(others[:300])


@pytest.mark.parametrize(
    ("alert_id", "stays"),
    [
        ("9c" + "1" * 30, True),
        (f"{7:032x}", True),
        ("0" * 17 + "460001234567890", False),
        ("460001234567890" + "46000123456789099", False),
        (b"3512345678901234".hex(), False),
    ],
)
def test_ids_of_alerts_stay_unless_they_may_be_a_number(alert_id: str, stays: bool) -> None:
    line = b'{"alert_id":"%s"}' % alert_id.encode()
    assert (hashed_line(line, HASHER) == line) == stays


def test_no_part_of_a_secret_stays_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (write_private, make_once):
        with pytest.raises(OSError, match="No space left"):
            write(tmp_path / "key", b"secret")
    assert list(tmp_path.iterdir()) == []
