"""Texts on many listed cells at a time are of no transmitter; what one sends is found as ever."""

from typing import Any

import pytest

from detectors.features.sms.named_cells import Naming, against_one_transmitter
from detectors.model.codes import GSM, LTE
from detectors.rules.phantom_sms.rule import PhantomSms
from detectors.rules.phantom_sms.samples import arrival, honest
from detectors.rules.sms_burst.rule import SmsBurst
from detectors.rules.sms_burst.samples import town

Cell = dict[str, Any]
RULES = [PhantomSms, SmsBurst]
OWN: Cell = {"rat": LTE, "area": 4100}
CLONED: Cell = {**OWN, "cell": 2000}
UNLISTED: Cell = {"rat": GSM, "area": 61001, "cell": 7}
NONE: Cell = {"rat": 0, "area": None, "cell": None}


def each_on_its_own(count: int) -> list[Cell]:
    return [{**OWN, "cell": 2001 + n} for n in range(count)]


def found(
    make: Any,
    kind: Any,
    cells: list[Cell],
    every_s: float = 4.0,
    late_s: float = 12.0,
    **of_rule: Any,
) -> list[Any]:
    """What a rule finds of one text to as many phones of a place, each on its cell."""
    rows = []
    for n, cell in enumerate(cells):
        lat, lon = make.at(3000.0 + 50.0 * n, 3000.0)
        at_s = 305.0 + every_s * n
        row = {"device": f"v{n}", "lat": lat, "lon": lon, "at_s": at_s, "rx_s": at_s + late_s}
        rows.append({"sender": "12379", "content_hash": "ff00ff00ff00ff00", **row, **cell})
    others = honest(count=200, every_s=5.0) if kind is PhantomSms else town(make)
    register = make.register(*[{**OWN, "cell": 2000 + n} for n in range(40)])
    batch = make.sms(*sorted([*others, *rows], key=arrival))
    findings = make.found(kind(**of_rule), batch, register)
    return [finding for finding in findings if finding.who.startswith("v")]


def weight(findings: list[Any]) -> float:
    return sum(float(finding.weight) for finding in findings)


@pytest.mark.parametrize("kind", RULES)
def test_a_warning_to_all_in_an_area_says_nothing(make: Any, kind: Any) -> None:
    cells = each_on_its_own(14)
    assert weight(found(make, kind, cells)) <= 0.3
    assert weight(found(make, kind, cells, excuse_many_cells=False)) > 10.0
    # Several phones of each cell, some of which don't state it.
    cells = [cell if n % 4 else NONE for n, cell in enumerate(each_on_its_own(7) * 3)]
    assert weight(found(make, kind, cells)) <= 0.3


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize(
    "cells",
    [
        [UNLISTED] * 12,
        [CLONED] * 12,
        [NONE] * 12,
        [*[UNLISTED] * 6, *[NONE] * 6],
        # Some name the cell of before: of the first three not two.
        [CLONED, CLONED, CLONED, *each_on_its_own(3), *[CLONED] * 6],
        [UNLISTED, UNLISTED, *each_on_its_own(2), *[UNLISTED] * 8],
        # Three may be hostile.
        [*[NONE] * 6, *each_on_its_own(3), *[NONE] * 3],
    ],
)
def test_what_one_transmitter_sends_is_found_as_ever(
    make: Any, kind: Any, cells: list[Cell]
) -> None:
    findings = found(make, kind, cells)
    assert len(findings) >= 9
    without = found(make, kind, cells, excuse_many_cells=False)
    assert sorted(one.weight for one in findings) == sorted(one.weight for one in without)
    waits_s = [
        (one.rx_ts - other.rx_ts) / 1000 for one, other in zip(findings, without, strict=True)
    ]
    assert waits_s[2] <= 30.0


@pytest.mark.parametrize("kind", RULES)
def test_a_transmitter_that_changes_its_listed_identity_is_found(make: Any, kind: Any) -> None:
    cells = [{**OWN, "cell": 2000 + n // 3} for n in range(15)]
    assert weight(found(make, kind, cells, every_s=25.0)) > 10.0
    # They don't take turns: phones that do name these cells are served by them.
    turns = [{**OWN, "cell": 2000 + n % 5} for n in range(15)]
    assert weight(found(make, kind, turns, every_s=6.0)) < 5.0


@pytest.mark.parametrize("kind", RULES)
def test_texts_wait_a_bounded_time_for_more_receivers(make: Any, kind: Any) -> None:
    cells = each_on_its_own(4)
    findings = found(make, kind, cells, every_s=1.0)
    assert len(findings) == 4
    assert {finding.who for finding in findings} == {"v0", "v1", "v2", "v3"}
    for finding in findings:
        n = int(finding.who[1:])
        waited_s = (finding.rx_ts - make.t0_ms) / 1000 - (305.0 + n + 12.0)
        assert 30.0 < waited_s <= kind().most_wait_s


@pytest.mark.parametrize(("before_s", "is_found"), [(0.0, False), (1500.0, True)])
def test_receivers_of_all_networks_show_that_a_text_went_to_many(
    make: Any, before_s: float, is_found: bool
) -> None:
    """Not those of a batch long before: what a transmitter sends may be a copy."""
    text = {"sender": "SHOP", "content_hash": "ff00ff00ff00ff00"}
    at_s, rows = 2000.0, []
    for n, cell in enumerate(each_on_its_own(12)):
        sent_s = at_s - before_s + 2.0 * n
        rows.append({"device": f"t{n}", "at_s": sent_s, "rx_s": sent_s + 9.0, **text, **cell})
    other = {"mnc": 1, "subscription_mnc": 1}
    for n in range(4):
        row = {"device": f"v{n}", "at_s": at_s + 3.0 * n, "rx_s": at_s + 30.0 + n, **text}
        rows.append({**row, **other, **UNLISTED})
    theirs = [{**row, **other, "area": 4100, "cell": 2000} for row in honest(0.0, 260)]
    both = [*honest(count=400, every_s=6.0), *theirs, *rows]
    cells = [{**OWN, "cell": 2000 + n} for n in range(40)]
    register = make.register(*cells, {**OWN, "mnc": 1, "cell": 2000})
    findings = make.found(PhantomSms(), make.sms(*sorted(both, key=arrival)), register)
    heaviest = max((one.weight for one in findings if one.who.startswith("v")), default=0.0)
    assert (heaviest > 1.0) == is_found


@pytest.mark.parametrize(("victims", "colluding"), [(0, 6), (10, 19)])
def test_how_many_phones_must_collude_to_hide_texts(victims: int, colluding: int) -> None:
    """As docs/design.md has it; with so many nats against it a text says nothing."""
    of_victims = [Naming(0, "gsm-460-0-61001-7", False)] * victims

    def against(phones: int) -> float:
        theirs = [Naming(0, f"lte-460-0-4100-{n}", True) for n in range(phones)]
        return against_one_transmitter([*of_victims, *theirs])

    assert against(colluding) <= -4.0 < against(colluding - 1)
