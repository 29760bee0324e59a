from hypothesis import given
from hypothesis import strategies as st

from streams.privacy.plain_columns import _IN_LABELS, _has_label

_PARTS = st.sampled_from([*_IN_LABELS, "IMSI", "Tel", "d-17", "p", "h", "o", "-", "0", " ", "\n"])


@given(st.lists(_PARTS, max_size=8).map("".join))
def test_words_for_numbers_are_found_as_if_each_was_looked_for_in_the_whole(text: str) -> None:
    assert _has_label(text) == any(part in text.lower() for part in _IN_LABELS)
