"""What rules draw of a batch travels together, and is what each would let through alone."""

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pytest

from benchmarks.measuring.observations import count_of
from detectors.context.zone_routing import shared_out, zones_for
from detectors.features.facts import Origin
from detectors.features.rows.travelling import MOST_ROWS, Many
from detectors.features.rule import AnyRule
from detectors.features.samples.of_samples import of_samples, singly
from detectors.features.samples.sample_rows import MANY, NAME, SampleRows, joined, rows_of
from detectors.model.codes import LTE, NETWORK_POSITION
from detectors.model.finding import Observation, place_among_sent
from detectors.rules import RULES
from detectors.screen.screening import Screening

#: All of the rules that draw, with samples of every report.
RULES_THAT_DRAW: tuple[AnyRule, ...] = tuple(
    msgspec.structs.replace(
        rule(),
        **{
            name: 1
            for name in ("sample_one_in", "one_in_reports", "reports_a_fall")
            if name in rule.__struct_fields__
        },
    )
    for rule in RULES
    if of_samples(rule()) is not None
)
PLANNED = {"arfcn": 1850.0, "pci": 7.0}


def of_all(make: Any, *rows: dict[str, Any]) -> tuple[list[Observation], list[Observation]]:
    """What all rules let through of a batch, each by itself and together, in order."""
    batch, register = make.measurements(*rows), make.register(**PLANNED)
    alone = [
        one
        for rule in RULES_THAT_DRAW
        for one in rule.screen(rule.new_state(), make.facts(batch, register)).observations
    ]
    step = Screening(RULES_THAT_DRAW, Origin("town", 0)).step(batch, register)
    return sorted(alone, key=place_among_sent), step.sent()


def ordinary(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"device": f"d{n % 5}", "at_s": 10.0 * n, **PLANNED, **more} for n in range(count)]


def in_order(observations: list[Observation]) -> list[Observation]:
    """As sent, without the numbers of those of one rule and message."""
    plain = [
        msgspec.structs.replace(one, source=msgspec.structs.replace(one.source, part=0))
        for one in observations
    ]
    return sorted(plain, key=lambda one: (*place_among_sent(one), one.digest()))


def test_together_they_are_what_each_rule_draws_alone_also_behind_a_way_as_json(make: Any) -> None:
    few = ordinary(6) + ordinary(4, altitude_m=30.0, accuracy_m=None, timing_advance=3.0)
    few += ordinary(3, position_source=NETWORK_POSITION) + ordinary(2, serving=False, device="x")
    alone, together = of_all(make, *few)
    (many,) = [each for each in together if each.kind == MANY]
    drawn = {name for name, count in Counter(one.detector for one in alone).items() if count > 5}
    assert drawn == {rule.name for rule in RULES_THAT_DRAW}
    assert in_order(singly(together, RULES_THAT_DRAW)) == in_order(alone)
    assert count_of(many) == len(alone) - len(together) + 1
    sent = msgspec.json.decode(msgspec.json.encode(together), type=list[Observation])
    assert singly(sent, RULES_THAT_DRAW) == singly(together, RULES_THAT_DRAW)


def test_of_a_message_of_which_a_rule_says_more_its_sample_goes_alone(make: Any) -> None:
    """So that what it says of one message is numbered as ever."""
    beside = {"rat": LTE, "mcc": 460, "mnc": 0, "area": 4100, "cell": 99, "signal_dbm": -99.0}
    rows = [*ordinary(2), {"at_s": 40.0, "neighbours": [beside], **PLANNED}]
    alone, together = of_all(make, *rows)
    of_one = [one for one in together if one.detector == "transient_cell"]
    assert {one.kind for one in of_one} == {"ground", "odd"}
    assert sorted(one.source.part for one in of_one) == [0, 1]
    assert in_order(singly(together, RULES_THAT_DRAW)) == in_order(alone)


def test_a_name_of_several_lines_travels_alone(make: Any) -> None:
    alone, together = of_all(make, *ordinary(3, device="two\nlines"))
    assert in_order(together) == in_order(alone)


def test_what_has_no_place_is_no_row(make: Any) -> None:
    alone, together = of_all(make, *ordinary(8, lat=None, lon=None))
    assert in_order(together) == in_order(alone)


def test_more_than_one_may_hold_are_several(make: Any) -> None:
    count = MOST_ROWS + 5
    _, together = of_all(make, *({"at_s": 0.001 * n} for n in range(count)))
    many = [rows_of(each) for each in together if each.kind == MANY]
    assert [len(rows) for rows in many] == [MOST_ROWS, count - MOST_ROWS]


def drawn(make: Any, count: int = 4, **more: Any) -> SampleRows:
    _, together = of_all(make, *ordinary(count, **more))
    (many,) = [each for each in together if each.kind == MANY]
    return rows_of(many)


def test_rows_of_several_partitions_keep_their_places(make: Any) -> None:
    rows = drawn(make)
    other = SampleRows((("town", 7),), rows.takers, rows.numbers, rows.who)
    every = joined([rows, other, rows])
    partitions = [every.one("held_back", "ground", row).source.partition for row in range(12)]
    assert partitions == [0] * 4 + [7] * 4 + [0] * 4


def test_takers_are_known_by_name(make: Any) -> None:
    rows = drawn(make)
    some = rows.taken_by(["wrong_channel", "nobody", "held_back"])
    bits = dict(zip(rows.takers, range(len(rows.takers)), strict=True))
    for place, name in ((0, "wrong_channel"), (2, "held_back")):
        before = rows.numbers["takers"] >> bits[name] & 1
        np.testing.assert_array_equal(some.numbers["takers"] >> place & 1, before)
    assert not (some.numbers["takers"] >> 1 & 1).any()


def test_each_zone_gets_those_that_concern_it(make: Any) -> None:
    """As they would one by one."""
    far = [{"lat": 39.9, "lon": 117.0 + 0.3 * n} for n in range(12)]
    alone, together = of_all(make, *(one | row for one, row in zip(ordinary(12), far, strict=True)))
    (many,) = [each for each in together if each.kind == MANY]
    alone = singly([many], RULES_THAT_DRAW)

    def number(names: tuple[str, ...]) -> set[int]:
        return {sum(name.encode()) % 3 for name in names}

    parts = dict(shared_out(Many(NAME, rows_of(many)), number))
    assert len(parts) > 1
    for each, part in parts.items():
        ours = [one for one in alone if each in number(zones_for(one))]
        assert singly([part], RULES_THAT_DRAW) == ours


@pytest.mark.parametrize(
    ("name", "value"),
    [("lat", np.nan), ("lon", 181.0), ("rat", 9), ("origin", 1), ("habit", 5), ("takers", 1 << 9)],
)
def test_numbers_that_no_report_has_are_refused(make: Any, name: str, value: float) -> None:
    rows = drawn(make)
    numbers = rows.numbers.copy()
    numbers[name] = value
    wrong = SampleRows(rows.origins, rows.takers, numbers, rows.who).as_one()
    with pytest.raises(ValueError, match=r"has|rules|partitions"):
        rows_of(wrong)
