"""Filters of names: nobody is forgotten early, few pass wrongly, and time clears them."""

from detectors.features.callers.seen_before import SeenBefore


def filled(names: int) -> SeenBefore:
    seen = SeenBefore()
    for number in range(names):
        seen.put(f"n{number}", 1 + number, 1 << 40)
    return seen


def test_a_filter_that_grows_forgets_nobody() -> None:
    seen = filled(30_000)
    assert all(seen.has(f"n{number}") for number in range(30_000))
    assert len(seen.now) == 1 << 16


def test_few_strangers_pass_for_known() -> None:
    for names in (4000, 30_000):
        seen = filled(names)
        assert sum(seen.has(f"s{number}") for number in range(4000)) < 200


def test_it_is_bounded() -> None:
    seen = filled(600_000)
    assert len(seen.now) == 1 << 20


def test_names_stay_for_a_span_or_two() -> None:
    seen = SeenBefore()
    seen.put("a", 1000, 10_000)
    seen.put("b", 12_000, 10_000)
    assert seen.has("a")
    assert seen.has("b")
    seen.put("c", 23_000, 10_000)
    assert not seen.has("a")
    assert seen.has("b")
    seen.put("d", 90_000, 10_000)
    assert not seen.has("c")


def test_an_empty_one_has_nobody() -> None:
    assert not SeenBefore().has("a")
