"""What is found near an alert's transmitter and isn't its own; what doesn't say when it was on."""

from typing import Any

import msgspec

from detectors.model.finding import Finding


def beside_another(make: Any, with_the_other: bool) -> list[Finding]:
    """A hole of the register, which one new phone receives every five minutes; forty phones lose
    their service there, and fourteen near by receive a transmitter."""

    def odd(number: int, at_s: float) -> Finding:
        found: Finding = make.finding(
            number, at_s, claimed=make.claimed(cell=9), weight=1.0, cap=3.0, signal_dbm=-90.0
        )
        return found

    lost = [
        make.finding(
            1000 + n, 0.5 + 0.2 * n, detector="lost_area", space="subscriber", claimed=None,
            weight=1.8, cap=6.0, place=make.place(-100.0),
        )
        for n in range(40)
    ]  # fmt: skip
    received = [
        make.finding(n, 10.0 + 0.5 * n, claimed=make.claimed(area=62000), signal_dbm=-90.0,
                     place=make.place(800.0 + 10.0 * (n % 7)))
        for n in range(14)
    ]  # fmt: skip
    hole = [odd(100, 0.0), *(odd(101 + n, 20.0 + n) for n in range(4))]
    hole += [odd(110 + n, 300.0 * n) for n in range(1, 12)]
    return [*lost, *hole, *(received if with_the_other else [])]


def test_victims_of_a_transmitter_make_no_alert_of_a_hole_near_by(make: Any) -> None:
    """Nor when that transmitter's alert is over; but they would without it."""
    both = make.alerts(beside_another(make, with_the_other=True))
    assert {one.area for alert in both for one in alert.identities} == {62000}
    assert len({alert.alert_id for alert in both}) == 1
    alone = make.alerts(beside_another(make, with_the_other=False))
    assert {one.area for alert in alone for one in alert.identities} == {61001}


def test_a_clock_that_is_ahead_does_not_say_when_it_was_on(make: Any) -> None:
    """Its phone's report arrives after the transmitter was switched off."""
    ahead = make.finding(90, 9000.0)
    ahead = msgspec.structs.replace(ahead, rx_ts=make.t0_ms + 600_000)
    crowd = [
        make.finding(n, float(n), detector=("unknown_cell", "unknown_old_area")[n % 2])
        for n in range(40)
    ]
    assert make.alerts([*crowd, ahead])[-1].last_seen == make.t0_ms + 39_000
    right = make.finding(91, 599.0, late_s=1.0)
    assert make.alerts([*crowd, right])[-1].last_seen == make.t0_ms + 599_000
