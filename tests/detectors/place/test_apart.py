"""Two identities in one alert that are received in two places at once are two transmitters."""

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity
from detectors.model.text import SENT_FROM
from detectors.place.split_incident import divide

LISTED = Identity("gsm", 460, 0, 4100, 1002)


def reported(
    make: Any,
    cell: int,
    from_s: float,
    to_s: float,
    east_m: float = 0.0,
    mps: float = 0.0,
    every_s: float = 8.0,
    wide_m: float = 400.0,
    seed: int = 0,
    **fields: Any,
) -> list[Finding]:
    """Phones within 400 m north or south of a transmitter, one each few seconds; it drives east at
    ``mps``."""
    rng = np.random.default_rng([cell, seed])
    fields = {"claimed": make.claimed(cell=cell), "weight": 3.0, **fields}
    return [
        make.finding(
            1000 * cell + n,
            at_s,
            place=make.place(
                east_m + mps * at_s + rng.uniform(-wide_m, wide_m), rng.uniform(-400, 400)
            ),
            **fields,
        )
        for n, at_s in enumerate(np.arange(from_s, to_s, every_s).tolist())
    ]


def looked_at(one: Incident, looks: int = 3, cell: Identity | None = None) -> Incident | None:
    """What a few looks at it, half a minute apart, find to be another transmitter's."""
    for _ in range(looks):
        other = divide(one, ZoneContext(), cell=cell)
        if other is not None:
            return other
        one.last_rx += 31_000
        one.taken += len(one.reports)
    return None


def test_what_is_received_elsewhere_at_the_same_time_is_anothers(make: Any) -> None:
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    other = looked_at(one)
    assert other is not None
    # What was received first stays, and the two never become one again.
    assert {report.claimed for report in one.reports} == {make.claimed(cell=1)}
    assert {report.claimed for report in other.reports} == {make.claimed(cell=2)}
    assert set(one.apart) & set(other.apart)
    assert looked_at(one) is None


def test_one_look_is_none(make: Any) -> None:
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    assert looked_at(one, looks=1) is None


@pytest.mark.parametrize("mps", [0.0, 8.0])
def test_two_carriers_of_one_transmitter_stay_one(make: Any, mps: float) -> None:
    both = [*reported(make, 1, 0, 400, mps=mps), *reported(make, 2, 4, 400, east_m=250.0, mps=mps)]
    assert looked_at(make.incident(both), looks=6) is None


def test_a_transmitter_that_has_moved_and_changed_its_name_stays_one(make: Any) -> None:
    hop = [*reported(make, 1, 0, 300), *reported(make, 2, 300, 600, east_m=1500.0)]
    assert looked_at(make.incident(hop), looks=6) is None


def test_a_few_phones_elsewhere_are_no_transmitter(make: Any) -> None:
    """Three may be hostile, or misplace themselves."""
    here = reported(make, 1, 0, 400)
    few = reported(make, 2, 100, 124, east_m=2000.0)
    assert len(few) == 3
    assert looked_at(make.incident([*here, *few]), looks=6) is None
    liars = reported(make, 2, 0, 400, east_m=100.0)[3:]
    assert looked_at(make.incident([*here, *few, *liars]), looks=6) is None


def test_another_cell_of_the_register_is_received_somewhere_anyway(make: Any) -> None:
    here = reported(make, 1, 0, 400)
    listed = reported(
        make, 2, 0, 400, east_m=1500.0, claimed=LISTED, detector="impossible_distance"
    )
    assert looked_at(make.incident([*here, *listed]), looks=6) is None
    assert looked_at(make.incident([*here, *listed]), cell=LISTED) is not None


def test_what_was_divided_is_divided_again(make: Any) -> None:
    three = [
        *reported(make, 1, 0, 400),
        *reported(make, 2, 0, 400, east_m=1200.0),
        *reported(make, 3, 0, 400, east_m=2400.0),
    ]
    one = make.incident(three)
    other = looked_at(one)
    assert other is not None
    third = looked_at(other, looks=4)
    assert third is not None
    assert {report.claimed for report in third.reports} == {make.claimed(cell=3)}


def test_it_is_seen_however_much_is_reported(make: Any) -> None:
    """Of a busy alert only the newest reports are kept, of some minutes."""
    busy = [
        *reported(make, 1, 0, 600, every_s=2.0),
        *reported(make, 2, 0, 600, every_s=2.0, east_m=1200.0),
    ]
    assert looked_at(make.incident(sorted(busy, key=lambda each: each.ts))) is not None


def test_one_phone_speaks_for_no_others(make: Any) -> None:
    here, there = reported(make, 1, 0, 400), reported(make, 2, 0, 400)
    loud = [
        make.finding(9000, 10.0 * n, claimed=make.claimed(cell=2), weight=3.0,
                     place=make.place(2000.0))
        for n in range(40)
    ]  # fmt: skip
    assert looked_at(make.incident([*here, *there, *loud]), looks=6) is None
    few = reported(make, 2, 0, 24)
    assert looked_at(make.incident([*here, *few, *loud]), looks=6) is None


def test_phones_along_a_road_are_not_two_places(make: Any) -> None:
    divided = 0
    for seed in range(20):
        both = [
            *reported(make, 1, 0, 400, every_s=30.0, wide_m=1200.0, seed=seed),
            *reported(make, 2, 4, 400, every_s=30.0, wide_m=1200.0, seed=seed),
        ]
        divided += looked_at(make.incident(both), looks=3) is not None
    assert divided <= 1


def test_what_else_is_known_of_a_cell_leaves_with_it(make: Any) -> None:
    bare = make.claimed(cell=2)
    by_code = msgspec.structs.replace(bare, arfcn=55, pci=7)
    coded = reported(make, 2, 60, 400, east_m=1000.0, claimed=by_code, weight=0.3)
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    for finding in coded:
        one.add(msgspec.structs.replace(finding, detector="unplanned_code"), finding.rx_ts)
    assert looked_at(one) is not None
    assert set(one.claims) == {make.claimed(cell=1)}


def test_in_whose_name_texts_were_sent_is_still_known(make: Any) -> None:
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    text = {"sender": "95588", "content": "00000000000000ff"}
    about = {"family": "sms", "detector": "phantom_sms", "claimed": None, "place": None}
    named = {**text, SENT_FROM: "gsm-460-0-4100-7"}
    for number, values in enumerate((text, named, named)):
        finding = make.finding(9000 + number, 400.0, values=values, **about)
        one.add(finding, finding.rx_ts)
    assert looked_at(one) is not None
    assert [known.sent_from for known in one.texts] == ["gsm-460-0-4100-7"]


def test_what_an_alert_is_known_by_stays(make: Any) -> None:
    """Though its first reports are forgotten."""
    one = make.incident(
        [*reported(make, 1, 0, 900, every_s=3.0), *reported(make, 2, 300, 900, east_m=1200.0)]
    )
    other = looked_at(one)
    assert other is not None
    assert set(other.claims) == {make.claimed(cell=2)}


def test_names_of_divisions_are_bounded_and_bar_no_other_division(make: Any) -> None:
    def busy() -> Incident:
        alert: Incident = make.incident(
            [*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)]
        )
        return alert

    one = busy()
    for number in range(40):
        stray = make.incident([make.finding(8000 + number, 200.0, claimed=make.claimed(cell=1))])
        stray.apart = [bytes([number])]
        one.absorb(stray)
    assert len(one.apart) <= 16
    other = looked_at(one)
    assert other is not None
    assert set(one.apart) & set(other.apart)
