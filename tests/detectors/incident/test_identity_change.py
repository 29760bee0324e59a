"""Whether a new identity follows on a known one, or is another transmitter's.

Long because each way in which two can be one, or look so, is a test of its own.
"""

from typing import Any

import msgspec
import pytest

from detectors.incident.association import Association
from detectors.incident.identity_change import merge, same_transmitter
from detectors.incident.incident import Fix, Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.model.finding import Finding, Identity

GATES = Association()


def reported(make: Any, area: int, from_s: int, to_s: int, east_m: float = 0.0) -> list[Finding]:
    """A phone every five seconds that receives a cell of an area, scattered about a place."""
    return [
        make.finding(
            at_s,
            float(at_s),
            claimed=make.claimed(area=area),
            place=make.place(east_m + 150.0 * (at_s // 5 % 3 - 1), 150.0 * (at_s // 5 % 2)),
        )
        for at_s in range(from_s, to_s, 5)
    ]


def incident(*findings: Finding, published: bool = False) -> Incident:
    first = findings[0]
    one = Incident("zone", "zone", first.rx_ts, first.rx_ts, first.ts, first.ts)
    for finding in findings:
        one.add(finding, finding.rx_ts)
    one.alert_id = "published" if published else None
    return one


def test_an_identity_that_follows_on_one_that_was_given_up_is_the_same(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    new = incident(*reported(make, 2, 200, 300, east_m=900.0))
    assert same_transmitter(new, old, GATES) == "same"
    away = incident(*reported(make, 2, 200, 300, east_m=2500.0))
    assert same_transmitter(away, old, GATES) == "other"


def test_it_is_open_until_the_old_one_would_have_been_reported_again(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    assert same_transmitter(incident(*reported(make, 2, 200, 215)), old, GATES) == "open"


@pytest.mark.parametrize(("east_m", "kin"), [(100.0, "same"), (1500.0, "other")])
def test_of_two_on_the_air_together_their_places_decide(make: Any, east_m: float, kin: str) -> None:
    old = incident(*reported(make, 1, 0, 300), published=True)
    new = incident(*reported(make, 2, 100, 300, east_m=east_m))
    assert same_transmitter(new, old, GATES) == kin


@pytest.mark.parametrize(
    ("east_m", "area", "kin"), [(5000.0, 1, "same"), (9000.0, 1, "other"), (5000.0, 2, "other")]
)
def test_who_receives_an_alerts_unlisted_cell_from_afar_receives_the_same_transmitter(
    make: Any, east_m: float, area: int, kin: str
) -> None:
    """Instruments on the roofs of the next district, beyond where its findings join it."""
    old = incident(*reported(make, 1, 0, 300), published=True)
    far = incident(*reported(make, area, 100, 300, east_m=east_m))
    assert same_transmitter(far, old, GATES) == kin
    candidate = incident(*reported(make, 1, 0, 300))
    assert same_transmitter(far, candidate, GATES) == "other"
    again = incident(*reported(make, 1, 2000, 2300, east_m=east_m))
    assert same_transmitter(again, old, GATES) == "other"


def passing(make: Any, old: Incident, mps: float, until_s: int = 300) -> Incident:
    """An alert whose track leads east past the origin at 100 s."""
    old.track = []
    for at_s in range(-200, until_s, 20):
        lat, lon = make.at(mps * (at_s - 100))
        old.track.append(Fix(make.t0_ms + 1000 * at_s, lat, lon, 100.0))
    return old


def test_what_stays_where_an_alert_went_by_is_another(make: Any) -> None:
    old = passing(make, incident(*reported(make, 1, 0, 300), published=True), 8.0)
    assert same_transmitter(incident(*reported(make, 2, 100, 200)), old, GATES) == "open"
    assert same_transmitter(incident(*reported(make, 2, 100, 300)), old, GATES) == "other"
    along = incident(*reported(make, 2, 100, 180), *reported(make, 2, 220, 300, east_m=1400.0))
    assert same_transmitter(along, old, GATES) == "same"
    for stands in (passing(make, old, 2.0), passing(make, old, 8.0, until_s=110)):
        assert same_transmitter(incident(*reported(make, 2, 100, 300)), stands, GATES) == "same"


def test_an_own_code_beside_a_passing_alert_is_anothers(make: Any) -> None:
    """Handovers towards a code that the alert has never had: no returns of its victims."""
    target = Identity("lte", 460, 0, None, None, None, 350)
    handed_over = [
        msgspec.structs.replace(
            finding, claimed=target, who=f"s{n}", detector="failed_handover", family="radio"
        )
        for n, finding in enumerate(reported(make, 2, 100, 300))
    ]
    old = passing(make, incident(*reported(make, 1, 0, 300), published=True), 8.0)
    assert same_transmitter(incident(*handed_over), old, GATES) == "other"
    nameless = [msgspec.structs.replace(finding, claimed=None) for finding in handed_over]
    assert same_transmitter(incident(*nameless), old, GATES) == "same"


def test_a_cell_is_as_old_as_the_first_finding_about_it(make: Any) -> None:
    """A weak finding at 100 s: it was on the air together with the one that fell silent then."""
    old = passing(make, incident(*reported(make, 1, 0, 160), published=True), 8.0)
    late = reported(make, 2, 240, 300)
    assert same_transmitter(incident(*late), old, GATES) == "same"
    weak = [
        msgspec.structs.replace(finding, weight=0.3, detector="unknown_cell")
        for finding in reported(make, 2, 100, 240)
    ]
    assert same_transmitter(incident(*weak, *late), old, GATES) == "other"


def test_a_phone_that_was_held_does_not_keep_an_identity_on_the_air(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 230), published=True)
    assert same_transmitter(incident(*reported(make, 2, 200, 330)), old, GATES) == "same"


@pytest.mark.parametrize(("phones", "kin"), [(1, "same"), (8, "other")])
def test_what_hardly_anybody_received_does_not_keep_an_identity_on_the_air(
    make: Any, phones: int, kin: str
) -> None:
    """A car took an unlisted cell along, which is received all the while."""
    took = [
        msgspec.structs.replace(finding, who=f"took{at % phones}", ts=finding.ts)
        for at, finding in enumerate(reported(make, 9, 100, 330))
    ]
    old = incident(*reported(make, 1, 0, 200), *took, published=True)
    assert same_transmitter(incident(*reported(make, 2, 200, 330, 900.0)), old, GATES) == kin


def test_the_next_identity_of_one_that_many_received_counts_however_few_did_yet(make: Any) -> None:
    """It goes on while another's begins 1200 m off."""
    crowd = [
        make.finding(100 + n, 0.5 * n, claimed=make.claimed(area=1), place=make.place(n % 90))
        for n in range(160)
    ]
    own = [*reported(make, 2, 85, 120), *reported(make, 2, 200, 230)]
    old = incident(*crowd, *own, published=True)
    assert len(own) < len(crowd) / 10
    new = incident(*reported(make, 3, 130, 230, 1200.0))
    assert same_transmitter(new, old, GATES) == "other"


@pytest.mark.parametrize(("east_m", "kin"), [(300.0, "same"), (1500.0, "other")])
def test_after_a_pause_only_what_is_near(make: Any, east_m: float, kin: str) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    assert same_transmitter(incident(*reported(make, 2, 800, 900, east_m)), old, GATES) == kin


def test_after_half_an_hour_nothing_is_the_same(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    assert same_transmitter(incident(*reported(make, 2, 1800, 1900)), old, GATES) == "other"


def test_candidates_known_from_returns_need_several_phones(make: Any) -> None:
    def came_back(phones: int, east_m: float) -> Incident:
        over = {"detector": "unknown_old_area", "claimed": make.claimed(area=2, cell=None)}
        over |= {"place": make.place(east_m)}
        return incident(*(make.finding(n, 210.0 + n, **over) for n in range(phones)))

    old = incident(*reported(make, 1, 0, 200), published=True)
    assert same_transmitter(came_back(3, 400.0), old, GATES) == "same"
    assert same_transmitter(came_back(2, 400.0), old, GATES) == "other"
    assert same_transmitter(came_back(3, 1500.0), old, GATES) == "other"


def test_a_crowd_one_of_whom_has_bad_luck_is_nobodys_victims(make: Any) -> None:
    over: dict[str, Any] = {"claimed": make.claimed(area=2), "weight": 0.3}
    crowd = [make.finding(n, 210.0 + n, **over) for n in range(20)]
    over |= {"detector": "security_downgrade", "family": "protocol", "weight": 2.0}
    unlucky = [make.finding(50 + n, 240.0 + n, **over) for n in range(3)]
    for count, verdict in ((1, "other"), (3, "same")):
        old = incident(*reported(make, 1, 0, 200), published=True)
        assert same_transmitter(incident(*crowd, *unlucky[:count]), old, GATES) == verdict


def test_what_has_an_alert_stays_its_own(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    new = incident(*reported(make, 2, 200, 300), published=True)
    assert same_transmitter(new, old, GATES) == "other"


def came_back(make: Any, east_m: float, first: int, phones: int = 3) -> Incident:
    """Phones back from an area within the last minute, scattered by several hundred metres."""
    over = {"detector": "unknown_old_area", "claimed": make.claimed(area=2, cell=None)}
    over |= {"space": "device"}
    return incident(
        *(
            make.finding(
                first + 5 * n, 210.0 + n, place=make.place(east_m, 700.0 * (n % 3 - 1)), **over
            )
            for n in range(phones)
        )
    )


def merged(make: Any, candidate: Incident, alerts_about: int) -> bool:
    """Whether a candidate becomes part of an alert at the origin, among others 1.2 km off."""
    index = IncidentIndex([])
    older = incident(*reported(make, 1, 0, 200), published=True)
    index.add(older)
    for n in range(alerts_about):
        east_m = -1200.0 if n % 2 else 1200.0
        index.add(incident(*reported(make, 10 + n, 0, 200, east_m), published=True))
    index.add(candidate)
    return merge(index, candidate, GATES)[0] is older


def test_among_many_what_is_near_by_may_be_a_neighbours(make: Any) -> None:
    assert merged(make, came_back(make, 640.0, 900), alerts_about=0)
    # The neighbour is nearer.
    assert not merged(make, came_back(make, 640.0, 900), alerts_about=1)
    # Surely at the same place, or with the same phones, it is no neighbour's.
    assert merged(make, came_back(make, 0.0, 900, phones=30), alerts_about=16)
    assert merged(make, came_back(make, 640.0, 0), alerts_about=16)


def test_where_new_ones_are_many_what_is_badly_known_may_be_one(make: Any) -> None:
    assert merged(make, came_back(make, 400.0, 900), alerts_about=2)
    assert not merged(make, came_back(make, 400.0, 900), alerts_about=120)


def test_what_may_be_the_next_identity_of_one_alert_waits_though_another_is_beside(
    make: Any,
) -> None:
    """A car that changes its identity beside a parked transmitter isn't taken for that one."""
    parked = incident(*reported(make, 1, 0, 310), published=True)
    car = incident(*reported(make, 2, 0, 250, east_m=900.0), published=True)
    new = incident(*reported(make, 3, 255, 300, east_m=700.0))
    index = IncidentIndex([])
    for one in (parked, car, new):
        index.add(one)
    assert same_transmitter(new, parked, GATES) == "same"
    assert merge(index, new, GATES) == (new, False)


def test_an_alert_is_at_its_published_place(make: Any) -> None:
    """One phone that misplaces itself by kilometres doesn't make a second alert of a hop."""
    old = incident(*reported(make, 1, 0, 200), published=True)
    new = incident(*reported(make, 2, 200, 300))
    for n in range(30):
        off = make.finding(190.0, 190.0, who="off", claimed=make.claimed(area=1))
        old.add(msgspec.structs.replace(off, place=make.place(4000.0 + n)), off.rx_ts)
    assert same_transmitter(new, old, GATES) == "other"
    lat, lon = make.at(200.0)
    old.track = [Fix(make.t0_ms + 190_000, lat, lon, 100.0)]
    assert same_transmitter(new, old, GATES) == "same"
    old.track = [Fix(make.t0_ms + 100_000, lat, lon, 100.0)]  # too long ago
    assert same_transmitter(new, old, GATES) == "other"


def test_what_is_badly_known_may_yet_be_near(make: Any) -> None:
    old = incident(*reported(make, 1, 0, 200), published=True)
    few = incident(*reported(make, 2, 200, 210, east_m=2100.0))
    assert same_transmitter(few, old, GATES) == "open"
    many = incident(*reported(make, 2, 200, 290, east_m=2100.0))
    assert same_transmitter(many, old, GATES) == "other"


def test_what_went_to_the_older_one_of_a_new_identity_keeps_that_not_on_the_air(make: Any) -> None:
    """Phones near to both put some of the new identity's reports to the alert."""
    strays = reported(make, 2, 205, 300)[::4]
    old = incident(*reported(make, 1, 0, 200), *strays, published=True)
    new = incident(*reported(make, 2, 200, 330, east_m=1500.0))
    assert same_transmitter(new, old, GATES) == "same"


def test_what_is_an_alert_in_another_zone_is_waited_for(make: Any) -> None:
    """The zone of the new identity publishes nothing of the old one, but knows it."""
    old, new = incident(*reported(make, 1, 0, 200)), incident(*reported(make, 2, 200, 215))
    index = IncidentIndex([])
    for one in (old, new):
        index.add(one)
    assert merge(index, new, GATES) == (new, True)
    old.likely = True
    assert merge(index, new, GATES) == (new, False)


def test_two_candidates_of_one_alert_are_part_of_it(make: Any) -> None:
    alert = incident(*reported(make, 1, 0, 200), published=True)
    first = incident(*reported(make, 2, 200, 240))
    second = incident(*reported(make, 3, 205, 300))
    index = IncidentIndex([])
    for one in (alert, first, second):
        index.add(one)
    assert same_transmitter(second, first, GATES) == "same"
    assert merge(index, second, GATES) == (alert, True)


def posing(make: Any, cell: int, who: int, from_s: float = 0.0) -> list[Finding]:
    """Phones at one place that receive a registered cell where it can't be."""
    claimed = make.claimed(rat="lte", area=4100, cell=cell)
    return [
        make.finding(who + n, from_s + 10.0 * n, detector="odd_shape", family="radio",
                     claimed=claimed, place=make.place(20.0 * n))
        for n in range(6)
    ]  # fmt: skip


def test_each_registered_cell_is_a_candidate_of_its_own(make: Any) -> None:
    """A crowd receives dozens of wrong rows, which must not hide what happens to one of them."""
    first = incident(*posing(make, 1001, 10, from_s=30.0))
    next_one = incident(*posing(make, 1002, 13, from_s=60.0))
    assert same_transmitter(next_one, first, GATES) == "other"
    first.alert_id = "published"  # the next identity of a transmitter, with half of its phones
    assert same_transmitter(next_one, first, GATES) == "same"
    for wrong_row in (posing(make, 1002, 50, from_s=60.0), posing(make, 1002, 13)):
        assert same_transmitter(incident(*wrong_row), first, GATES) == "other"


def test_how_a_cell_deals_with_phones_is_no_other_identity(make: Any) -> None:
    """It is held against it as a clone, not as a stranger that comes and goes."""
    held = {"detector": "held_back", "family": "protocol"}

    def of(cell: int) -> list[Finding]:
        claimed = make.claimed(rat="lte", area=4100, cell=cell)
        return [make.finding(n, claimed=claimed, **held) for n in range(9)]

    assert incident(*posing(make, 1001, 100), *of(1001)).poses
    assert not incident(*posing(make, 1001, 100), *of(1002)).poses


def test_one_phone_makes_no_stranger_pose(make: Any) -> None:
    """Of a cell that nobody has levels are odd, too, and one phone may be hostile."""
    strange = reported(make, 61_000, 0, 60)
    over = {"claimed": strange[0].claimed, "place": make.place()}
    loud = make.finding(99, detector="odd_level", family="radio", **over)
    held = [make.finding(n, detector="held_back", family="protocol", **over) for n in range(9)]
    one = incident(*strange, loud, *held)
    assert not one.poses
    assert same_transmitter(incident(*reported(make, 62_000, 60, 120)), one, GATES) != "other"
