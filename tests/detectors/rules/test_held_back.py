"""When reports of a strange cell come as if their phones had been held, and when they don't."""

from typing import Any

import numpy as np
import pytest

from detectors.features.memory.lateness import Delays
from detectors.features.phones.last_reports import remember
from detectors.features.phones.phones import Phones
from detectors.model.codes import GSM
from detectors.model.finding import Finding
from detectors.rules.held_back.passed import Passed
from detectors.rules.held_back.rule import HeldBack
from detectors.rules.held_back.samples import prompt, register, strange


def found(make: Any, rows: list[dict[str, Any]], **over: Any) -> list[Finding]:
    batch = make.measurements(*sorted(rows, key=lambda row: row.get("rx_s", row["at_s"])))
    findings: list[Finding] = make.found(HeldBack(**over), batch, register(make))
    return findings


def test_phones_held_by_a_cell_of_elsewhere(make: Any) -> None:
    findings = found(make, prompt(make, 80) + strange(make, 600.0, 90.0, 1, 2, 3, 4))
    assert [finding.who for finding in findings] == ["d1", "d2", "d3", "d4"]
    assert {finding.values["late_s"] for finding in findings} == {90}
    assert findings[-1].cap > 2.0


@pytest.mark.parametrize("cell", [{"area": 61001, "cell": 7}, {"cell": 1999}])
def test_phones_held_by_a_cell_that_nobody_lists(make: Any, cell: dict[str, int]) -> None:
    assert found(make, prompt(make, 80) + strange(make, 600.0, 90.0, 1, 2, 3, **cell))


def test_phones_held_by_a_clone_where_the_cell_may_be(make: Any) -> None:
    held = strange(make, 600.0, 90.0, 6, 7, 8, 9, cell=1001)
    rows = prompt(make, 80) + collected(make, 6, 7, 8, 9, late_s=1.0) + held
    findings = found(make, rows)
    assert [finding.who for finding in findings] == ["d6", "d7", "d8", "d9"]
    assert findings[0].cap > 3.0
    assert found(make, rows, listed_usual=0.0)[0].cap > findings[0].cap + 1.5


def test_a_listed_cell_that_serves_others_there_holds_nobody(make: Any) -> None:
    late = strange(make, 600.0, 90.0, 6, 7, 8, 9, cell=1001)
    before = prompt(make, 80) + collected(make, 6, 7, 8, 9, late_s=1.0)
    served = strange(make, 550.0, 1.0, *range(5, 15), cell=1001)
    served = [row | {"device": f"w{n}"} for n, row in enumerate(served)]
    assert found(make, before + served + late) == []
    # Where it serves phones far from there it may be cloned.
    far = [
        row | dict(zip(("lat", "lon"), make.at(-900.0, 60.0 * n), strict=True))
        for n, row in enumerate(served)
    ]
    assert found(make, before + far + late)


def test_late_reports_of_a_listed_cell_are_compared_with_the_phone_s_habit(make: Any) -> None:
    held = strange(make, 800.0, 95.0, 6, 7, 8, 9, cell=1001)
    assert found(make, prompt(make, 80) + held)
    assert found(make, prompt(make, 80) + collected(make, 6, 7, 8, 9, late_s=1.0) + held)
    slow = collected(make, 6, 7, 8, 9, late_s=120.0)
    of_slow = found(make, prompt(make, 80) + slow + held)
    assert not [finding for finding in of_slow if finding.claimed and finding.claimed.cell == 1001]


def test_a_mast_that_is_cut_off_holds_its_phones_itself(make: Any) -> None:
    away = strange(make, 600.0, 90.0, 6, 7, 8, 9, cell=1001)
    about_it = [
        row | dict(zip(("lat", "lon"), make.at(60.0 * n - 200.0, 100.0), strict=True))
        for n, row in enumerate(strange(make, 600.0, 90.0, *range(20, 28), cell=1001))
    ]
    elsewhere = [row | {"cell": 1003} for row in prompt(make, 80)]
    before = elsewhere + collected(make, 6, 7, 8, 9, late_s=1.0)
    assert found(make, before + away)
    assert found(make, before + away + about_it) == found(make, before + about_it) == []
    # Three may be hostile.
    assert found(make, before + away + about_it[:3])


@pytest.mark.parametrize("size", [1, 7])
def test_where_batches_are_cut_changes_nothing_where_a_phone_leaves_the_range(
    make: Any, size: int
) -> None:
    rows = prompt(make, 80) + [
        row | {"cell": 1001, "lon": make.at(east_m)[1]}
        for n in range(6)
        for row, east_m in zip(
            strange(make, 600.0, 90.0, 30 + n) + strange(make, 620.0, 80.0, 30 + n),
            (1000.0 + 100.0 * n, 2000.0 + 100.0 * n),
            strict=True,
        )
    ]
    rows = sorted(rows, key=lambda row: row["rx_s"])
    batches = [make.measurements(*rows[at : at + size]) for at in range(0, len(rows), size)]
    whole = make.screen(HeldBack(), make.measurements(*rows), register(make))
    cut = make.screen(HeldBack(), batches, register(make))
    kinds = [sorted((n.kind, n.who, n.ts) for n in each.observations) for each in (whole, cut)]
    assert kinds[0] == kinds[1]
    assert {kind for kind, _, _ in kinds[0]} >= {"late", "misplaced"}


@pytest.mark.parametrize("rough", [{"accuracy_m": 300.0}, {"speed_mps": 40.0}])
def test_phones_that_are_served_count_as_those_that_are_late(
    make: Any, rough: dict[str, Any]
) -> None:
    """Indoors, on trains."""
    held = strange(make, 600.0, 90.0, 6, 7, 8, 9, cell=1001, **rough)
    served = strange(make, 590.0, 1.0, *range(5, 15), cell=1001, **rough)
    served = [row | {"device": f"w{n}"} for n, row in enumerate(served)]
    assert found(make, prompt(make, 80) + held)
    assert found(make, prompt(make, 80) + held + served) == []
    nowhere = [row | {"accuracy_m": 3000.0} for row in held]
    assert found(make, prompt(make, 80) + nowhere) == []


def test_late_reports_within_and_beyond_a_cell_s_range_add_up(make: Any) -> None:
    before = prompt(make, 80) + collected(make, 8, 9, late_s=1.0)
    within = strange(make, 600.0, 90.0, 8, 9, cell=1001)
    beyond = strange(make, 600.0, 90.0, 25, 26, cell=1001)
    assert found(make, before + within) == found(make, before + beyond) == []
    assert {f.who for f in found(make, before + within + beyond)} == {"d8", "d9", "d25", "d26"}


def test_two_phones_say_nothing_and_neither_do_three_at_one_place(make: Any) -> None:
    assert found(make, prompt(make, 80) + strange(make, 600.0, 90.0, 1, 2)) == []
    lat, lon = make.at(100.0)
    rows = strange(make, 600.0, 90.0, 1, 2, 3, 4, lat=lat, lon=lon)
    assert found(make, prompt(make, 80) + rows) == []


def test_phones_that_send_at_once_speak_against_it(make: Any) -> None:
    late = strange(make, 600.0, 90.0, 1, 2, 3, 4)
    at_once = strange(make, 590.0, 1.0, *range(10, 24))
    assert found(make, prompt(make, 80) + late)
    assert found(make, prompt(make, 80) + at_once + late) == []


def test_where_all_reports_are_late_nothing_is_odd_about_it(make: Any) -> None:
    usual = [row | {"rx_s": row["at_s"] + 90.0} for row in prompt(make, 80)]
    assert found(make, usual + strange(make, 800.0, 90.0, 1, 2, 3, 4)) == []


def collected(make: Any, *who: int, late_s: float) -> list[dict[str, Any]]:
    """Earlier reports of such devices that came in so much later each."""
    earlier = [strange(make, at_s, late_s, *who, cell=1003) for at_s in (100.0, 300.0, 500.0)]
    return [row for rows in earlier for row in rows]


def test_a_phone_that_always_collects_is_not_held(make: Any) -> None:
    victims = strange(make, 800.0, 95.0, 1, 2, 3, 4)
    assert found(make, prompt(make, 80) + victims)
    assert found(make, prompt(make, 80) + collected(make, 1, 2, 3, 4, late_s=90.0) + victims) == []


def test_a_phone_is_one_witness_wherever_it_is(make: Any) -> None:
    driving = [row | {"device": "d1"} for row in strange(make, 600.0, 90.0, 1, 2, 3, 4, 5, 6)]
    others = strange(make, 600.0, 90.0, 11, 12)
    assert found(make, prompt(make, 80) + driving) == []
    (highest, *_) = sorted(
        (finding.cap for finding in found(make, prompt(make, 80) + driving + others)), reverse=True
    )
    (three, *_) = sorted(
        (f.cap for f in found(make, prompt(make, 80) + strange(make, 600.0, 90.0, 1, 11, 12))),
        reverse=True,
    )
    assert highest == three


def test_a_liar_who_claims_to_be_everywhere_hides_no_victims(make: Any) -> None:
    victims = strange(make, 600.0, 90.0, *range(1, 9))
    lies = [row | {"device": "liar", "rx_s": row["at_s"] + 0.5} for row in victims]
    assert len(found(make, prompt(make, 80) + lies + victims)) == 8


def test_one_phone_is_in_the_sample_once_in_a_while(make: Any) -> None:
    """So that nobody shows alone how late reports mostly are."""
    often = [row | {"device": "w1"} for row in prompt(make, 80)]
    assert found(make, often + strange(make, 600.0, 90.0, 1, 2, 3, 4)) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_size_of_batches_changes_nothing(make: Any, seed: int) -> None:
    """Cells that nobody lists and cells out of place, in any order, clocks ahead among them."""
    rng = np.random.default_rng(seed)
    rows = prompt(make, 20)
    for number in rng.integers(1, 7, 200).tolist():
        over = {"area": 61001, "cell": 7} if rng.random() < 0.5 else {}
        at_s, late_s = float(rng.uniform(0.0, 1500.0)), float(rng.choice([-1.0, 0.5, 5.0, 80.0]))
        rows += strange(make, at_s, late_s, number, **over)
    rows.sort(key=lambda row: row["rx_s"])
    passed = []
    for size in (1, 13, len(rows)):
        rule, phones, known = HeldBack(), Phones(), []
        state = rule.new_state()
        for at in range(0, len(rows), size):
            batch = make.measurements(*rows[at : at + size])
            facts = make.facts(batch, register(make), phones)
            screened = rule.screen(state, facts)
            remember(facts)
            known += [
                (each.kind, each.who, each.ts, each.rx_ts, str(each.claimed), each.values)
                for each in screened.observations
            ]
        passed.append(sorted(known, key=str))
    assert passed[0] == passed[1] == passed[2]
    assert len(passed[0]) > 30


def test_windows_are_those_of_a_name_whenever_it_was_first_seen() -> None:
    whole, again = Passed(), Passed()
    times = range(0, 900_000, 7_000)
    news = [rx_ms for rx_ms in times if whole.is_news("a", rx_ms, 0)]
    late = [rx_ms for rx_ms in times if rx_ms >= 400_000 and again.is_news("a", rx_ms, 0)]
    assert len(news) in (3, 4)
    assert late[1:] == [rx_ms for rx_ms in news if rx_ms > late[0]] != []
    for number in range(5000):
        whole.is_news(f"b{number}", 900_000 + 300 * number, 0)
    assert len(whole) < 4000


def test_a_clock_that_is_ahead_is_no_news_over_and_over() -> None:
    passed = Passed()
    assert [passed.is_news("a", 1_000 * n, -5_000) for n in range(4)] == [True, False, False, False]


def test_too_few_reports_show_what_is_usual(make: Any) -> None:
    assert found(make, prompt(make, 40) + strange(make, 600.0, 90.0, 1, 2, 3, 4)) == []


def test_phones_at_the_edge_of_coverage_are_compared_with_their_like(make: Any) -> None:
    edge = [
        row | {"device": f"e{n}", "rx_s": row["at_s"] + 90.0, "signal_dbm": -120.0}
        for n, row in enumerate(prompt(make, 80))
    ]
    rows = prompt(make, 160) + edge
    weak = strange(make, 1200.0, 90.0, 1, 2, 3, 4, signal_dbm=-120.0)
    assert found(make, rows + weak) == []
    assert found(make, rows + strange(make, 1200.0, 90.0, 1, 2, 3, 4))


def test_a_wrong_clock_is_no_lateness(make: Any) -> None:
    assert found(make, prompt(make, 80) + strange(make, 600.0, 7200.0, 1, 2, 3, 4)) == []


def test_a_half_real_identity_is_none(make: Any) -> None:
    listed = make.register({"rat": GSM, "area": 4201, "cell": 12})
    mixed = strange(make, 600.0, 90.0, 1, 2, 3, 4, rat=GSM, area=4200, cell=12)
    batch = make.measurements(*prompt(make, 80), *mixed)
    assert make.found(HeldBack(), batch, listed) == []
    assert make.found(HeldBack(excuse_mixed=False), batch, listed)


def test_old_lateness_fades() -> None:
    delays = Delays()
    for _ in range(5000):
        delays.learn(600_000)
    for _ in range(20_000):
        delays.learn(1_000)
    assert delays.nats(600_000) > 0.0
    assert delays.total <= 4096


def test_where_uploads_wait_for_minutes_nothing_follows() -> None:
    delays = Delays()
    for number in range(200):
        delays.learn(3_000 * number)
    assert delays.nats(2_000_000) == 0.0
    for _ in range(400):
        delays.learn(3_000)
    assert delays.nats(2_000_000) > 1.0
    assert delays.nats(1_000) < 0.0


def test_a_trace_without_times_of_arrival_says_nothing() -> None:
    """Sorted by time of measurement all seem prompt, those of held phones too."""
    delays = Delays()
    for _ in range(200):
        delays.learn(0)
    assert delays.nats(0) == delays.nats(90_000) == 0.0
    for _ in range(100):
        delays.learn(1_000)
    assert delays.nats(0) < 0.0 < delays.nats(90_000)


def test_a_cell_whose_row_has_ended_is_no_half_real_identity(make: Any) -> None:
    """Transmitters borrow the identities of cells that are off the air."""
    ended = {"rat": GSM, "area": 4200, "cell": 12, "valid_to_ms": make.t0_ms - 86_400_000}
    rows = strange(make, 600.0, 90.0, 1, 2, 3, 4, rat=GSM, area=4200, cell=12)
    batch = make.measurements(*prompt(make, 80), *rows)
    assert make.found(HeldBack(), batch, make.register(ended))
