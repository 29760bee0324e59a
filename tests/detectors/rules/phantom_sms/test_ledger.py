"""What a zone knows of an operator's messages: groups, sums that stay true, chances, and bounds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rules.phantom_sms.group import RecentMessage
from detectors.rules.phantom_sms.ledger import Ledger, Operator
from detectors.rules.phantom_sms.spread import Spot

T0 = 1_700_000_000_000
HOUR_MS = 3_600_000
BITS = 6


def groups(operator: Operator) -> list[Any]:
    return [group for own in operator.groups.values() for group in own]


def message(
    operator: Operator,
    sender: str,
    number: int = 0,
    at_s: float = 0.0,
    recorded: bool = True,
    bits: int = 0xFF,
    spot: Spot | None = None,
) -> Any:
    """A message of which the centre has a record, or has none when it should have."""
    ts = T0 + round(at_s * 1000)
    group, key = operator.find(sender, bits, BITS, ts), f"{sender}-{number}"
    operator.observe(key, f"d{number}", RecentMessage(ts, ts, group.number, spot=spot))
    if recorded:
        operator.answer(group, key, f"d{number}")
    else:
        operator.miss(group, f"d{number}", ts, spot)
    return group


def test_like_messages_of_one_sender_are_one_group() -> None:
    operator = Operator()
    first = operator.find("95588", 0xFF, BITS, T0)
    assert operator.find("95588", 0xFF ^ 0b111111, BITS, T0) is first
    assert operator.find("95588", 0xFF ^ 0b1111111, BITS, T0) is not first
    assert operator.find("95588", None, BITS, T0) is first
    assert operator.find("10086", 0xFF, BITS, T0) is not first
    assert operator.count == len(groups(operator)) == 3


def test_a_group_that_was_silent_for_an_hour_begins_anew() -> None:
    operator = Operator()
    first = message(operator, "95588")
    assert operator.find("95588", 0xFF, BITS, T0 + HOUR_MS) is first
    again = operator.find("95588", 0xFF, BITS, T0 + 2 * HOUR_MS + 1)
    assert again is not first
    assert (operator.count, operator.covered) == (1, 0)
    # Whoever still holds the old one changes nothing by it.
    operator.answer(first, "late", "d9")
    assert (operator.covered, operator.covered_vouched) == (0, 0)


def test_memory_is_bounded_and_the_least_recent_goes_first() -> None:
    operator = Operator()
    for n in range(2000):
        message(operator, f"sender {n}", n, n, recorded=n % 2 == 0)
        message(operator, "always", n, n, bits=n << 8, recorded=False)
        operator.sign(T0 + n, T0 + n)
        operator.delay(float(n))
    assert operator.count == len(groups(operator)) <= 1024
    assert len(operator.groups["always"]) <= 32
    assert "sender 1999" in operator.groups
    assert "sender 0" not in operator.groups
    assert (len(operator.recent), len(operator.signs), len(operator.delays_s)) == (256, 64, 256)
    for n in range(100):
        operator.miss(groups(operator)[-1], f"many {n}", T0)
    assert max(len(group.missing) for group in groups(operator)) == 32


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["find", "answer", "late", "miss"]),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from([0xFF, 0xFF00, None]),
        st.integers(0, 3),
        st.sampled_from([0, 60, 3000]),
    ),
    max_size=40,
)


def lived(happenings: list[Any], stored: int = -1) -> Operator:
    operator, now_ms = Operator(), T0
    for turn, (what, sender, bits, number, seconds) in enumerate(happenings):
        if turn == stored:
            operator = msgspec.msgpack.decode(msgspec.msgpack.encode(operator), type=Operator)
        now_ms += 1000 * seconds
        group = operator.find(sender, bits, BITS, now_ms)
        if what == "miss":
            operator.miss(group, f"d{number}", now_ms)
        elif what != "find":
            operator.answer(group, f"{number}", f"d{number}", late=what == "late")
    return operator


@given(HAPPENINGS)
def test_the_sums_are_those_of_the_groups(happenings: list[Any]) -> None:
    operator = lived(happenings)
    every = groups(operator)
    vouched = [group for group in every if group.vouched]
    assert operator.count == len(every)
    assert operator.covered == len(vouched)
    assert operator.bare == sum(not group.vouched and group.seen > 0 for group in every)
    assert operator.covered_seen == sum(group.seen for group in vouched)
    assert operator.covered_vouched == sum(group.vouched for group in vouched)
    assert all(group.vouched <= group.seen for group in every)


@given(HAPPENINGS, st.integers(0, 40))
def test_a_way_through_storage_changes_nothing(happenings: list[Any], stored: int) -> None:
    one, other = lived(happenings), lived(happenings, stored)
    assert msgspec.msgpack.encode(one) == msgspec.msgpack.encode(other)


@given(HAPPENINGS)
def test_chances_are_chances(happenings: list[Any]) -> None:
    operator = lived(happenings)
    assert 0.0 < operator.usual_loss() < 1.0
    for group in groups(operator):
        assert 0.0 < operator.past_chance(group) < 1.0
        assert 0.0 < operator.hole_chance(operator.near(group, T0, T0)) < 1.0
        assert operator.usual_loss() <= operator.lost_share(operator.near(group, T0, T0)) < 1.0


def town(vouched: int, unrecorded: int, at_s: float = 0.0) -> tuple[Operator, Any]:
    """So many senders with a record about a moment, and so many without; then one more."""
    operator = Operator()
    for n in range(40):
        message(operator, f"before {n}", n, -900.0)
    for n in range(vouched + unrecorded):
        sender, ts = f"now {n}", T0 + round(at_s * 1000) + n
        group = operator.find(sender, 0xFF, BITS, ts)
        operator.observe(sender, sender, RecentMessage(ts, ts, group.number, n < vouched))
    return operator, message(operator, "asked", 0, recorded=False)


@pytest.mark.parametrize("most", [1, 3, 7])
def test_the_more_others_are_unrecorded_the_likelier_is_a_hole(most: int) -> None:
    def chance(unrecorded: int) -> float:
        operator, asked = town(most - unrecorded, unrecorded)
        return operator.hole_chance(operator.near(asked, T0, T0 + 10_000))

    chances = [chance(unrecorded) for unrecorded in range(most + 1)]
    assert chances == sorted(chances)
    assert chances[0] < 0.05 < chances[-1]


def test_what_is_long_past_or_not_yet_reported_says_nothing_of_now() -> None:
    alone, asked = town(0, 0)
    usual = alone.hole_chance(alone.near(asked, T0, T0 + 10_000))
    far, asked = town(0, 6, at_s=-600.0)
    assert far.hole_chance(far.near(asked, T0, T0 + 10_000)) == pytest.approx(usual)
    later, asked = town(0, 6, at_s=60.0)
    assert later.hole_chance(later.near(asked, T0, T0 + 10_000)) == pytest.approx(usual)
    assert later.hole_chance(later.near(asked, T0, T0 + 70_000)) > 0.9


def test_the_group_asked_about_is_no_witness() -> None:
    operator = Operator()
    for n in range(20):
        asked = message(operator, "asked", n, n / 10, recorded=False)
    alone, one = town(0, 0)
    usual = alone.hole_chance(alone.near(one, T0, T0 + 10_000))
    assert operator.hole_chance(operator.near(asked, T0, T0 + 10_000)) == pytest.approx(usual)


def test_a_sender_that_is_covered_is_likelier_to_be_again() -> None:
    operator = Operator()
    for n in range(3):
        message(operator, "covered", n, bits=0xFF << 16 * n)
        message(operator, "past", n, bits=0xFF << 16 * n, recorded=False)
    asked = {
        sender: operator.past_chance(operator.find(sender, 0x7F0000000000F0, BITS, T0))
        for sender in ("covered", "past", "new")
    }
    assert asked["covered"] < asked["new"] < asked["past"]


def test_losses_are_learned_from_senders_that_are_covered() -> None:
    operator = Operator()
    first = operator.usual_loss()
    for n in range(100):
        message(operator, "covered", n, n, recorded=n % 2 == 0)
        message(operator, "past", n, n, recorded=False)
    assert first < operator.usual_loss() < 0.55
    assert operator.usual_loss() > 0.4


def test_a_record_that_comes_after_all_is_no_loss() -> None:
    operator = Operator()
    message(operator, "95588", 0)
    group = message(operator, "95588", 1, recorded=False)
    assert (group.seen, group.vouched, group.missing) == (2, 1, ["d1"])
    operator.answer(group, "95588-1", "d1", late=True)
    assert (group.seen, group.vouched, group.missing) == (2, 2, [])


@given(st.lists(st.floats(0.0, 1000.0), max_size=60))
def test_waits_stay_within_their_limits(delays_s: list[float]) -> None:
    operator = Operator()
    for delay_s in delays_s:
        operator.delay(delay_s)
    wait_s = operator.wait_s(20.0, 300.0, 5.0)
    assert 20.0 <= wait_s <= 300.0
    if len(delays_s) < 20:
        assert wait_s == 300.0
    else:
        # All but one in two hundred have come by then, or the longest wait is over.
        assert wait_s == 300.0 or sum(each > wait_s for each in delays_s) <= 1


def test_records_that_came_before_their_message_took_no_time() -> None:
    operator = Operator()
    for _ in range(20):
        operator.delay(-50.0)
    assert operator.wait_s(20.0, 300.0, 5.0) == 20.0


def test_signs_of_life_are_of_later_messages_and_later_records() -> None:
    operator = Operator()
    for n in range(5):
        operator.sign(T0 + n, T0 + 10 * n)
    assert operator.signs_since(T0, T0) == 5
    assert operator.signs_since(T0 + 3, T0) == 2
    assert operator.signs_since(T0, T0 + 35) == 1


def test_a_liar_can_not_fill_the_memory_with_operators() -> None:
    ledger = Ledger()
    for n in range(200):
        ledger.operator(f"{n}-0")
    assert len(ledger.operators) == 64
    assert ledger.operator("199-0") is ledger.operators["199-0"]


def wave(together: bool) -> tuple[Operator, Any]:
    """A town whose messages are recorded, twenty campaigns that aren't, and one more of them."""
    operator, group = Operator(), None
    for n in range(60):
        at = (30.0 + 0.002 * n, 104.0 + 0.01 * (n % 6))
        message(operator, f"honest {n}", n, -60.0, spot=at)
    for campaign in range(21):
        for n in range(6):
            far = 0.0005 * n if together else 0.02 * n
            at = (30.0 + 0.004 * campaign + far, 104.0 + 0.002 * campaign)
            number = 100 * campaign + n
            sender = f"bank {campaign % 3}"
            group = message(operator, sender, number, 0.01 * n, False, 0xFFF << 3 * campaign, at)
    return operator, group


def test_campaigns_of_one_place_each_do_not_make_one_another_usual() -> None:
    operator, group = wave(together=True)
    assert group.together
    assert operator.past_chance(group) < 0.05
    assert operator.hole_chance(operator.near(group, T0, T0 + 10_000)) < 0.05
    spread, scattered = wave(together=False)
    assert not scattered.together
    assert spread.past_chance(scattered) > 0.5
    assert spread.hole_chance(spread.near(scattered, T0, T0 + 10_000)) > 0.5


def test_a_group_that_gets_a_record_is_of_no_place() -> None:
    operator, group = wave(together=True)
    bare = operator.bare
    operator.answer(group, "late", "d2000", late=True)
    assert not group.together
    assert group.number not in operator.together
    assert operator.bare == bare
