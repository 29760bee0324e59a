"""Counts of exposures: windows, what is normal elsewhere, and what is forgotten."""

from detectors.rules.identity_exposure.counts import WINDOW_MS, Count, Network, share

T0 = 1_700_000_000_000
ONE = Count(1.0, 1.0, 0.0)


def test_a_window_is_the_minute_before() -> None:
    network = Network()
    for second in range(0, 120, 10):
        network.count(ONE, "a", True, T0 + second * 1000, T0 + second * 1000)
    assert network.window(T0 + 119_000, "a").connections == WINDOW_MS / 10_000
    assert network.window(T0 + 119_000, "b") == Count()


def test_a_cell_is_no_norm_for_itself() -> None:
    network = Network()
    network.count(Count(10.0, 9.0), "a", True, T0, T0)
    network.count(Count(30.0, 1.0), "b", True, T0, T0)
    assert network.usual_elsewhere("a", True) == Count(30.0, 1.0)
    assert network.now_elsewhere(T0, "b", True) == Count(10.0, 9.0)
    assert network.usual_elsewhere("c", False) == Count(40.0, 10.0)


def test_what_the_register_does_not_have_is_no_norm_at_all() -> None:
    network = Network()
    network.count(Count(10.0, 10.0), "rogue", False, T0, T0)
    assert network.usual_elsewhere("a", True) == Count()
    assert network.now_elsewhere(T0, "a", True) == Count()
    assert network.window(T0, "rogue") == Count(10.0, 10.0)


def test_times_that_cannot_be_do_not_hide_the_present() -> None:
    network = Network()
    network.count(ONE, "a", True, T0, T0)
    for wrong in (T0 + 3_600_000, T0 - 3_600_000):
        network.count(ONE, "a", True, wrong, T0)
    assert network.window(T0, "a") == ONE
    assert len(network.slots) == 1


def test_memory_is_bounded_and_fades() -> None:
    network = Network()
    for n in range(5_000):
        network.count(ONE, f"c{n}", True, T0 + n * 100, T0 + n * 100)
    assert len(network.usual) == 2_000
    assert len(network.slots) <= 24
    for hour in range(1, 15):
        network.halve(T0 + hour * 3_600_000, 3_600_000)
    assert set(network.usual) == {""}
    assert network.usual[""].connections < 1.0


def test_shares_start_from_what_is_known_beforehand() -> None:
    assert share(Count(), "exposed", (1.0, 50.0)) == 0.02
    assert share(Count(50.0, 49.0), "exposed", (1.0, 50.0)) == 0.5
    assert share(Count(0.0, 500.0), "exposed", (1.0, 50.0)) == 1.0
