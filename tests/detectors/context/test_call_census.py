"""What the first stage counts of calls: the same however they are cut and dealt out."""

from typing import Any

import numpy as np
import pytest

from detectors.context.call_census import CallCensus, window_of
from detectors.features.callers.callers import Callers
from detectors.features.calls.both_ways import BothWays, names_of
from detectors.features.facts import Origin
from detectors.model.codes import INTERNATIONAL
from detectors.model.columns import Calls
from detectors.model.finding import Observation
from detectors.model.hashing import text_numbers

DAY_S = 86_400.0


def counted(make: Any, *batches: Calls, until_s: float = DAY_S, partition: int = 0) -> Any:
    census, callers = CallCensus(), Callers()
    for batch in batches:
        census.take(make.facts(batch, callers=callers))
    origin = Origin("call.signalling", partition)
    return census.due(make.t0_ms + round(1000 * until_s), origin)


def names_in(observations: list[Observation], which: str) -> list[int]:
    parts = [getattr(window_of(each), which) for each in observations]
    return np.frombuffer(b"".join(parts), dtype="<u4").tolist()


def name(number: str) -> int:
    return int(names_of(text_numbers(np.array([number], dtype=object)))[0])


def rings(count: int, **every: Any) -> list[dict[str, Any]]:
    return [{"callee": f"v{n}", "at_s": 40.0 * n, **every} for n in range(count)]


def test_callers_count_from_their_fourth_callee_on_and_callees_at_once(make: Any) -> None:
    observations = counted(make, make.calls(*rings(6, caller="a")))
    assert names_in(observations, "out") == 3 * [name("a")]
    assert sorted(names_in(observations, "into")) == sorted(name(f"v{n}") for n in range(6))
    assert {(each.space, each.who) for each in observations} == {("number", "")}


def test_who_rings_again_and_what_is_recorded_twice_count_once(make: Any) -> None:
    twice = [{"caller": "a", "callee": "v", "at_s": at, "call_ref": f"r{at}"} for at in (0.0, 50.0)]
    assert names_in(counted(make, make.calls(*twice, twice[0])), "into") == [name("v")]


def test_who_shows_a_line_of_home_from_abroad_is_counted_by_itself(make: Any) -> None:
    line = {"caller": "a", "caller_prefix": 8610620, "caller_length": 12.0, "number_class": 0}
    home = rings(6, **line)
    shown = rings(5, **line, ingress=INTERNATIONAL)
    abroad = [{**row, "callee": f"w{n}", "call_ref": f"r{n}"} for n, row in enumerate(shown)]
    calls = make.calls(*home, *abroad)
    out = names_in(counted(make, calls), "out")
    assert out.count(name("a")) == 3
    assert len(out) == 5
    assert len(set(out)) == 2


def test_short_numbers_are_left_out(make: Any) -> None:
    row = {"callee_prefix": 86110, "callee_digits": 5, "callee_length": 5.0}
    assert names_in(counted(make, make.calls(*rings(1), **row)), "into") == []


def test_windows_go_out_once_when_they_are_over_and_what_comes_later_is_late(make: Any) -> None:
    census, callers, origin = CallCensus(), Callers(), Origin("call.signalling", 0)
    census.take(make.facts(make.calls(*rings(9, caller="a")), callers=callers))
    until_ms = make.t0_ms + 200_000
    first = census.due(until_ms, origin)
    assert first
    assert max(each.rx_ts for each in first) <= until_ms
    assert census.due(until_ms, origin) == []
    census.take(make.facts(make.calls(*rings(1, caller="late")), callers=callers))
    rest = census.due(until_ms + 10**9, origin)
    assert name("late") not in names_in(rest, "out")
    assert len(names_in([*first, *rest], "into")) == 9


def test_batches_do_not_matter(make: Any) -> None:
    rows = [row for n in range(3) for row in rings(20, caller=f"a{n}")]
    rows.sort(key=lambda row: row["at_s"])
    whole = counted(make, make.calls(*rows))
    cut = counted(make, *(make.calls(*rows[at : at + 7]) for at in range(0, len(rows), 7)))
    assert whole == cut


@pytest.mark.parametrize("partitions", [2, 3])
def test_partitions_do_not_matter(make: Any, partitions: int) -> None:
    """Each number rings and is rung; all of a caller's calls lie in one partition."""
    rows = [
        {"caller": f"a{n % 5}", "callee": f"a{(n * 3 + n // 7) % 5}", "at_s": 20.0 * n}
        for n in range(120)
    ]

    def known(parts: int) -> list[tuple[int, int]]:
        both = BothWays()
        found: list[Observation] = []
        for part in range(parts):
            mine = [row for row in rows if int(row["caller"][1:]) % parts == part]
            found += counted(make, make.calls(*mine), partition=part)
        for each in sorted(found, key=lambda one: one.rx_ts):
            both.take(window_of(each))
        return [both.of(f"a{n}", make.t0_ms + 10**9) for n in range(5)]

    assert known(partitions) == known(1)
    assert sum(people for _, people in known(1)) > 5


def test_what_no_worker_writes_is_refused(make: Any) -> None:
    (one,) = counted(make, make.calls(*rings(1)))
    for values in ({}, {"out": "", "into": "AAA="}, {"out": "?", "into": "A"}):
        broken = Observation(
            **{
                field: getattr(one, field)
                for field in Observation.__struct_fields__
                if field != "values"
            },
            values=values,
        )
        with pytest.raises((LookupError, ValueError)):
            window_of(broken)
