"""When reports of a strange cell come as if their phones had been held, and when they don't."""

from typing import Any

import numpy as np
import pytest

from detectors.features.memory.lateness import Delays
from detectors.features.rule import Origin
from detectors.model.codes import GSM
from detectors.model.finding import Finding
from detectors.rules.held_back.lateness import Passed, Windows
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


def test_an_ordinary_cell_is_not_asked_about(make: Any) -> None:
    rows = strange(make, 600.0, 90.0, 1, 2, 3, 4, cell=1001)
    assert found(make, prompt(make, 80) + rows) == []


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


def collecting(make: Any, *who: int) -> list[dict[str, Any]]:
    """Earlier reports of such devices that came in after a minute and a half each."""
    earlier = [strange(make, at_s, 90.0, *who, cell=1001) for at_s in (100.0, 300.0, 500.0)]
    return [row for rows in earlier for row in rows]


def test_a_phone_that_always_collects_is_not_held(make: Any) -> None:
    victims = strange(make, 800.0, 95.0, 1, 2, 3, 4)
    assert found(make, prompt(make, 80) + victims)
    assert found(make, prompt(make, 80) + collecting(make, 1, 2, 3, 4) + victims) == []


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
        rule, known = HeldBack(), []
        state = rule.new_state()
        for at in range(0, len(rows), size):
            batch = make.measurements(*rows[at : at + size])
            screened = rule.screen(state, batch, register(make), Origin("cell.measurements", 0))
            known += [
                (each.kind, each.who, each.ts, each.rx_ts, str(each.claimed), each.values)
                for each in screened.observations
            ]
        passed.append(sorted(known, key=str))
    assert passed[0] == passed[1] == passed[2]
    assert len(passed[0]) > 30


def test_windows_are_those_of_a_name_whenever_it_was_first_seen() -> None:
    whole, again = Windows(300_000), Windows(300_000)
    for rx_ms in range(0, 900_000, 7_000):
        if whole.number("a", rx_ms) is None:
            whole.note("a", rx_ms, rx_ms)
        if rx_ms >= 400_000 and again.number("a", rx_ms) is None:
            again.note("a", rx_ms, rx_ms)
    assert whole.number("a", 899_000) == again.number("a", 899_000)
    for number in range(5000):
        whole.note(f"b{number}", 900_000 + 300 * number, 0)
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
