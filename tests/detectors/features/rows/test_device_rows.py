"""Whose rows are whose."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.features.rows.device_rows import Numbers, device_rows


@given(st.text(alphabet="abcd", max_size=30))
def test_it_equals_a_plain_loop(names: str) -> None:
    numbers = Numbers()
    rows = device_rows(numbers.of(list(names)))
    assert list(numbers) == list(dict.fromkeys(names))
    assert [list(numbers)[n] for n in rows.device] == list(names)
    assert rows.before.tolist() == [names.rfind(who, 0, n) for n, who in enumerate(names)]
    assert rows.last.tolist() == [names.rfind(who) for who in numbers]
