import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.privacy.hasher import Hasher
from streams.privacy.plain_columns import _IN_LABELS, CleanNames, _has_label

_PARTS = st.sampled_from([*_IN_LABELS, "IMSI", "Tel", "d-17", "p", "h", "o", "-", "0", " ", "\n"])
#: 12, 14 or 16 hexadecimal digits, each with what stands before it.
_DIGITS = st.tuples(st.sampled_from(["", "", "", "-", ".", " "]), st.sampled_from("0123459abcdfA"))
_WORDS = st.sampled_from([12, 14, 16]).flatmap(
    lambda size: st.lists(_DIGITS, min_size=size, max_size=size)
)
HASHER = Hasher(b"k" * 32)


@given(st.lists(_PARTS, max_size=8).map("".join))
def test_words_for_numbers_are_found_as_if_each_was_looked_for_in_the_whole(text: str) -> None:
    assert _has_label(text) == any(part in text.lower() for part in _IN_LABELS)


@given(_WORDS.map(lambda digits: "".join(map("".join, digits))))
@example("0a-1b-2c-3d-4e-5f")
@example("0a-1b-2c-3d-4e-5f-60-71")
@example("0a1b.2c3d.4e5f")
@example("a0000012345678")
@example("ab-c0000012345678")
def test_no_address_of_hardware_is_passed_over(name: str) -> None:
    """What is changed by itself is looked at in a column."""
    looked_at = name in CleanNames().unknown([name, "d-17"], has_long=False)
    assert looked_at or (HASHER.pseudonym(name), HASHER.sender(name)) == (name, name)


@pytest.mark.parametrize("name", ["0a1b2c3d4e5f6071", "c-0a1b2c3d4e5f607", "0a1b2c3d4e5f"])
def test_references_in_hexadecimal_are_nobodys_and_not_looked_at(name: str) -> None:
    assert not CleanNames().unknown([name, "d-17"], has_long=False)


def test_those_that_are_looked_at_are_those_of_the_column() -> None:
    names = ["d-1", None, "46000123456789x", "", "d-2", "86-35-1234567890", "0a-1b-2c-3d-4e-5f"]
    suspects = CleanNames().unknown(names, has_long=False)
    assert set(suspects) == {names[2], names[5], names[6]}
