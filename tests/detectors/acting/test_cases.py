"""Cases about numbers: opened, sent, answered, closed, summed up."""

from typing import Any

import pytest

from detectors.acting.cases import (
    NEXT,
    Complaint,
    NumberCase,
    Step,
    after_steps,
    case_id_of,
    complaints,
    opened,
    stepped,
)
from detectors.acting.owners import Owner, owners
from detectors.acting.settings import Users
from detectors.acting.sums import sums
from detectors.model.finding import Source
from detectors.model.rare_messages import NumberRow, PublicReport
from detectors.numbers.book import NumberBook

JUNE, JULY = 1_748_916_000_000, 1_751_500_000_000
SOURCE = Source("public.reports", 0, 0, -1)
MOBILE = Owner("mobile", "China Mobile")
ONE = "h-" + 24 * "a"


def report(**over: Any) -> PublicReport:
    fixed = {"ts": JUNE, "by": "12321", "about": "call", "number": ONE, "case_ref": "A-1"}
    return PublicReport(**{"rx_ts": JUNE, "source": SOURCE, **fixed, **over})


def case(**over: Any) -> NumberCase:
    (one,) = opened([report()], [MOBILE]).values()
    return NumberCase(**{**{f: getattr(one, f) for f in one.__struct_fields__}, **over})


def step(deed: Any, ts: int = 1, **over: Any) -> Step:
    return Step(case_id="12321:A-1", deed=deed, ts=ts, **over)


def test_only_a_report_about_a_number_with_a_reference_opens_one() -> None:
    assert case_id_of(report()) == "12321:A-1"
    assert case_id_of(report(case_ref=None)) is None
    assert case_id_of(report(number=None, url_domain="a.example")) is None


def test_a_report_that_comes_twice_opens_one_case() -> None:
    found = opened([report(), report(ts=JULY), report(by="police")], [MOBILE] * 3)
    assert list(found) == ["12321:A-1", "police:A-1"]
    assert found["12321:A-1"].opened_ts == JUNE
    assert found["12321:A-1"].answerable == "China Mobile"


def test_it_is_dispatched_answered_and_closed() -> None:
    steps = [step("dispatch", 1), step("answer", 2, answer="closed the line"), step("close", 3)]
    now, refused = after_steps({"12321:A-1": case()}, steps)
    one = now["12321:A-1"]
    assert (one.state, one.sent_to, one.answer) == ("closed", "China Mobile", "closed the line")
    assert (one.dispatched_ts, one.answered_ts, one.closed_ts) == (1, 2, 3)
    assert refused == []


@pytest.mark.parametrize("state", ["open", "dispatched", "answered", "closed"])
@pytest.mark.parametrize("deed", ["dispatch", "answer", "close", "reopen"])
def test_what_is_not_in_the_table_cannot_be_done(state: Any, deed: Any) -> None:
    then = stepped(case(state=state), step(deed))
    assert (then.state if then else None) == NEXT.get((state, deed))


def test_what_nobody_answers_for_is_not_sent_unless_somebody_is_named() -> None:
    nobody = case(answerable=None)
    assert stepped(nobody, step("dispatch")) is None
    sent = stepped(nobody, step("dispatch", sent_to="gateway-1"))
    assert sent is not None
    assert sent.sent_to == "gateway-1"


def test_steps_that_count_for_nothing_are_given_back() -> None:
    wrong = [step("answer"), Step(case_id="none", deed="close", ts=1)]
    now, refused = after_steps({"12321:A-1": case()}, wrong)
    assert (now, refused) == ({"12321:A-1": case()}, wrong)


def row(**fields: Any) -> NumberRow:
    return NumberRow(rx_ts=0, source=SOURCE, **fields)


def test_whose_a_number_is_by_the_list_before_the_plan() -> None:
    listed = [
        row(prefix="8613812", carrier="own", number_class="mvno"),
        row(prefix="8617099", rights=("trunk-7", "trunk-8")),
        row(number=ONE, carrier="its own", number_class="400"),
    ]
    book = NumberBook().updated(listed)
    asked = [
        report(number="h-1", prefix="8613912", length=13),
        report(number="h-2", prefix="8613812", length=13),
        report(prefix="8613812", length=13),
        report(number="h-3", prefix="8617099", length=13),
        report(number="h-4"),
        report(number=None),
    ]
    found = owners(book, asked)
    assert found[0] == Owner("mobile", "China Mobile", None)
    assert found[1] == Owner("mvno", "own", None)
    assert found[2] == Owner("400", "its own", None)
    assert found[3].trunk == "trunk-7"
    assert found[3].answerable == (found[3].carrier or "trunk-7")
    assert found[4:] == [Owner(), Owner()]
    assert Owner(None, None, "trunk-7").answerable == "trunk-7"


def test_figures_of_a_month_by_class_and_carrier() -> None:
    given = [Complaint(JUNE, "mobile", "own"), Complaint(JUNE, "mobile", "own")]
    given += [
        Complaint(JUNE, "fixed", "own"),
        Complaint(JULY, "mobile", "b"),
        Complaint(JULY, None, "b"),
    ]
    cases = [case(carrier="own", dispatched_ts=1), case(carrier="own", opened_ts=JULY)]
    users = (Users("mobile", "own", 4_000_000), Users("mobile", "b", 1_000_000))
    both = [
        (
            one.month,
            one.number_class,
            one.carrier,
            one.complaints,
            one.cases,
            one.dispatched,
            one.per_million,
        )
        for one in sums(given, cases, users)
    ]
    assert both == [
        ("2025-06", "fixed", "own", 1, 0, 0, None),
        ("2025-06", "mobile", "own", 2, 1, 1, 0.5),
        ("2025-07", None, "b", 1, 0, 0, None),
        ("2025-07", "mobile", "b", 1, 0, 0, 1.0),
        ("2025-07", "mobile", "own", 0, 1, 0, 0.0),
    ]
    by_class = [
        (one.month, one.number_class, one.per_million) for one in sums(given, [], users, ("class",))
    ]
    assert by_class == [
        ("2025-06", "fixed", None),
        ("2025-06", "mobile", 0.4),
        ("2025-07", None, None),
        ("2025-07", "mobile", 0.2),
    ]
    assert [one.carrier for one in sums(given, [], users, ("carrier",))] == ["own", "b"]


def test_a_month_begins_by_the_clocks_of_the_country() -> None:
    last = 1_748_735_999_999  # 31 May, 23:59 UTC
    assert [one.month for one in sums([Complaint(last, "mobile", "own")], [])] == ["2025-05"]
    later = sums([Complaint(last, "mobile", "own")], [], offset_ms=8 * 3_600_000)
    assert [one.month for one in later] == ["2025-06"]


def test_complaints_are_those_about_numbers() -> None:
    given = [report(), report(number=None, about="url", url_domain="a.example")]
    assert complaints(given, [MOBILE, Owner()]) == [Complaint(JUNE, "mobile", "China Mobile")]
