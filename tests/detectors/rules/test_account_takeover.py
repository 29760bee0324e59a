"""`account_takeover`: what follows on a change of a line, and what that weighs."""

from typing import Any

import pytest

from detectors.model.finding import Finding
from detectors.rules.account_takeover.rule import AccountTakeover
from detectors.rules.account_takeover.samples import (
    MIN,
    changes,
    codes,
    from_bank,
    to_bank,
)
from detectors.rules.sample_town import Row

RULE = AccountTakeover()
REPLACED = ("d1", "n1", "sim_replaced")
FORWARDED = ("d1", "n1", "forwarding_set")


def heaviest(found: list[Finding]) -> float:
    return max((each.weight for each in found), default=0.0)


@pytest.mark.parametrize(
    ("count", "least", "most"), [(5, 0, 0), (7, 0, 0.5), (8, 1, 1.5), (13, 1.5, 1.5)]
)
def test_codes_after_a_new_sim_weigh_by_how_many(
    make: Any, count: int, least: float, most: float
) -> None:
    found = make.findings(RULE, changes(make, REPLACED), codes(make, "d1", count))
    assert least <= heaviest(found) <= most


def test_codes_alone_never_weigh_as_much_as_a_bank(make: Any) -> None:
    many = make.findings(RULE, changes(make, REPLACED), codes(make, "d1", 20))
    rung = make.findings(RULE, changes(make, REPLACED), make.calls(to_bank("n1", 10 * MIN)))
    assert heaviest(many) == RULE.codes_weight < heaviest(rung) == RULE.bank_weight


def test_signs_share_a_cause(make: Any) -> None:
    pieces = changes(make, REPLACED), codes(make, "d1", 13), make.calls(to_bank("n1", 60 * MIN))
    assert heaviest(make.findings(RULE, *pieces)) == RULE.bank_weight + RULE.codes_weight / 2


@pytest.mark.parametrize("minutes", [-10.0, 96.0])
def test_a_bank_at_another_time_says_nothing(make: Any, minutes: float) -> None:
    changed = changes(make, REPLACED, at_s=30 * MIN)
    assert make.findings(RULE, changed, make.calls(to_bank("n1", (30 + minutes) * MIN))) == []


def test_a_change_may_be_known_after_what_followed_it(make: Any) -> None:
    changed = changes(make, REPLACED)
    row = to_bank("n1", 10 * MIN)
    for message, rx_s in ((changed, 30), (changes(make, REPLACED), 1)):
        message[0] = type(message[0])(
            **{**_fields(message[0]), "rx_ts": make.t0_ms + rx_s * 60_000}
        )
        (finding,) = make.findings(RULE, message, make.calls(row))
        assert finding.rx_ts == make.t0_ms + max(rx_s, 10) * 60_000
        assert finding.ts == make.t0_ms + 600_000


def _fields(message: Any) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def test_a_banks_call_that_is_diverted(make: Any) -> None:
    rung = make.calls(from_bank("n1", 20 * MIN))
    (finding,) = make.findings(RULE, changes(make, FORWARDED), rung)
    assert finding.weight == RULE.diverted_weight
    assert finding.of_calls is not None
    assert (finding.who, finding.of_calls.role) == ("n1", "impersonated")
    assert finding.of_calls.people == ("n1",)
    assert make.findings(RULE, changes(make, REPLACED), rung) == []


def test_who_diverts_gets_no_more_codes_than_others(make: Any) -> None:
    found = make.findings(RULE, changes(make, FORWARDED), codes(make, "d1", 4))
    assert heaviest(found) == RULE.codes_weight


@pytest.mark.parametrize(
    "other",
    [{"has_url": 1.0}, {"parts": 2.0}, {"length": 120.0}, {"callback": "c"}, {"sender": "h-17"}],
)
def test_what_is_not_like_a_code(make: Any, other: Row) -> None:
    plain = [{"device": "d1", "sender": f"1069{n}", "at_s": 60.0 * n} for n in range(12)]
    given = {"source": 2, "length": 46.0, "parts": 1.0, "has_url": 0.0}
    assert len(make.screen(RULE, make.sms(*plain, **given)).observations) == 10
    odd = [{**row, **other} for row in plain]
    assert make.screen(RULE, make.sms(*odd, **given)).observations == []


def test_a_text_counts_once_for_phone_and_centre(make: Any) -> None:
    both = [
        {"device": "d1", "sender": f"1069{n}", "at_s": 60.0 * n + source, "source": source}
        for n in range(4)
        for source in (1, 2)
    ]
    seen = make.screen(RULE, make.sms(*both, length=46.0, parts=1.0, has_url=0.0)).observations
    assert [len(str(each.values["times_s"]).split()) for each in seen] == [3, 4]


def test_of_a_callers_calls_to_banks_one_in_a_while_is_looked_at(make: Any) -> None:
    rows = [to_bank("n1", 60.0 * n) for n in (0, 5, 10, 40)]
    assert len(make.screen(RULE, make.calls(*rows)).observations) == 2
