"""`reputation`: sources by how right they were, reporters once, owners who change."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from detectors.rules.reputation.opinions import Opinions, beta_binomial_nats
from detectors.rules.reputation.rule import Reputation
from detectors.rules.reputation.samples import DAY

RULE = Reputation()


def weights(make: Any, *pieces: Any, rule: Reputation = RULE) -> list[float]:
    return [each.weight for each in make.findings(rule, *pieces)]


def test_sources_are_believed_by_what_they_are(make: Any) -> None:
    by = [
        weights(make, make.complaints({"by": by}))[0] for by in ("police", "bank", "12321", "app")
    ]
    assert by == sorted(by, reverse=True)
    assert by[0] == pytest.approx(2.944, abs=0.001)


def test_a_single_complaint_that_is_no_case_is_less_than_a_nat(make: Any) -> None:
    for by in ("12321", "app"):
        assert max(weights(make, make.complaints({"by": by}))) < 1.0


def test_the_second_complaint_says_less_than_the_first(make: Any) -> None:
    rows = [{"reporter": f"r{n}", "by": "12321", "at_s": 60.0 * n} for n in range(6)]
    found = weights(make, make.complaints(*rows))
    gains = [after - before for before, after in pairwise(found)]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains[:3])


@pytest.mark.parametrize("by", ["12321", "app", "bank"])
def test_a_case_of_another_than_the_police_weighs_as_a_complaint_of_its_source(
    make: Any, by: str
) -> None:
    (with_case,) = make.findings(RULE, make.complaints({"by": by, "case_ref": "A-2201"}))
    (without,) = make.findings(RULE, make.complaints({"by": by}))
    assert (with_case.weight, with_case.values) == (without.weight, without.values)
    assert with_case.values["cases"] == 0


def test_a_case_of_another_than_the_police_proves_no_source_right(make: Any) -> None:
    def next_one(by: str) -> float:
        earlier = [{"by": "app", "number": "n1", "reporter": f"r{n}"} for n in range(2)]
        case = {"by": by, "number": "n1", "case_ref": "A-2201", "at_s": 60.0}
        later = {"by": "app", "number": "n2", "reporter": "r9", "at_s": 120.0}
        return weights(make, make.complaints(*earlier, case, later))[-1]

    assert next_one("12321") < next_one("police")


def test_half_of_a_complaint_is_gone_in_a_month(make: Any) -> None:
    month = RULE.half_life_h * 3600
    rows = [{"reporter": "a", "at_s": 0.0}, {"reporter": "b", "at_s": month}]
    share, prior = RULE.app_share, RULE.prior_reports
    due = beta_binomial_nats(1.5, share * prior, (1 - share) * prior)
    assert weights(make, make.complaints(*rows))[-1] == pytest.approx(due, abs=0.001)


def test_who_complains_of_everything_counts_less_each_time(make: Any) -> None:
    rows = [{"reporter": "r", "number": f"n{n}", "at_s": 60.0 * n} for n in range(40)]
    found = weights(make, make.complaints(*rows))
    assert len(found) < 40
    assert found[0] == max(found)


def test_the_police_prove_who_complained_before_right(make: Any) -> None:
    state = Opinions()
    app = make.complaints({"number": "n1"}, {"number": "n1", "by": "police", "at_s": 60.0})
    for message in app:
        RULE.observe(state, RULE.read_rare(message))
    assert state.sources["app"].right == 1.0
    RULE.observe(state, RULE.read_rare(app[1]))
    assert state.sources["app"].right == 1.0
    before, after = weights(make, make.complaints())[0], 0.0
    RULE.observe(state, RULE.read_rare(make.complaints({"number": "n2", "at_s": 90.0})[0]))
    after = state.due[-1].weight
    assert after > before


def test_a_mark_that_is_taken_back_is_gone_and_was_wrong(make: Any) -> None:
    state = Opinions()
    (mark,) = make.marks({"number": "n1"})
    RULE.observe(state, RULE.read_rare(mark))
    RULE.observe(state, RULE.read_rare(msgspec.structs.replace(mark, deleted=True, by=None)))
    assert state.subjects["number:n1"].marks == {}
    assert state.sources["app"].wrong == 1.0
    assert len(state.due) == 1


def test_a_mark_is_made_of_its_sources_reports(make: Any) -> None:
    alone = weights(make, make.marks({"number": "n0", "at_s": 60.0}))
    both = weights(make, make.complaints(), make.marks({"number": "n0", "at_s": 60.0}))
    assert both[-1] == alone[-1]
    other = weights(
        make, make.complaints({"by": "12321"}), make.marks({"number": "n0", "at_s": 60.0})
    )
    assert other[-1] > alone[-1]


@pytest.mark.parametrize("kind", ["activated", "deactivated"])
def test_a_number_that_changes_owners_begins_anew(make: Any, kind: str) -> None:
    changed = make.changes({"number": "n0", "kind": kind, "at_s": DAY})
    case = make.complaints({"by": "police", "at_s": 0.0}, {"at_s": 2 * DAY, "reporter": "b"})
    fresh = weights(make, make.complaints())[0]
    assert weights(make, case, changed)[-1] == fresh
    other = make.changes({"number": "n0", "kind": "sim_replaced", "at_s": DAY})
    assert weights(make, case, other)[-1] > 2.0


def test_a_number_and_a_domain_are_subjects_of_their_own(make: Any) -> None:
    report = {"about": "sms", "url_domain": "x.example", "by": "bank"}
    number, domain = make.findings(RULE, make.complaints(report))
    assert (number.of_calls.number, number.of_calls.role, number.of_calls.links) == (
        *("n0", "callback"),
        (),
    )
    assert (domain.of_calls.number, domain.of_calls.links) == (None, ("domain:x.example",))
    assert number.of_calls.calls == domain.of_calls.calls == ()


def test_a_known_text_that_others_share_speaks_against_those_that_are_like_it(make: Any) -> None:
    """The police share the form of a text; its burst and the complaint are one campaign by it."""
    form = {"about": "sms", "number": None, "content_hash": "ff00ff00ff00ff00"}
    (finding,) = make.findings(RULE, make.complaints({"by": "police", **form}))
    assert finding.of_calls.number is None
    assert finding.of_calls.links == ("template:ff00ff00ff00ff00",)
    assert finding.weight > 1.0
    twice = make.complaints({"by": "bank", **form}, {"by": "12321", "at_s": 60.0, **form})
    assert [each.values["complaints"] for each in make.findings(RULE, twice)] == [1, 2]
