"""Levels that travel together are, one by one, what a rule makes of each message alone."""

from typing import Any

import msgspec
import pytest

from detectors.context.zone_routing import shared_out, zones_for, zones_of_rows
from detectors.features.facts import Facts
from detectors.features.levels.level_rows import MANY, count_of, joined, rows_of, singly
from detectors.features.rows.travelling import MOST_ROWS, Many
from detectors.model.codes import LTE
from detectors.model.finding import Observation
from detectors.rules.odd_level.rule import OddLevel


def facts_of(make: Any, *rows: dict[str, Any]) -> Facts[Any]:
    beside = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 1002, "signal_dbm": -99.0}
    given = [{"neighbours": [beside], "arfcn": 1850.0}, {"timing_advance": 3.0}, *rows]
    facts: Facts[Any] = make.facts(make.measurements(*given))
    return facts


def one_and_many(make: Any, *rows: dict[str, Any]) -> tuple[list[Observation], list[Observation]]:
    rule = OddLevel()
    alone = rule.screen(None, facts_of(make, *rows)).observations
    return alone, rule.screen_together(None, facts_of(make, *rows)).sent()


def test_many_are_what_each_is_alone_also_behind_a_way_as_json(make: Any) -> None:
    alone, together = one_and_many(make, {"accuracy_m": None})
    assert [each.kind for each in together] == [MANY]
    assert together[0].source == alone[-1].source
    assert singly(together) == alone
    sent = msgspec.json.decode(msgspec.json.encode(together), type=list[Observation])
    assert singly(sent) == alone
    assert [each.digest() for each in singly(sent)] == [each.digest() for each in alone]


def test_a_name_of_several_lines_travels_alone(make: Any) -> None:
    alone, together = one_and_many(make, {"device": "two\nlines"})
    assert together == alone


def test_more_than_one_may_hold_are_several(make: Any) -> None:
    count = MOST_ROWS + 5
    alone, together = one_and_many(make, *({"at_s": 0.001 * n} for n in range(count)))
    assert [len(rows_of(each)) for each in together] == [MOST_ROWS, count + 2 - MOST_ROWS]
    assert [count_of(each) for each in (*together, alone[0])] == [MOST_ROWS, 7, 1]
    assert singly(together) == alone


def test_rows_of_several_partitions_keep_their_places(make: Any) -> None:
    (one,) = one_and_many(make)[1]
    source = msgspec.structs.replace(one.source, partition=7)
    other = msgspec.structs.replace(one, source=source)
    rows = joined([rows_of(one), rows_of(other), rows_of(one)])
    partitions = [rows.one(one.detector, row).source.partition for row in range(len(rows))]
    assert partitions == [0, 0, 7, 7, 0, 0]


def test_each_zone_gets_those_that_concern_it(make: Any) -> None:
    """As they would one by one."""
    far = [{"lat": 39.9, "lon": 117.0 + 0.3 * n} for n in range(12)]
    alone, (one,) = one_and_many(make, *far)
    zones, place = zones_of_rows(rows_of(one))
    assert [zones[at] for at in place.tolist()] == [zones_for(each) for each in alone]

    def number(names: tuple[str, ...]) -> set[int]:
        return {sum(name.encode()) % 3 for name in names}

    parts = dict(shared_out(Many(one.detector, rows_of(one)), number))
    assert len(parts) > 1
    for each, part in parts.items():
        assert singly([part]) == [one for one in alone if each in number(zones_for(one))]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"rows": "AAAA"},
        {"rows": ""},
        {"who": "a"},
        {"near": "lte 460 0 1 1 nan\n"},
        {"near": "lte 460 0 1 1 -9e9\n"},
        {"near": "lte\n"},
    ],
    ids=["none", "short", "no-rows", "fewer-names", "no-level", "no-such-level", "no-neighbour"],
)
def test_what_no_worker_writes_is_refused(make: Any, values: dict[str, str]) -> None:
    (one,) = one_and_many(make)[1]
    spoilt = {**one.values, **values} if values else {}
    with pytest.raises((LookupError, TypeError, ValueError)):
        rows_of(msgspec.structs.replace(one, values=spoilt))


@pytest.mark.parametrize("name", ["lat", "signal_dbm", "rat", "tile", "pci", "origin"])
def test_numbers_that_no_report_has_are_refused(make: Any, name: str) -> None:
    (one,) = one_and_many(make)[1]
    rows = rows_of(one)
    numbers = rows.numbers.copy()
    numbers[name] = {"rat": 9, "origin": 1, "tile": 1 << 60}.get(name, float("inf"))
    wrong = type(rows)(rows.origins, numbers, rows.who, rows.near).as_one(one.detector)
    with pytest.raises(ValueError, match="partitions" if name == "origin" else "no report"):
        rows_of(wrong)
