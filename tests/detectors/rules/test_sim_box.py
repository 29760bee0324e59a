"""Terminals that many numbers share: boxes, and what honest people and operators do with SIMs."""

from typing import Any

import numpy as np
import pytest

from detectors.calls.links import chance
from detectors.calls.settings import CallSettings
from detectors.features.facts import Origin
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import NumberRow
from detectors.register.register import Register
from detectors.rules.sim_box import sent, sharing
from detectors.rules.sim_box.rows import unpacked
from detectors.rules.sim_box.rule import SimBox
from detectors.rules.sim_box.samples import CELL, activated, box, probe
from detectors.rules.sim_box.sharing import Terminals
from detectors.rules.sim_box.taken import rows_of
from tests.detectors.test_rule_contract import found as found_in
from tests.detectors.test_rule_contract import judged

#: Partitions of a deployment: a caller's calls lie in one of them.
PARTITIONS = 4


def found(make: Any, *rows: dict[str, Any], rule: SimBox | None = None) -> list[Finding]:
    batch = make.calls(*sorted(rows, key=lambda row: row["at_s"]))
    return found_in(rule or SimBox(), [batch, []], make)


def sums(rule: SimBox, state: sent.Sent, partition: int = 0) -> list[Observation]:
    return rule.sums_due(state, 1 << 60, Origin("call.signalling", partition))


def heaviest(findings: list[Finding]) -> float:
    return max((finding.weight for finding in findings), default=0.0)


def calls_in(findings: list[Finding]) -> set[str]:
    return {ref for each in findings for ref in (each.of_calls.calls if each.of_calls else ())}


def test_all_calls_from_the_second_number_on_are_found(make: Any) -> None:
    assert calls_in(found(make, *box(count=40))) == {f"b-{n}" for n in range(1, 40)}


def test_each_finding_is_about_the_number_that_called(make: Any) -> None:
    for finding in found(make, *box()):
        assert finding.of_calls is not None
        assert finding.of_calls.number == finding.who
        assert {"terminal:t-b", "cell:lte-460-0-1000-7"} <= set(finding.of_calls.links)


def tied(make: Any, **other: Any) -> bool:
    """Whether two boxes, the second with other values in its records, are taken for one."""
    one, two = {"caller_prefix": 8613412}, {"caller_prefix": 8615034, **other}
    rows = [{**row, **one} for row in box(name="b")]
    rows += [{**row, **two} for row in box(name="o", at_s=7.0)]
    links: dict[str, set[str]] = {"b": set(), "o": set()}
    for finding in found(make, *({**row, "callee_region": "21"} for row in rows)):
        assert finding.of_calls is not None
        links[finding.who[0]] |= set(finding.of_calls.links)
    shared = links["b"] & links["o"]
    return chance((link, 0) for link in shared) >= CallSettings().join_chance


def test_boxes_far_apart_that_ring_one_region_are_two(make: Any) -> None:
    assert not tied(make, cell=900.0)
    assert not tied(make, cell=None)


def test_terminals_of_a_box_share_its_cell_or_its_batch_of_sims(make: Any) -> None:
    assert tied(make)
    assert tied(make, cell=900.0, caller_prefix=8613412)


def test_it_is_found_whichever_partitions_its_numbers_lie_in(make: Any) -> None:
    rule, rows = SimBox(), box(sims=16, count=48)
    states = [rule.new_state() for _ in range(PARTITIONS)]
    observations = []
    for part, state in enumerate(states):
        own = [row for row in rows if int(row["caller"][1:]) % PARTITIONS == part]
        observations += rule.screen(state, make.facts(make.calls(*own))).observations
        observations += sums(rule, state, part)
    findings = judged(rule, observations)
    assert calls_in(findings) == {f"b-{n}" for n in range(1, 48)}


def test_records_of_one_call_count_once(make: Any) -> None:
    rows = [{**row, "at_s": row["at_s"] + n} for n in range(3) for row in box(count=15)]
    assert found(make, *rows) == []


def test_more_sims_weigh_more(make: Any) -> None:
    few, many = (heaviest(found(make, *box(sims=sims, count=20))) for sims in (4, 16))
    assert 1.0 <= few < many <= SimBox().max_weight


def test_sims_activated_lately_weigh_more(make: Any) -> None:
    batch = make.calls(*box(sims=4, count=20))
    plain, new = (
        heaviest(found_in(SimBox(), [changes, batch], make)) for changes in ([], activated(make, 4))
    )
    assert new == pytest.approx(plain + 0.5)


def test_other_changes_of_a_subscriber_are_none_of_its(make: Any) -> None:
    assert [SimBox().read_rare(each) for each in make.changes({}, kind="forwarding_set")] == [None]


def test_terminals_of_one_cell_count_together(make: Any) -> None:
    """Four terminals with three SIMs and eight calls each: none is enough by itself."""
    some = [box(sims=3, count=8, at_s=10.0 * n, name=f"b{n}x") for n in range(4)]
    assert found(make, *some[0]) == []
    assert len({each.who for each in found(make, *(row for rows in some for row in rows))}) == 12


def test_a_probe_beside_a_family_is_no_box(make: Any) -> None:
    family = [{**row, "callee": f"contact{n % 7}"} for n, row in enumerate(box(sims=3))]
    assert found(make, *family, *probe(at_s=30.0)) == []


def test_a_repair_shop_is_no_box(make: Any) -> None:
    """Each customer's SIM is tried once in the shop's own phone, with a call to the shop."""
    rows = [{**row, "callee": f"shop{n % 2}"} for n, row in enumerate(box(sims=30, count=30))]
    assert found(make, *rows) == []


def test_a_gateway_of_machines_is_no_box(make: Any) -> None:
    rows = [{**row, "callee": "centre"} for row in box(sims=20, count=100)]
    assert found(make, *rows) == []


def test_a_number_calls_from_its_terminal_where_a_record_lacks_it(make: Any) -> None:
    rows = box(count=40)
    lacking = [
        {**row, "terminal": None} if n >= 12 and n % 2 else row for n, row in enumerate(rows)
    ]
    assert calls_in(found(make, *lacking)) == {f"b-{n}" for n in range(1, 40)}


@pytest.mark.parametrize("size", [1, 7, 100])
def test_what_a_number_called_before_its_terminal_is_recorded_is_looked_up(
    make: Any, size: int
) -> None:
    """Each number's first call lacks the terminal; it comes with its next, from the second number
    of the terminal on."""
    rows = [{**row, "terminal": None} if n < 6 else row for n, row in enumerate(box(count=40))]
    pieces = [make.calls(*rows[at : at + size]) for at in range(0, len(rows), size)]
    findings = found_in(SimBox(), [*pieces, []], make)
    assert calls_in(findings) == {f"b-{n}" for n in range(40)} - {"b-0", "b-6"}


@pytest.mark.parametrize("size", [1, 7, 400])
def test_of_calls_that_lack_the_terminal_the_newest_are_known(
    make: Any, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(sent, "_MOST", 20)
    lacking = [{"caller": f"c{n % 4}", "call_ref": f"r{n}", "at_s": float(n)} for n in range(400)]
    named = {"caller": "c3", "terminal": "t", "call_ref": "named", "at_s": 400.0}
    rows, rule, state = [*lacking, named], SimBox(), sent.Sent()
    for at in range(0, len(rows), size):
        rule.screen(state, make.facts(make.calls(*rows[at : at + size])))
    parts = [unpacked(each.values["calls"]) for each in sums(rule, state)]
    refs = [ref for part in parts for ref in part.in_order().texts[2].tolist()]
    assert refs[-6:] == [f"r{n}" for n in range(383, 400, 4)] + ["named"]
    assert len(refs) <= 1 + (20 + 32 * size) / 4


def test_a_number_that_went_to_another_terminal_calls_from_that(make: Any) -> None:
    moved = {"caller": "b1", "at_s": 5000.0}
    own = {**moved, "terminal": "own", "call_ref": "own", "callee": "friend"}
    later = {**moved, "at_s": 5001.0, "terminal": None, "call_ref": "later", "callee": "other"}
    assert "later" in calls_in(found(make, *box(count=40), later))
    assert "later" not in calls_in(found(make, *box(count=40), own, later))


def test_where_a_number_called_from_is_known_for_the_horizon(make: Any) -> None:
    late = {"caller": "b1", "at_s": 60.0 * 40 + 7200.0, "call_ref": "late", "callee": "other"}
    assert "late" not in calls_in(found(make, *box(count=40), {**late, "terminal": None}))


def test_a_list_that_is_begun_again_is_still_one(make: Any) -> None:
    twice = [{**row, "callee": f"s{n % 45}"} for n, row in enumerate(box(count=90))]
    assert calls_in(found(make, *twice)) == {f"b-{n}" for n in range(1, 90)}


def test_a_gateway_of_a_firm_is_no_box_once_its_regulars_show(make: Any) -> None:
    """A hundred customers, some of whom are rung again from the first hour on."""
    rng = np.random.default_rng(3)
    whom = rng.integers(100, size=200).tolist()
    rows = [{**row, "callee": f"s{whom[n]}"} for n, row in enumerate(box(count=200))]
    assert calls_in(found(make, *rows)) <= {f"b-{n}" for n in range(40)}


def test_terminals_of_one_make_in_a_cell_count_together_from_few_calls_on(make: Any) -> None:
    some = [box(sims=2, count=5, at_s=10.0 * n, name=f"b{n}x") for n in range(5)]
    rows = [row for each in some for row in each]
    assert {each.who for each in found(make, *rows)} == {row["caller"] for row in rows}
    makes = [{**row, "imei_tac": float(row["call_ref"][1])} for row in rows]
    assert found(make, *makes) == []


def test_lines_that_the_list_trusts_are_left_out(make: Any) -> None:
    row = NumberRow(
        rx_ts=0, source=Source("number.register", 0, 0, -1), prefix="8613912", trusted=True
    )
    book = Register.empty().with_numbers(Register.empty().numbers.updated([row]))
    batch = make.calls(*box())
    assert make.findings(SimBox(), batch, register=book) == []
    assert make.findings(SimBox(excuse_trusted=False), batch, register=book) != []


def test_numbers_of_one_range_in_one_cell_say_little_without_terminals(make: Any) -> None:
    rows = [{**row, "terminal": None} for row in box(sims=6, count=36)]
    findings = found(make, *rows)
    assert {finding.values["by"] for finding in findings} == {"cell"}
    assert 0 < heaviest(findings) < 1.0
    elsewhere = [{**row, "cell": 7.0 + n % 6} for n, row in enumerate(rows)]
    assert found(make, *elsewhere) == []
    ranges = [{**row, "caller_prefix": 8613900 + n % 6} for n, row in enumerate(rows)]
    assert found(make, *ranges) == []


def test_a_terminal_is_shared_from_its_second_number_on_and_for_the_horizon(make: Any) -> None:
    rows = [{"caller": who, "terminal": "t", "call_ref": f"{n}"} for n, who in enumerate("aabacc")]
    rows += [{"caller": "d", "terminal": "u"}, {"caller": "e", "terminal": "t", "at_s": 9000.0}]
    calls = rows_of(make.facts(make.calls(*rows)), np.arange(8))
    for cuts in ([], [1], [2, 5], [3], [7], list(range(1, 8))):
        terminals, shared = Terminals(), []
        for begin, end in zip([0, *cuts], [*cuts, 8], strict=True):
            found = terminals.shared(calls.take(np.arange(begin, end)), 7_200_000)
            shared += (begin + found).tolist()
        assert shared == [2, 3, 4, 5], cuts


def test_of_too_many_terminals_the_newest_stay(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_MOST", 8)
    rows = [{"caller": f"c{n}", "terminal": f"t{n}", "at_s": float(n)} for n in range(9)]
    rows += [{"caller": "d", "terminal": f"t{n}", "at_s": 20.0 + n} for n in range(9)]
    calls, terminals = rows_of(make.facts(make.calls(*rows)), np.arange(18)), Terminals()
    terminals.shared(calls.take(np.arange(9)), 7_200_000)
    assert terminals.shared(calls.take(np.arange(9, 18)), 7_200_000).tolist() == [5, 6, 7, 8]


def test_cells_are_known_or_not(make: Any) -> None:
    unplaced = [{**row, **dict.fromkeys(CELL)} for row in box(count=24)]
    findings = found(make, *[{**row, "rat": 0} for row in unplaced])
    assert findings != []
    assert not [link for each in findings for link in each.of_calls.links if "cell:" in link]
