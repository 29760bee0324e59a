"""The hashing key is changed at one moment of arrival, or what is set of that is refused."""

import re

import pytest

from streams.privacy.hashing_key import HashingKey, KeyUnavailable, load_key

NEW, OLD, MOMENT = "the new secret of ours", "the old secret of ours", "2026-12-01T03:00:00Z"
MOMENT_MS = 1_796_094_000_000
IMSI = "460001234567890"


def changing(**env: str) -> HashingKey:
    """A key that is being changed, with other variables where ``env`` has them."""
    given = {"CELLHOUND_KEY": NEW, "CELLHOUND_KEY_FORMER": OLD, "CELLHOUND_KEY_FROM": MOMENT}
    return load_key({name: value for name, value in (given | env).items() if value})


def test_a_key_changes_at_one_moment_of_arrival() -> None:
    key, old = changing(), load_key({"CELLHOUND_KEY": OLD})
    new = load_key({"CELLHOUND_KEY": NEW})
    assert (key.id, key.former_id, key.from_ms) == (new.id, old.id, MOMENT_MS)
    assert (key.id_at(MOMENT_MS - 1), key.id_at(MOMENT_MS)) == (old.id, new.id)
    hasher = key.hasher()
    assert hasher.at(MOMENT_MS - 1).pseudonym(IMSI) == old.hasher().pseudonym(IMSI)
    assert hasher.at(MOMENT_MS).pseudonym(IMSI) == new.hasher().pseudonym(IMSI)
    assert (new.former_id, new.id_at(0)) == ("", new.id)
    # Another zone is the same moment; a former key that is weak is why it is changed.
    assert changing(CELLHOUND_KEY_FROM="2026-12-01T11:00:00+08:00") == key
    assert changing(CELLHOUND_KEY_FORMER="a").former is not None


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"CELLHOUND_KEY_FROM": ""}, "CELLHOUND_KEY_FORMER is set and CELLHOUND_KEY_FROM is not"),
        ({"CELLHOUND_KEY_FORMER": ""}, "CELLHOUND_KEY_FROM is set and CELLHOUND_KEY_FORMER is not"),
        ({"CELLHOUND_KEY": ""}, "CELLHOUND_KEY, the new key, is not"),
        ({"CELLHOUND_KEY_FORMER": NEW}, "the former key, not the new one"),
        ({"CELLHOUND_KEY_FROM": "soon"}, "'soon' is no moment; give date, time and zone"),
        ({"CELLHOUND_KEY_FROM": "2026-12-01T03:00:00"}, "is no moment"),
        ({"CELLHOUND_KEY_FROM": "0001-01-01T00:00:00+14:00"}, "is no moment"),
    ],
)
def test_a_change_that_is_not_whole_is_refused(env: dict[str, str], reason: str) -> None:
    with pytest.raises(KeyUnavailable, match=re.escape(reason)):
        changing(**env)
