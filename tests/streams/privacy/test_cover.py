"""Hashes of numbers under the cover of a province: FF1 as its standard has it, and lifted again."""

import pickle
import secrets
import string

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given
from hypothesis import strategies as st

from streams.privacy.cover import Cover
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import KeyUnavailable, load_key

PROVINCE, OTHER, NATIONAL = "province" * 8, "other one" * 8, "0123456789abcdef" * 4
NUMBER = "13812345678"
DIGITS = string.digits + string.ascii_lowercase
KEY = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94"
TWEAKS = ("", "39383736353433323130", "3737373770717273373737")
#: NIST's samples 1 to 9 of FF1: for keys of 128, 192 and 256 bits, without a tweak, with one, and
#: in radix 36.
COVERED = (
    ("2433477484", "6124200773", "a9tv40mll9kdu509eum"),
    ("2830668132", "2496655549", "xbj3kv35jrawxv32ysr"),
    ("6657667009", "1001623463", "xs8a0azh2avyalyzuwd"),
)
SAMPLES = [
    (KEY[: 32 + 16 * size], (10, 10, 36)[kind], tweak, plain, COVERED[size][kind])
    for size in range(3)
    for kind, (tweak, plain) in enumerate(
        zip(TWEAKS, ("0123456789", "0123456789", "0123456789abcdefghi"), strict=True)
    )
]


def ff1(key: bytes, radix: int, tweak: bytes, text: str) -> str:
    """Algorithm 7 of SP 800-38G, word for word, for any radix, length and tweak."""
    n, t = len(text), len(tweak)
    u = n // 2
    v = n - u
    b = -(-(radix**v - 1).bit_length() // 8)
    d = 4 * -(-b // 4) + 4
    p = bytes((1, 2, 1)) + radix.to_bytes(3, "big") + bytes((10, u % 256))
    p += n.to_bytes(4, "big") + t.to_bytes(4, "big")
    left, right = text[:u], text[u:]
    for i in range(10):
        q = tweak + bytes((-t - b - 1) % 16) + bytes((i,)) + int(right, radix).to_bytes(b, "big")
        mac = bytes(16)
        for at in range(0, len(p + q), 16):
            block = bytes(x ^ y for x, y in zip(mac, (p + q)[at : at + 16], strict=True))
            mac = Cipher(AES(key), ECB()).encryptor().update(block)
        assert d <= 16
        m = v if i % 2 else u
        c = (int(left, radix) + int.from_bytes(mac[:d], "big")) % radix**m
        left, right = right, _written(c, radix, m)
    return left + right


def _written(value: int, radix: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        value, digit = divmod(value, radix)
        digits = DIGITS[digit] + digits
    return digits


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "covered"), SAMPLES)
def test_the_long_way_gives_the_samples_of_the_standard(
    key: str, radix: int, tweak: str, plain: str, covered: str
) -> None:
    assert ff1(bytes.fromhex(key), radix, bytes.fromhex(tweak), plain) == covered


@given(key=st.binary(min_size=32, max_size=32), digest=st.binary(min_size=12, max_size=12))
def test_a_hash_is_covered_as_the_standard_says_and_lifted_again(key: bytes, digest: bytes) -> None:
    cover = Cover(key)
    covered = cover.covered(digest)
    assert covered.hex() == ff1(key, 16, b"", digest.hex())
    assert cover.lifted(covered) == digest
    assert cover.all_covered(digest * 3) == covered * 3


def test_columns_are_covered_as_single_ones() -> None:
    cover, all_of_them = Cover(bytes(range(32))), secrets.token_bytes(12 * 500)
    one_by_one = [cover.covered(all_of_them[at : at + 12]) for at in range(0, 12 * 500, 12)]
    assert cover.all_covered(all_of_them) == b"".join(one_by_one)
    assert cover.all_covered(b"") == b""


def hasher(province: str, **env: str) -> Hasher:
    return load_key({"CELLHOUND_KEY": province, "CELLHOUND_NATIONAL_KEY": NATIONAL} | env).hasher()


def test_all_ways_to_one_number_give_one_name() -> None:
    here = hasher(PROVINCE)
    texts = np.array([NUMBER, "+86" + NUMBER, "0086" + NUMBER], dtype=np.object_)
    (name,) = set(here.numbers(texts, None).name.tolist())
    assert name == here.number(NUMBER).name == here.sender("+86 138-1234-5678")
    assert here.scrub_text(NUMBER) == here.sender(NUMBER)
    assert pickle.loads(pickle.dumps(here)).sender(NUMBER) == name


def test_provinces_share_the_name_of_a_suspect_and_nothing_else() -> None:
    here, there = hasher(PROVINCE), hasher(OTHER)
    own, theirs = here.sender(NUMBER), there.sender(NUMBER)
    national = here.national_name(own)
    assert len({own, theirs, national}) == 3
    assert there.national_name(theirs) == national
    assert there.own_name(national) == theirs
    # Lifted by another province's key it is the name of nobody.
    assert there.national_name(own) != national
    imsi = "460001234567890"
    assert here.pseudonym(imsi) == load_key({"CELLHOUND_KEY": PROVINCE}).hasher().pseudonym(imsi)
    assert here.pseudonym(imsi) != there.pseudonym(imsi)


def test_what_is_no_name_of_a_number_has_no_national_one() -> None:
    for name in ("13812345678", "h-12", "", "h-" + "G" * 24):
        with pytest.raises(ValueError, match="no hash of a number"):
            hasher(PROVINCE).national_name(name)
    with pytest.raises(ValueError, match="no national key"):
        Hasher(b"key").national_name("h-" + "0" * 24)


def test_a_national_key_is_changed_with_what_arrives() -> None:
    new = "fedcba9876543210" * 4
    change = {
        "CELLHOUND_NATIONAL_KEY": new,
        "CELLHOUND_NATIONAL_KEY_FORMER": NATIONAL,
        "CELLHOUND_KEY_FROM": "1970-01-01T00:00:01Z",
    }
    here, there = hasher(PROVINCE, **change), hasher(OTHER, **change)
    before, after = hasher(PROVINCE), hasher(PROVINCE, CELLHOUND_NATIONAL_KEY=new)
    assert here.at(999).sender(NUMBER) == before.sender(NUMBER)
    assert here.at(1_000).sender(NUMBER) == after.sender(NUMBER) != before.sender(NUMBER)
    for ms in (999, 1_000):
        one, other = here.at(ms), there.at(ms)
        assert one.national_name(one.sender(NUMBER)) == other.national_name(other.sender(NUMBER))


def test_a_province_takes_up_the_national_key_at_a_moment() -> None:
    change = {
        "CELLHOUND_NATIONAL_KEY_FORMER": "none",
        "CELLHOUND_KEY_FROM": "1970-01-01T00:00:01Z",
    }
    here = hasher(PROVINCE, **change)
    alone = load_key({"CELLHOUND_KEY": PROVINCE})
    assert here.at(999).sender(NUMBER) == alone.hasher().sender(NUMBER)
    assert here.at(1_000).sender(NUMBER) == hasher(PROVINCE).sender(NUMBER)
    env = {"CELLHOUND_KEY": PROVINCE, "CELLHOUND_NATIONAL_KEY": NATIONAL}
    assert load_key(env | change).former_id == alone.id
    assert pickle.loads(pickle.dumps(here)).at(999).sender(NUMBER) == alone.hasher().sender(NUMBER)


def test_workers_with_other_national_keys_have_other_keys() -> None:
    env = {"CELLHOUND_KEY": PROVINCE}
    alone, one = load_key(env), load_key(env | {"CELLHOUND_NATIONAL_KEY": NATIONAL})
    other = load_key(env | {"CELLHOUND_NATIONAL_KEY": NATIONAL + "x"})
    assert len({alone.id, one.id, other.id}) == 3
    changing = load_key(
        env
        | {
            "CELLHOUND_NATIONAL_KEY": NATIONAL + "x",
            "CELLHOUND_NATIONAL_KEY_FORMER": NATIONAL,
            "CELLHOUND_KEY_FROM": "2026-12-01T03:00:00Z",
        }
    )
    assert (changing.id, changing.former_id) == (other.id, one.id)


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"CELLHOUND_KEY": ""}, "the province's own key, is not"),
        ({"CELLHOUND_NATIONAL_KEY": "short"}, "too easy to guess"),
        ({"CELLHOUND_NATIONAL_KEY": "abcdefgh"}, "too easy to guess"),
        ({"CELLHOUND_NATIONAL_KEY": PROVINCE}, "a province has one of its own"),
        ({"CELLHOUND_NATIONAL_KEY_FORMER": OTHER}, "CELLHOUND_KEY_FROM is not"),
        (
            {
                "CELLHOUND_NATIONAL_KEY": "",
                "CELLHOUND_NATIONAL_KEY_FORMER": OTHER,
                "CELLHOUND_KEY_FROM": "2026-12-01T03:00:00Z",
            },
            "CELLHOUND_NATIONAL_KEY is not",
        ),
        (
            {
                "CELLHOUND_NATIONAL_KEY_FORMER": NATIONAL,
                "CELLHOUND_KEY_FROM": "2026-12-01T03:00:00Z",
            },
            "CELLHOUND_NATIONAL_KEY_FORMER is CELLHOUND_NATIONAL_KEY",
        ),
    ],
)
def test_a_national_key_that_would_not_do_is_refused(env: dict[str, str], why: str) -> None:
    both = {"CELLHOUND_KEY": PROVINCE, "CELLHOUND_NATIONAL_KEY": NATIONAL}
    with pytest.raises(KeyUnavailable, match=why):
        load_key(both | env)
