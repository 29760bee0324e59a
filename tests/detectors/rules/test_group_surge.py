"""Groups of callers from outside: rotating numbers, what is usual, and the honest reasons."""

from math import log
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from detectors.model.codes import INTERNATIONAL, ROAMING_CHECKS, code_of
from detectors.model.finding import Finding, Source
from detectors.model.rare_messages import NumberRow
from detectors.model.words import LANGUAGES, Language
from detectors.register.register import Register
from detectors.rules import ROOMS
from detectors.rules.group_surge.expected import Habits, surprise
from detectors.rules.group_surge.new_callers import NewCallers
from detectors.rules.group_surge.rule import GroupSurge
from detectors.rules.group_surge.samples import BRITISH, FIXED, MOBILE, calls, campaign
from detectors.rules.group_surge.sent import Sent
from detectors.rules.group_surge.watch import HOME, Watch
from tests.detectors.test_rule_contract import judged

HOUR_S = 3600.0
REGIONS = ("10", "20", "21", "22", "23", "24")


def found(make: Any, *rows: dict[str, Any], **settings: Any) -> list[Finding]:
    """As time passes: each call is judged when it is due, before later ones come."""
    batch = make.calls(*sorted(rows, key=lambda row: row["at_s"]))
    rule = GroupSurge(**{"one_in": 1, **settings})
    return judged(rule, rule.screen(rule.new_state(), make.facts(batch)).observations)


def traffic(name: str, hours: float, per_hour: int, from_h: float = 0.0, **row: Any) -> list[Any]:
    """Calls of ever new callers at an even pace, to all regions by all trunks in turn."""
    rows = []
    for n in range(int(hours * per_hour)):
        (one,) = calls(f"{name}-{n}-", 1, (from_h + n / per_hour) * HOUR_S)
        spread = {"callee_region": REGIONS[n % 6], "trunk": f"gateway-0{(n + n // 6) % 6}"}
        rows.append({**one, **spread, **row})
    return rows


def named(findings: list[Finding]) -> set[str]:
    return {ref for each in findings for ref in (each.of_calls.calls if each.of_calls else ())}


def test_rotating_numbers_show_as_a_group_by_the_tenth_call(make: Any) -> None:
    findings = found(make, *campaign(count=40))
    first = findings[0].of_calls
    assert first is not None
    assert len(first.calls) <= 10
    assert named(findings) == {f"f-0-{n}" for n in range(40)}


def test_a_finding_is_about_the_group_and_nobody_in_it(make: Any) -> None:
    for finding in found(make, *campaign()):
        assert finding.of_calls is not None
        assert finding.of_calls.number is None
        assert {"trunk:gateway-01", "region:10"} < set(finding.of_calls.links)
        assert "manner:group_surge|home:fixed|gateway-01|10" in finding.of_calls.links
        assert finding.who.startswith("f")


def test_no_call_is_named_twice(make: Any) -> None:
    refs = [ref for each in found(make, *campaign(count=40)) for ref in each.of_calls.calls]
    assert len(refs) == len(set(refs))


def test_records_of_one_call_count_once(make: Any) -> None:
    rows = [{**row, "at_s": row["at_s"] + 60.0 * n} for n in range(9) for row in campaign(count=5)]
    assert found(make, *rows) == []


def test_numbers_of_several_classes_show_together(make: Any) -> None:
    short = {"caller_prefix": 8695588, "caller_length": 7.0}
    odd = {"caller_prefix": 0, "caller_length": 9.0}
    kinds = (FIXED, short, odd)
    rows = [{**row, **kinds[n % 3]} for n, row in enumerate(campaign(count=12))]
    assert {each.values["origin"] for each in found(make, *rows)} == {"home"}


def test_more_surprise_weighs_more_up_to_a_bound(make: Any) -> None:
    weights = [max(each.weight for each in found(make, *campaign(count=n))) for n in (7, 10, 40)]
    assert 1.0 <= weights[0] < weights[1] < weights[2] == GroupSurge().max_weight


def test_one_who_goes_on_is_no_group(make: Any) -> None:
    assert found(make, *calls("a", 100, 0.0, callers=3)) == []


def test_callers_of_yesterday_are_not_new(make: Any) -> None:
    usual = [row for n in range(8) for row in calls("f", 8, n * 4 * HOUR_S)]
    again = [{**row, "call_ref": f"again-{n}"} for n, row in enumerate(calls("f", 30, 40 * HOUR_S))]
    before = found(
        make, *usual, *[row for row in again if row["caller"] in {f"f{n}" for n in range(8)}]
    )
    assert not [each for each in before if any("again" in ref for ref in named([each]))]


def test_a_group_that_is_always_so_large_is_usual(make: Any) -> None:
    always = traffic("u", 30, 12)
    late = [each for each in found(make, *always) if each.ts > make.t0_ms + 20 * HOUR_S * 1000]
    assert late == []


def test_foreign_numbers_surge_only_after_the_first_hour(make: Any) -> None:
    burst = calls("b", 60, 0.0, **BRITISH)
    assert found(make, *burst) == []
    assert found(make, *burst, excuse_unwatched=False) != []
    watched = traffic("u", 4, 6, **BRITISH)
    later = calls("b", 60, 4.0 * HOUR_S, **BRITISH)
    assert "b-14400-59" in named(found(make, *watched, *later))


def test_roamers_whom_the_register_has_abroad_are_left_out(make: Any) -> None:
    abroad = {"roaming_check": code_of("abroad", ROAMING_CHECKS), **MOBILE}
    watched = traffic("u", 4, 6, **MOBILE)
    burst = calls("b", 60, 4.0 * HOUR_S, **abroad)
    assert found(make, *watched, *burst) == []
    assert found(make, *watched, *burst, excuse_roamers=False) != []


def test_diverted_calls_are_left_out(make: Any) -> None:
    assert found(make, *campaign(redirecting="somebody")) == []


def test_registered_centres_are_left_out(make: Any) -> None:
    row = NumberRow(
        rx_ts=0,
        source=Source("number.register", 0, 0, -1),
        prefix="8621555",
        length=12,
        number_class="fixed",
        rights=("gateway-01",),
    )
    book = Register.empty().with_numbers(Register.empty().numbers.updated([row]))
    batch = make.calls(*campaign())
    assert make.findings(GroupSurge(), batch, register=book) == []
    assert make.findings(GroupSurge(excuse_registered=False), batch, register=book) != []
    other = make.calls(*campaign(trunk="gateway-05"))
    assert make.findings(GroupSurge(), other, register=book) != []


def test_a_holiday_brings_more_calls_of_all_origins(make: Any) -> None:
    usual = [*traffic("m", 6, 12, **MOBILE), *traffic("g", 6, 12, **BRITISH)]
    holiday = [
        *traffic("hm", 1, 120, 6.0, **MOBILE),
        *traffic("hg", 1, 120, 6.0, **BRITISH),
    ]
    assert found(make, *usual, *holiday) == []
    assert found(make, *usual, *holiday, excuse_everywhere=False) != []


def test_more_calls_to_all_regions_are_no_campaign(make: Any) -> None:
    usual, holiday = traffic("m", 6, 24, **MOBILE), traffic("hm", 1, 150, 6.0, **MOBILE)
    one_region = traffic("hm", 1, 150, 6.0, **{**MOBILE, "callee_region": "22"})
    spread = found(make, *usual, *holiday)
    assert {each.values.get("region") for each in spread} <= {None}
    assert "22" in {each.values.get("region") for each in found(make, *usual, *one_region)}


def test_what_comes_by_another_trunk_after_a_fault_is_no_surge(make: Any) -> None:
    usual = [*traffic("m", 6, 36, **MOBILE), *traffic("g", 6, 36, **BRITISH)]
    rerouted = [
        *traffic("rm", 1, 36, 6.0, **{**MOBILE, "trunk": "gateway-02"}),
        *traffic("rg", 1, 36, 6.0, **{**BRITISH, "trunk": "gateway-02"}),
    ]
    assert found(make, *usual, *rerouted) == []
    assert found(make, *usual, *rerouted, excuse_rerouted=False) != []


def test_surges_are_learned_slowly(make: Any) -> None:
    first, again = campaign(count=60), calls("x", 60, 5.0 * HOUR_S)
    assert "x-18000-59" in named(found(make, *first, *again))


def test_a_flood_is_sent_in_part(make: Any) -> None:
    sent = Sent()
    stands = [sent.stands_for(f"r{n}", "odd", 1, n, 7_200_000) for n in range(100_000)]
    assert sum(stand == 1 for stand in stands) == 60_000
    assert sum(stands) == pytest.approx(100_000, rel=0.1)


@pytest.mark.parametrize("partitions", [1, 4])
def test_a_flood_is_judged_in_part_and_alike_however_many_partitions_send_it(
    make: Any, partitions: int
) -> None:
    state, rule, count = Watch(), GroupSurge(), 8000
    rows = [
        {**row, "caller": f"f{n}", "call_ref": f"f{n}", "at_s": n / 10}
        for n, row in enumerate(calls("f", count, 0.0))
    ]
    observations = [
        each
        for part in range(partitions)
        for each in make.screen(rule, make.calls(*rows[part::partitions])).observations
    ]
    for each in sorted(observations, key=lambda each: each.rx_ts):
        rule.observe(state, each)
    assert len(state.waiting) == 3000 + sum(
        crc32(f"f{n}".encode()) % 16 == 0 for n in range(3000, count)
    )
    assert sum(call.amount for call in state.recent) == pytest.approx(count, rel=0.1)


def test_a_sample_stands_for_all(make: Any) -> None:
    sent = Sent()
    stands = [sent.stands_for(f"r{n}", "cc:GB", 4, n, 7_200_000) for n in range(8000)]
    assert sum(stands) == pytest.approx(8000, rel=0.1)


def test_nothing_is_sent_of_calls_at_home(make: Any) -> None:
    rule = GroupSurge()
    assert not rule.concerns(make.facts(make.calls({}, {})))
    assert rule.concerns(make.facts(make.calls({"ingress": INTERNATIONAL})))


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.poisson(rng.gamma(3.0, 4.0 / 3.0, 400_000))
    for calls_ in (6, 10, 15):
        share = float((drawn >= calls_).mean())
        assert np.exp(-surprise(calls_, 4.0, 3.0)) == pytest.approx(share, rel=0.08)


def test_habits_fade_and_know_the_hour_of_the_day() -> None:
    habits = Habits()
    for hour in range(24 * 14):
        from_ms = hour * 3_600_000
        habits.count(["odd||"], 30.0 if 9 <= hour % 24 < 18 else 3.0, from_ms)
        habits.pass_time(from_ms, from_ms + 3_600_000)
    assert habits.season(12 * 3_600_000) > 1.8 > 0.5 > habits.season(2 * 3_600_000)
    rate, _ = habits.rate("odd||", 1.0)
    assert 8.0 < rate < 20.0
    habits.pass_time(24 * 14 * 3_600_000, 24 * 40 * 3_600_000)
    assert habits.cells == {}


def test_a_caller_is_new_for_an_hour_and_then_known() -> None:
    callers = NewCallers()
    assert not callers.take("a", 1000)
    assert not callers.take("a", 2000)
    callers.forget(5000)
    assert callers.take("a", 6000)
    assert not callers.take("b", 7000)


def test_the_least_calls_are_what_a_group_without_a_past_seldom_has() -> None:
    rate, shape = Habits().rate("new||", GroupSurge().first_rate)
    rare, least = log(10_000.0), int(GroupSurge().least_calls)
    assert surprise(least, rate / 4, shape) > rare > surprise(least - 1, rate / 4, shape)
    assert surprise(14, rate, shape) > rare > surprise(13, rate, shape)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_numbers_of_home_together_have_a_word(language: Language) -> None:
    """No sample surges in all kinds at once, and so no other test asks for it."""
    assert HOME in ROOMS["group_surge"].words[language].terms["origin"]
