"""Whose rows are whose, laid out once a column."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.device_rows import speakers_of


def column(names: str) -> np.ndarray:
    return np.array([*names, None], dtype=object)[:-1]


@given(st.text(alphabet="abcd", max_size=30))
def test_it_equals_a_plain_loop(names: str) -> None:
    speakers = speakers_of(column(names))
    assert speakers.names == list(dict.fromkeys(names))
    assert [speakers.names[n] for n in speakers.speaker] == list(names)
    assert speakers.before.tolist() == [names.rfind(who, 0, n) for n, who in enumerate(names)]
    assert speakers.last.tolist() == [names.rfind(who) for who in speakers.names]


def test_the_newest_column_is_laid_out_once() -> None:
    one = column("ab")
    assert speakers_of(one) is speakers_of(one)
    assert speakers_of(column("ba")).names == ["b", "a"]
    assert speakers_of(one).names == ["a", "b"]
