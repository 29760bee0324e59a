"""Numbers that are spoken with as honest ones are, beside campaigns; lines of home that come in
from abroad: of owners, of centres that the list lacks, and of frauds; and sellers."""

from typing import Any

import pytest

from detectors.alert.record import Alert
from detectors.rules.caller_rate.rule import CallerRate
from detectors.rules.number_rights.rule import NumberRights
from detectors.rules.spoofed_ingress.rule import SpoofedIngress
from tests.detectors.calls.conftest import Desk, Finder
from tests.detectors.calls.weighing.test_being_rung import rung

RATE: dict[str, Any] = {"detector": "caller_rate", "family": "pace", "weight": 3.0}
WAY = ("manner:spoofed_ingress|fixed|gw-1|21", "trunk:gw-1")
CENTRE = "h-" + 24 * "c"
HUNG_UP: dict[str, Any] = {"detector": "short_calls", "family": "outcome", "weight": 1.5}


def last(alerts: list[Alert]) -> Alert:
    return alerts[-1]


def test_a_number_that_is_spoken_with_is_not_accused_for_those_beside_it(
    desk: Desk, found: Finder
) -> None:
    """An unlisted centre abroad comes in as a campaign does; it is known to be so from then on."""
    centre = "h-" + 24 * "c"
    many = [found(n, links=WAY) for n in range(40)]
    rates = [found(40 + n, number=many[n].who, **RATE) for n in range(4)]
    desk.take(*many, *rates)
    honest = found(50, number=centre, links=WAY, spoken_with=True)
    decided = desk.take(honest, found(51, number=centre, links=WAY), until_s=900.0)
    named = [each.number for each in last(decided.alerts).numbers]
    assert centre not in named
    assert many[0].who in named
    other = found(52, number="h-" + 24 * "d", links=WAY, at_s=901.0)
    assert other.who in [each.number for each in last(desk.take(other, end=True).alerts).numbers]


def test_a_number_that_is_spoken_with_is_accused_for_how_its_calls_end(
    desk: Desk, found: Finder
) -> None:
    one = "h-" + 24 * "a"
    ends = HUNG_UP | {"weight": 3.0}
    alert = last(
        desk.take(found(1, number=one, spoken_with=True), found(2, number=one, **ends)).alerts
    )
    assert [each.number for each in alert.numbers] == [one]


def test_nobody_who_is_spoken_with_is_accused_for_how_many_it_rings(
    desk: Desk, found: Finder
) -> None:
    """Of the hours of a day there is one in which more people hang up on an honest centre, so that
    its pace isn't excused; whether it was spoken with before or after makes no difference."""
    one, other, third = ("h-" + 24 * letter for letter in "abc")
    before = [found(1, number=one, spoken_with=True), found(2, number=one, **RATE)]
    after = [found(3, number=other, **RATE), found(4, number=other, spoken_with=True)]
    assert desk.take(*before, *after).alerts == []
    alert = last(desk.take(found(5, number=third), found(6, number=third, **RATE)).alerts)
    assert [each.number for each in alert.numbers] == [third]


def test_complaints_of_a_number_that_is_spoken_with_accuse_it_of_nothing(
    desk: Desk, found: Finder
) -> None:
    one, other = ("h-" + 24 * letter for letter in "ab")
    complaint: dict[str, Any] = {"detector": "reputation", "family": "report", "weight": 4.0}
    honest, hung_up = found(1, number=one, spoken_with=True), found(5, number=other)
    assert desk.take(honest, found(3, number=one, **complaint)).alerts == []
    assert desk.take(hung_up, found(6, number=other, **complaint)).alerts != []


def roles(alert: Alert) -> dict[str, str]:
    return {each.number: each.role for each in alert.numbers}


def campaign(found: Finder) -> list[Any]:
    """Numbers that are beyond doubt, by the same gateway into the same region."""
    many = [found(n, links=WAY) for n in range(8)]
    return many + [found(20 + n, number=many[n].who, **HUNG_UP) for n in range(4)]


def centre(found: Finder, n: int, **over: Any) -> Any:
    about = {"number": CENTRE, "links": WAY, "only_shown": True} | over
    return found(n, **about)


def test_a_line_beside_a_campaign_is_no_caller_for_what_a_lacking_row_explains(
    desk: Desk, found: Finder
) -> None:
    """It has no row, so it may not come in there; its pace isn't a firm's; and a victim's path
    begins with whoever it rings: all of it is said by one witness."""
    path: dict[str, Any] = {"detector": "victim_path", "family": "victim", "weight": 0.3}
    more = [found(31, number=CENTRE, **RATE | {"weight": 1.5}), found(32, number=CENTRE, **path)]
    alert = desk.take(*campaign(found), centre(found, 30), *more, until_s=900.0).alerts[-1]
    assert roles(alert)[CENTRE] == "impersonated"
    assert "caller" in roles(alert).values()


@pytest.mark.parametrize(
    ("over", "role"), [({}, "impersonated"), ({"only_shown": False}, "caller")]
)
def test_that_people_hang_up_says_nothing_of_whose_it_is(
    desk: Desk, found: Finder, over: dict[str, Any], role: str
) -> None:
    """Nor of a centre that sells; of a number that nobody has it does."""
    more = [found(31, number=CENTRE, **HUNG_UP | {"weight": 3.0}), centre(found, 40, **over)]
    alert = desk.take(*campaign(found), centre(found, 30), *more, until_s=900.0).alerts[-1]
    assert roles(alert)[CENTRE] == role


@pytest.mark.parametrize(("weight", "role"), [(0.3, "impersonated"), (2.0, "caller")])
def test_it_is_one_by_who_falls_victim(desk: Desk, found: Finder, weight: float, role: str) -> None:
    path: dict[str, Any] = {"detector": "victim_path", "family": "victim", "weight": weight}
    more = [found(31, number=CENTRE, **path), centre(found, 40)]
    alert = desk.take(*campaign(found), centre(found, 30), *more, until_s=900.0).alerts[-1]
    assert roles(alert)[CENTRE] == role


def test_a_mobile_number_is_none_by_what_its_calls_do(desk: Desk, found: Finder) -> None:
    """Whoever shows it makes them; only the home register knows where its subscriber is."""
    mobile = [centre(found, at, number_class="mobile") for at in (30, 40)]
    more = [found(31, number=CENTRE, number_class="mobile", **HUNG_UP)]
    alert = desk.take(*campaign(found), *mobile, *more, until_s=900.0).alerts[-1]
    assert roles(alert)[CENTRE] == "impersonated"


def test_it_doesnt_matter_what_was_found_of_it_first(desk: Desk, found: Finder) -> None:
    path: dict[str, Any] = {"detector": "victim_path", "family": "victim", "weight": 0.3}
    desk.take(*campaign(found), until_s=29.0)
    desk.take(found(30, number=CENTRE, **path), until_s=30.5)
    desk.take(centre(found, 31), until_s=32.0)
    alert = desk.take(centre(found, 200), until_s=900.0).alerts[-1]
    assert roles(alert)[CENTRE] == "impersonated"


def test_nothing_is_proposed_against_a_line_that_is_only_shown(desk: Desk, found: Finder) -> None:
    alert, actions = None, []
    for step, number in ((campaign(found), 0), ([centre(found, 30)], 1), ([centre(found, 60)], 2)):
        decided = desk.take(*step, until_s=300.0 * (number + 1))
        alert, actions = decided.alerts[-1], [*actions, *decided.actions]
    assert alert is not None
    assert CENTRE in roles(alert)
    assert CENTRE not in {action.about for action in actions}
    assert {action.action for action in actions} >= {"label"}


def test_who_becomes_a_caller_is_named_soon_though_it_was_named_before(
    desk: Desk, found: Finder
) -> None:
    """Long after the alert opened, when others of its revisions come every minute."""
    desk.take(*campaign(found), centre(found, 30), until_s=600.0)
    desk.take(centre(found, 700), until_s=701.0)
    assert desk.take(centre(found, 705), until_s=725.0).alerts == []
    accused = desk.take(centre(found, 730, only_shown=False), until_s=745.0)
    assert roles(accused.alerts[-1])[CENTRE] == "caller"


def test_what_was_seen_of_it_is_kept_where_campaigns_become_one(desk: Desk, found: Finder) -> None:
    both = [centre(found, 30), centre(found, 31, only_shown=False)]
    desk.take(*campaign(found), *both, until_s=100.0)
    again = desk.again()
    alert = again.take(centre(found, 120), until_s=900.0, end=True).alerts[-1]
    assert roles(alert)[CENTRE] == "caller"


def test_a_line_that_calls_at_home_has_an_owner_who_is_there(found: Finder) -> None:
    """Hours before, by several calls of its own; whatever those who show it do."""
    one, other = ("h-" + 24 * letter for letter in "ab")
    shown = {"values": {"reason": "fixed_number"}}

    def roles(*observations: Any) -> list[tuple[str, str]]:
        desk = Desk()
        for each in observations:
            desk.correlator.take(each)
        findings = found(1, number=one, **shown), found(2, number=one, **RATE)
        alert = last(desk.take(*findings, found(3, number=one, **HUNG_UP), end=True).alerts)
        return [(each.number, each.role) for each in alert.numbers]

    assert roles() == [(one, "caller")]
    assert roles(rung(other, 3, 0, at=700)) == [(one, "caller")]
    assert roles(rung(one, 3, 0, at=700)) == [(one, "impersonated")]


def test_pace_says_less_where_selling_explains_all(found: Finder) -> None:
    """Who sells rings many, is hung up on and complained of; but not by a line of somebody else."""
    one = "h-" + 24 * "a"
    rate = found(1, number=one, **RATE)
    ended = found(2, number=one, **{**HUNG_UP, "weight": 2.8})
    complained = found(3, number=one, detector="reputation", family="report", weight=0.4)
    odd = found(4, number=one, weight=0.6)
    assert Desk().take(rate, ended, complained, end=True).alerts == []
    assert Desk().take(rate, ended, odd, end=True).alerts != []


def test_pace_says_less_of_a_line_whose_row_may_be_out_of_date(found: Finder) -> None:
    """A firm that has moved to another trunk rings as many, and some hang up on it."""
    one = "h-" + 24 * "a"
    rate = found(1, number=one, **RATE | {"weight": 1.8})
    ended = found(2, number=one, **HUNG_UP | {"weight": 0.9})
    moved = found(3, number=one, detector="number_rights", weight=NumberRights().onnet_weight)
    shown = found(3, number=one, weight=NumberRights().onnet_weight)
    assert Desk().take(rate, ended, moved, end=True).alerts == []
    assert Desk().take(rate, ended, shown, end=True).alerts != []


def test_of_a_firm_that_moved_one_busy_line_accuses_no_other(found: Finder) -> None:
    """All its lines are odd for one cause; a number that is odd in another way goes with them."""
    way = ("manner:number_rights|onnet|pbx-1|21", "trunk:pbx-1")
    moved = {"detector": "number_rights", "weight": NumberRights().onnet_weight, "links": way}
    busy, quiet, odd = ("h-" + 24 * letter for letter in "abc")
    ended = HUNG_UP | {"weight": 3.0, "links": way}
    lines = [found(1, number=busy, **moved), found(2, number=busy, **ended)]
    lines += [found(3, number=quiet, **moved)]
    other = found(4, number=odd, weight=NumberRights().onnet_weight, links=way)
    alert = last(Desk().take(*lines, other, end=True).alerts)
    assert {each.number for each in alert.numbers} == {busy, odd}


def test_what_fits_a_centre_that_the_list_lacks_is_not_enough(found: Finder) -> None:
    """Where it comes in, whom it rings and how many, as much as a firm's pace gives: whatever was
    seen of how its calls end."""
    path: dict[str, Any] = {"detector": "victim_path", "family": "victim", "weight": 0.3}
    came_in = found(1, number=CENTRE, weight=SpoofedIngress().fixed_number_weight)
    rate = found(2, number=CENTRE, **RATE | {"weight": CallerRate().firm_most_weight})
    all_of_it = came_in, rate, found(3, number=CENTRE, **path)
    assert Desk().take(*all_of_it, end=True).alerts == []
    more = found(4, number=CENTRE, **HUNG_UP | {"weight": 0.5})
    assert Desk().take(*all_of_it, more, end=True).alerts != []
