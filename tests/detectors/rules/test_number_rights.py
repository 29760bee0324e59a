"""Numbers by trunks that aren't theirs, and lines that have moved."""

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.model.codes import INTERCONNECT
from detectors.model.finding import Finding, Observation, OfCalls, Source
from detectors.model.rare_messages import NumberRow
from detectors.rules.number_rights.listed_lines import ListedLines, Window
from detectors.rules.number_rights.moved import Moved
from detectors.rules.number_rights.rule import NumberRights
from detectors.rules.number_rights.samples import ELSEWHERE, OTHERS, OWN, register
from detectors.rules.number_rights.uses import IS_OWN, IS_PLAIN, packed

HOUR_S = 3600.0


def seen(line: str, rx_ms: int, owner: int = 7) -> Observation:
    """An observation of a line's call by a trunk which its row lacks."""
    return Observation(
        detector="number_rights",
        kind="off",
        ts=rx_ms,
        rx_ts=rx_ms,
        space="calls",
        who=line,
        source=Source("call.signalling", 0, rx_ms, -1),
        of_calls=OfCalls(number=line, prefix="8610620"),
        values={"owner": owner, "trunk": "pbx-9"},
    )


def found(make: Any, *rows: Any, rule: NumberRights | None = None) -> list[Finding]:
    """What is found of calls, with the list of the samples."""
    calls = make.calls(*({"call_ref": f"c{n}", **row} for n, row in enumerate(rows)))
    findings: list[Finding] = make.findings(rule or NumberRights(), calls, register=register(make))
    return findings


def test_by_an_own_line_and_by_another_operators(make: Any) -> None:
    assert [finding.weight for finding in found(make, ELSEWHERE, OTHERS)] == [2.3, 2.3]
    (finding,) = found(make, ELSEWHERE)
    assert finding.values == {"trunk": "pbx-9", "way": "onnet"}
    assert finding.of_calls is not None
    assert "manner:number_rights|onnet|pbx-9|10" in finding.of_calls.links


def test_after_a_failure_all_calls_go_by_another_line(make: Any) -> None:
    assert found(make, OWN, ELSEWHERE, ELSEWHERE) == []
    assert (
        len(found(make, OWN, ELSEWHERE, ELSEWHERE, rule=NumberRights(excuse_failover=False))) == 2
    )


def test_both_lines_at_once_are_no_failure(make: Any) -> None:
    calls = [finding.of_calls for finding in found(make, OWN, ELSEWHERE, OWN, ELSEWHERE)]
    assert [each.calls for each in calls if each is not None] == [("c3",)]


def test_a_failure_is_remembered_for_two_hours(make: Any) -> None:
    assert found(make, OWN, {**ELSEWHERE, "at_s": HOUR_S}) == []
    assert len(found(make, OWN, {**ELSEWHERE, "at_s": 3 * HOUR_S})) == 1


def test_failures_of_many_lines_are_kept_apart(make: Any) -> None:
    shown = {**ELSEWHERE, "caller": "d-shown"}
    (finding,) = found(make, OWN, shown, ELSEWHERE)
    assert finding.who == "d-shown"


def test_owners_who_are_vouched_for_may_use_any_trunk(make: Any) -> None:
    trusted = {**ELSEWHERE, "caller": "d-trusted"}
    assert found(make, trusted) == []
    assert len(found(make, trusted, rule=NumberRights(excuse_trusted=False))) == 1


def test_a_line_that_rings_all_day_gives_few_findings(make: Any) -> None:
    rows = [{**ELSEWHERE, "at_s": 5.0 * n} for n in range(600)]
    assert len(found(make, *rows)) == 32 + 4


def offices(count: int, trunk: str = "", callees: int = 1, **every: Any) -> list[Any]:
    """Calls of so many offices, each by its own trunk, or all by one; again after forty minutes."""
    return [
        {**OWN, "caller": f"d-{n}", "trunk": trunk or f"pbx-{n}", "callee": f"c{at_s}-{m}", **every}
        | {"at_s": at_s + n / 9 + 10 * m}
        for at_s in (0.0, 2400.0)
        for n in range(count)
        for m in range(callees)
    ]


def listed_offices(make: Any) -> Any:
    """The list of the samples, and a row of each office."""
    known, source = register(make), Source("number.register", 0, 0, -1)
    rows = [
        NumberRow(rx_ts=make.t0_ms, source=source, number=f"d-{n}", rights=(f"pbx-{n}",))
        for n in range(200)
    ]
    return known.with_numbers(known.numbers.updated(rows))


def weight_after(make: Any, *rows: Any, **odd: Any) -> float:
    """What a firm's call by a trunk that its row lacks weighs after some calls of offices."""
    every = sorted([*rows, {**ELSEWHERE, "at_s": 3000.0, **odd}], key=lambda row: row["at_s"])
    calls = make.calls(*({"call_ref": f"c{n}", **row} for n, row in enumerate(every)))
    findings = make.findings(NumberRights(), calls, register=listed_offices(make))
    (weight,) = (each.weight for each in findings if each.who == "d-firm")
    return float(weight)


def test_a_good_list_weighs_more(make: Any) -> None:
    assert weight_after(make) == 2.3
    assert weight_after(make, *offices(30)) == 2.993
    assert weight_after(make, *offices(200)) == NumberRights().most_weight


def test_a_list_that_is_late_weighs_less(make: Any) -> None:
    late = offices(30, trunk="pbx-other")
    assert weight_after(make, *late) == NumberRights().least_weight
    by_others = weight_after(make, *late, ingress=INTERCONNECT)
    assert by_others == 2.993, "none has moved to another operator"


def test_lines_that_ring_many_strangers_say_nothing_of_the_list(make: Any) -> None:
    assert weight_after(make, *offices(30, trunk="pbx-other", callees=14)) == 2.3


def test_of_one_owner_few_lines_count(make: Any) -> None:
    known, source = register(make), Source("number.register", 0, 0, -1)
    rows = [
        NumberRow(rx_ts=make.t0_ms, source=source, number=f"d-{n}", rights=("pbx-1",))
        for n in range(100)
    ]
    known = known.with_numbers(known.numbers.updated(rows))
    calls = make.calls(*offices(100, trunk="pbx-1"), {**ELSEWHERE, "at_s": 3000.0})
    (finding,) = make.findings(NumberRights(), calls, register=known)
    assert finding.weight == 2.536


@pytest.mark.parametrize("lacks", ["trunk", "way", "owner"])
def test_what_no_worker_sends_is_refused(lacks: str) -> None:
    values = {"way": "onnet", **seen("a", 1).values}
    sent = msgspec.structs.replace(seen("a", 1), values=values)
    NumberRights().observe(ListedLines(), sent)
    del values[lacks]
    with pytest.raises(ValueError, match=lacks):
        NumberRights().observe(ListedLines(), sent)


def lines_of(*calls: tuple[int, float], **every: Any) -> list[Any]:
    """Calls by a trunk which rows lack, of two lines of one owner: which, and when (s)."""
    who = "d-firm-a", "d-firm-b"
    return [{**ELSEWHERE, "caller": who[line], "at_s": at_s, **every} for line, at_s in calls]


def weights_of(make: Any, *rows: Any, rule: NumberRights | None = None) -> list[float]:
    """What calls of lines of the range of a firm weigh, in order."""
    known, source = register(make), Source("number.register", 0, 0, -1)
    owners = {"d-firm-a": "pbx-1", "d-firm-b": "pbx-1", "d-other": "pbx-7"}
    listed = [
        NumberRow(rx_ts=make.t0_ms, source=source, number=number, rights=(trunk,))
        for number, trunk in owners.items()
    ]
    known = known.with_numbers(known.numbers.updated(listed))
    calls = make.calls(*({"call_ref": f"c{n}", **row} for n, row in enumerate(rows)))
    findings = make.findings(rule or NumberRights(), calls, register=known)
    return [finding.weight for finding in findings]


def test_an_office_that_has_moved_uses_its_lines_beside_each_other(make: Any) -> None:
    beside = lines_of((0, 0.0), (1, 60.0), (0, 120.0), (1, 180.0))
    assert weights_of(make, *beside) == [2.3, 2.3, 0.3, 0.3]
    alike = NumberRights(moved_nats=0.0)
    assert weights_of(make, *beside, rule=alike) == [2.3] * 4


def test_numbers_of_a_caller_are_used_one_after_another(make: Any) -> None:
    turns = lines_of((0, 0.0), (0, 60.0), (1, 120.0), (1, 180.0))
    assert weights_of(make, *turns) == [2.3] * 4


def test_lines_of_two_owners_have_not_moved_together(make: Any) -> None:
    first = lines_of((0, 0.0), (0, 120.0))
    other = [{**ELSEWHERE, "caller": "d-other", "at_s": at_s} for at_s in (60.0, 180.0)]
    rows = sorted([*first, *other], key=lambda row: row["at_s"])
    assert weights_of(make, *rows) == [2.3] * 4


def test_an_owner_who_also_calls_by_an_own_trunk_has_not_moved(make: Any) -> None:
    rows = lines_of((0, 0.0), (0, 60.0), (1, 100.0), (0, 200.0), (1, 300.0))
    assert weights_of(make, *rows) == [2.3, 2.3, 2.3, 0.3, 0.3]
    rows[1] |= {"trunk": "pbx-1"}
    assert weights_of(make, *rows) == [2.3] * 4


def test_lines_of_yesterday_are_not_beside_todays() -> None:
    state = Moved()
    assert not state.take(seen("a", 0))
    assert not state.take(seen("b", 1))
    assert state.take(seen("a", 2))
    assert not state.take(seen("a", 20 * 3_600_000))
    assert not state.take(seen("b", 20 * 3_600_000 + 1))


def test_so_many_owners_are_remembered() -> None:
    state = Moved()
    for owner in range((1 << 14) + 9):
        state.take(seen("a", owner, owner=owner))
    assert len(state.lines) == 1 << 14
    for line in range(99):
        state.take(seen(f"line {line}", 1 << 20, owner=1 << 20))
    assert max(map(len, state.lines.values())) == 4


def test_what_counts_is_the_same_however_lines_are_spread() -> None:
    uses = [[n, n % 3, IS_PLAIN | IS_OWN * (n % 2)] for n in range(40)]
    rows = np.array(uses, dtype=np.uint32)
    states = []
    for parts in ([rows], [rows[:7], rows[7:]], [rows[25:], rows[:25]]):
        state = ListedLines()
        for part in parts:
            state.windows += [Window(30_000, text) for text in packed([part])]
        state.count(30_001)
        states.append(msgspec.msgpack.encode(state))
    assert len(set(states)) == 1


def test_lines_are_forgotten_after_half_a_day_without_any() -> None:
    state = ListedLines()
    (text,) = packed([np.array([[1, 1, IS_PLAIN | IS_OWN]], dtype=np.uint32)])
    state.windows.append(Window(30_000, text))
    state.count(60_000)
    good = state.nats_of_list(is_onnet=True)
    state.windows.append(Window(40 * 3_600_000, ""))
    state.count(41 * 3_600_000)
    assert good > 0.0 == state.nats_of_list(is_onnet=True)
