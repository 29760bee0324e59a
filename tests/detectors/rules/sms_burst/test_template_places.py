"""Who was sent what where: templates and their receivers, traffic by square, and their bounds."""

from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from detectors.rules.sms_burst.template_places import Receipt, Town, is_about, log_tail
from geo.earth.sphere import offset

T0 = 1_700_000_000_000
LAT, LON = 39.90, 116.40
WINDOW_MS = 600_000
HOUR_MS = 3_600_000
GATE_M = 1500.0


def receipt(
    at_s: float = 0.0, who: str = "a", east_m: float = 0.0, north_m: float = 0.0
) -> Receipt:
    lat, lon = offset(LAT, LON, east_m, north_m)
    return Receipt(T0 + round(at_s * 1000), who, float(lat), float(lon))


def received(town: Town, *receipts: Receipt, sender: str = "95588", bits: int = 0xFF) -> Any:
    """One template's messages, each reported when it was received."""
    template = None
    for one in receipts:
        template = town.template(sender, bits, 6, one.ts)
        town.observe(template, one, one.ts, WINDOW_MS)
    return template


def test_like_messages_of_one_sender_are_one_template() -> None:
    town = Town()
    first = town.template("95588", 0xFF, 6, T0)
    assert town.template("95588", 0xFF ^ 0b111111, 6, T0) is first
    assert town.template("95588", 0xFF ^ 0b1111111, 6, T0) is not first
    assert town.template("10086", 0xFF, 6, T0) is not first
    # A message without content goes by its sender.
    assert town.template("95588", None, 6, T0) is first


def test_a_template_that_was_silent_for_an_hour_begins_anew() -> None:
    town = Town()
    first = town.template("95588", 0xFF, 6, T0)
    assert town.template("95588", 0xFF, 6, T0 + HOUR_MS) is first
    # What comes late doesn't make it older.
    assert town.template("95588", 0xFF, 6, T0) is first
    assert town.template("95588", 0xFF, 6, T0 + 2 * HOUR_MS) is first
    assert town.template("95588", 0xFF, 6, T0 + 3 * HOUR_MS + 1) is not first


def test_memory_is_bounded_and_the_least_recent_goes_first() -> None:
    town = Town()
    for n in range(1500):
        town.template(f"sender {n}", 1, 6, T0 + n)
        town.template("always", n << 8, 0, T0 + n)
    assert len(town.templates) == 1024
    assert "sender 1499" in town.templates
    assert "sender 0" not in town.templates
    assert len(town.templates["always"]) == 32
    template = received(town, *(receipt(0.1 * n, who=f"w{n}") for n in range(500)))
    assert len(template.receipts) == 128
    assert template.receipts[-1].who == "w499"


def test_receivers_are_kept_for_two_windows() -> None:
    template = received(Town(), receipt(0.0, "a"), receipt(1200.0, "b"), receipt(1201.0, "c"))
    assert [one.who for one in template.receipts] == ["b", "c"]


def test_traffic_is_that_of_this_window_and_the_last() -> None:
    town = Town()
    received(town, *(receipt(at_s) for at_s in (0.0, 1.0, 700.0, 701.0, 702.0)))
    assert town.traffic(LAT, LON, GATE_M) == (5, 5)
    received(town, receipt(1400.0))
    assert town.traffic(LAT, LON, GATE_M) == (4, 4)
    received(town, receipt(9000.0))
    assert town.traffic(LAT, LON, GATE_M) == (1, 1)


PLACES = st.lists(
    st.tuples(st.floats(-6000.0, 6000.0), st.floats(-6000.0, 6000.0)), min_size=1, max_size=30
)


@given(places=PLACES, gate_m=st.sampled_from([300.0, GATE_M, 4000.0]))
def test_traffic_about_a_place_is_the_sum_of_what_is_about_it(
    places: list[tuple[float, float]], gate_m: float
) -> None:
    town = Town()
    receipts = [receipt(n, f"w{n}", *place) for n, place in enumerate(places)]
    received(town, *receipts)
    about = sum(is_about(LAT, LON, one, gate_m) for one in receipts)
    assert town.traffic(LAT, LON, gate_m) == (about, len(places))
    assert town.traffic(LAT, LON, 2 * gate_m)[0] >= about


@given(places=PLACES)
def test_squares_are_no_wider_than_what_they_stand_for(places: list[tuple[float, float]]) -> None:
    for east_m, north_m in places:
        away_m = (east_m**2 + north_m**2) ** 0.5
        one = receipt(0.0, "a", east_m, north_m)
        assert is_about(LAT, LON, one, away_m + 420.0)
        assert not is_about(LAT, LON, one, away_m - 420.0)


@pytest.mark.parametrize("lat", [0.0, 60.0, -60.0, 85.0])
def test_a_gate_is_as_wide_at_any_latitude(lat: float) -> None:
    town = Town()
    for n in range(9):
        north, east = offset(lat, 10.0, 500.0 * (n - 4), 0.0)
        received(town, Receipt(T0 + n, f"w{n}", float(north), float(east)))
    here, every = town.traffic(lat, 10.0, 1000.0)
    assert every == 9
    assert 3 <= here <= 7


def test_templates_of_one_receiver_are_no_chance_to_stand_out() -> None:
    town = Town()
    assert town.templates_since(T0) == 1
    for n in range(5):
        received(town, receipt(n, "a"), receipt(n + 1.0, "b"), sender=f"pair {n}")
        received(town, receipt(n, "a"), sender=f"single {n}")
    assert town.templates_since(T0) == 5
    assert town.templates_since(T0 + 4000) == 2


@given(
    count=st.integers(0, 200),
    least=st.integers(-3, 200),
    share=st.floats(0.001, 0.99),
)
def test_the_tail_is_the_binomials(count: int, least: int, share: float) -> None:
    least = min(least, count)
    tail = log_tail(count, least, share)
    assert tail <= 0.0
    known = float(binom.logsf(least - 1, count, share))
    if tail > -700.0:
        assert isclose(tail, known, rel_tol=1e-6, abs_tol=1e-9)
    else:  # too small a chance for a float: there scipy gives up, we don't
        assert known < -699.0
    if least < count:
        assert log_tail(count, least + 1, share) <= tail + 1e-9
