"""What a cell may broadcast that lures, what is a network's habit, and what excuses it."""

from typing import Any

import pytest

from detectors.model.codes import GSM, LTE, UMTS
from detectors.model.finding import Identity
from detectors.rules import ROOMS
from detectors.rules.broadcast_lure.rule import BroadcastLure
from detectors.rules.broadcast_lure.samples import FAKE, probed, town
from detectors.rules.sample_town import Row

WORDS = ROOMS["broadcast_lure"].words


def found(make: Any, rows: list[Row], rule: Any = None) -> list[Any]:
    return make.found(rule or BroadcastLure(), probed(make, rows))


def lures(findings: list[Any]) -> list[str]:
    return [f.values["lures"] for f in findings]


@pytest.mark.parametrize(
    ("field", "value", "lure"),
    [
        ("t3212_min", 29.0, "very_short_timer"),
        ("t3212_min", 30.0, "short_timer"),
        ("t3212_min", 53.0, "short_timer"),
        ("t3212_min", 54.0, ""),
        ("t3212_min", 0.0, ""),
        ("cell_reselect_offset_db", 40.0, ""),
        ("cell_reselect_offset_db", 42.0, "offset"),
        ("reselect_hysteresis_db", 9.0, ""),
        ("reselect_hysteresis_db", 10.0, "hysteresis"),
        ("sib_count", 1.0, "few_blocks"),
        ("sib_count", 2.0, ""),
    ],
)
def test_single_lures(make: Any, field: str, value: float, lure: str) -> None:
    assert lures(found(make, [{**FAKE, field: value}])) == [lure] * bool(lure)


def test_what_a_finding_carries(make: Any) -> None:
    lat, lon = make.at(100.0)
    (finding,) = found(make, [{**FAKE, "t3212_min": 6.0, "signal_dbm": -60.0}])
    assert finding.claimed == Identity("gsm", 460, 0, 61001, 7)
    assert (finding.place.lat, finding.place.lon) == (lat, lon)
    assert (finding.weight, finding.cap, finding.space) == (1.5, 3.0, "device")
    assert finding.signal_dbm == -60.0


def test_lures_add_up_to_a_bound(make: Any) -> None:
    many = {"t3212_min": 6.0, "cell_reselect_offset_db": 60.0, "reselect_hysteresis_db": 14.0}
    (finding,) = found(make, [{**FAKE, **many, "sib_count": 1.0}])
    assert finding.values["lures"] == "very_short_timer offset hysteresis few_blocks"
    assert finding.weight == 2.0


def test_no_number_of_probes_makes_an_alert(make: Any) -> None:
    lure = {**FAKE, "t3212_min": 6.0, "cell_reselect_offset_db": 60.0}
    rows = [{"device": f"d{n}", "at_s": float(n), **lure} for n in range(60)]
    findings = found(make, rows)
    assert len(findings) == 60
    assert make.alerts(findings) == []


def test_a_probe_counts_once_a_cell(make: Any) -> None:
    rows = [{"device": "d", "at_s": float(n), **FAKE, "t3212_min": 6.0} for n in range(30)]
    assert len(found(make, rows)) == 1
    later = {"device": "d", "at_s": 2000.0, **FAKE, "t3212_min": 6.0}
    assert len(found(make, [*rows, later])) == 2


def test_few_neighbours_say_something_of_a_probe_that_reads_more(make: Any) -> None:
    alone = {"device": "h3", "at_s": 40.0, **FAKE, "neighbours_advertised": 1.0}
    assert lures(found(make, [*town(), alone])) == ["few_neighbours"]
    assert found(make, [*town(), {**alone, "device": "new"}]) == []
    assert found(make, [*town(5), alone]) == []


def test_a_clone_does_not_make_its_lures_the_networks_habit(make: Any) -> None:
    """It is reported as a registered cell, again and again."""
    clone = {"rat": GSM, "cell": 1002, "neighbours_advertised": 1.0, "at_s": 40.0}
    rows = [{**clone, "device": f"h{n}", "at_s": 40.0 + n} for n in range(20)]
    register = make.register({"rat": GSM}, {"rat": GSM, "cell": 1002})
    some = make.found(BroadcastLure(), probed(make, [*town(), *rows]), register=register)
    assert lures(some) == ["few_neighbours"] * 20
    # Where other cells have it, too, it is.
    others = [{**row, "at_s": row["at_s"] + 20.0} for row in town(neighbours_advertised=1.0)]
    rows = [{**row, "at_s": row["at_s"] + 40.0} for row in rows]
    both = make.found(BroadcastLure(), probed(make, [*town(), *others, *rows]), register=register)
    assert 1002 not in {f.claimed.cell for f in both}
    assert both


def test_a_legacy_cell_that_outranks_lte(make: Any) -> None:
    lte = [{"device": f"h{n}", "at_s": float(n), "reselect_priority": 5.0} for n in range(20)]
    rogue = {**FAKE, "at_s": 40.0, "reselect_priority": 6.0}
    assert lures(found(make, [*lte, rogue])) == ["priority"]
    assert found(make, [*lte, {**rogue, "reselect_priority": 5.0}]) == []
    assert found(make, [rogue]) == []


def test_an_lte_cell_of_the_highest_priority(make: Any) -> None:
    lte = [{"device": f"h{n}", "at_s": float(n), "reselect_priority": 5.0} for n in range(20)]
    rogue = {"rat": LTE, "area": 61001, "cell": 7, "at_s": 40.0, "reselect_priority": 7.0}
    assert lures(found(make, [*lte, rogue])) == ["priority"]


# Innocent causes: what each excuse prevents, and the attack that it must not hide.


def test_a_networks_own_habit(make: Any) -> None:
    """F14: a network whose cells all have a short timer."""
    habit = town(t3212_min=30.0)
    rogue = {**FAKE, "at_s": 40.0, "t3212_min": 30.0}
    assert [f for f in found(make, [*habit, rogue]) if f.ts >= make.t0_ms + 40_000] == []
    off = found(make, [*habit, rogue], BroadcastLure(excuse_usual=False))
    assert lures(off) == ["short_timer"] * 21
    worse = {**rogue, "t3212_min": 6.0}
    assert lures(found(make, [*habit, worse]))[-1] == "very_short_timer"


def test_networks_that_prefer_umts(make: Any) -> None:
    """F15: where the network's own legacy cells outrank LTE, one more says nothing."""
    lte = [{"device": f"h{n}", "at_s": float(n), "reselect_priority": 3.0} for n in range(20)]
    own = [{**row, "rat": UMTS, "at_s": 20.0 + n} for n, row in enumerate(lte)]
    own = [{**row, "reselect_priority": 5.0} for row in own]
    other = {"rat": UMTS, "area": 61001, "cell": 7, "at_s": 60.0, "reselect_priority": 5.0}
    late = make.t0_ms + 60_000
    assert [f for f in found(make, [*lte, *own, other]) if f.ts >= late] == []
    off = BroadcastLure(excuse_legacy_priorities=False)
    assert [f for f in found(make, [*lte, *own, other], off) if f.ts >= late] != []
    modest = [{**row, "reselect_priority": 2.0} for row in own]
    assert lures(found(make, [*lte, *modest, other])) == ["priority"]


def test_probes_that_read_no_neighbours(make: Any) -> None:
    """F17: a device or a RAT without neighbour lists says nothing by an empty one."""
    blind = [{"device": "b", "at_s": 40.0 + n, **FAKE, "cell": n} for n in range(9)]
    blind = [{**row, "neighbours_advertised": 0.0} for row in blind]
    assert found(make, [*town(), *blind]) == []
    assert len(found(make, [*town(), *blind], BroadcastLure(excuse_no_neighbours=False))) == 9
    lonely = {"device": "h1", "at_s": 60.0, **FAKE, "neighbours_advertised": 0.0}
    assert lures(found(make, [*town(), *blind, lonely])) == ["few_neighbours"]


def test_it_says_what_was_broadcast() -> None:
    assert WORDS["en"].sentence("1 phone", "GSM 460-00 LAC 61001", {"lures": "offset"}) == (
        "1 phone heard that GSM 460-00 LAC 61001 makes itself look much stronger than it is"
    )
    for lure in WORDS["en"].terms["lures"]:
        assert getattr(BroadcastLure(), f"{lure}_weight") > 0
