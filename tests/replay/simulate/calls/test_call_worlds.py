"""Call worlds: any values give a trace as the format has it, in made-up numbers, at base rates."""

import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.numbers.classes import UNALLOCATED
from detectors.numbers.plans.shipped import shipped_plan
from replay.simulate.calls.call_world import draw_calls
from replay.simulate.calls.columns import UNASSIGNED
from replay.simulate.calls.fraud.plan import counts, expected_calls
from replay.simulate.calls.honest.lines import draw_lines
from replay.simulate.calls.number_ranges import (
    BANKS,
    DIRECTORY,
    MADE_UP,
    NEW,
    OWN,
    POLICE,
    class_of,
    dialled,
)
from replay.simulate.calls.parameters import BY_NAME, CAMPAIGN, COUNTS, DRAWN, LOOK_ALIKES
from replay.simulate.calls.simulation import play, simulate_calls
from tests.replay.simulate.calls.contract_checker import (
    rows,
    truth,
    wrong_calls,
    wrong_others,
)

#: Numbers that are none, as malformed callers and exchanges signal them.
ODD = re.compile(r"0+|0?\d{3,4}|555\d{3}|000\d{5}|(00)?86555\d{5}(555\d{5})?|86000555\d{5}")
EXTENDED = re.compile(r"\d{2,3}555\d{4,5}\d{3,4}")
NUMBERS = ("caller", "callee", "presented", "asserted", "redirecting", "callback")


def canonical(row: dict[str, Any], name: str = "caller") -> str:
    """The international digits of a number, where they can be known."""
    text, nai = row[name], row.get("caller_nai")
    if text.startswith("+"):
        return str(text[1:])
    if name == "callee":
        if text.startswith("00"):
            return str(text[2:])
        return text if len(text) < 7 else "86" + text.removeprefix("0")
    if nai == 3:
        return f"86{text}"
    return f"86{text[1:]}" if nai == 2 and re.fullmatch(r"0[1-9]\d{9,10}", text) else text


@pytest.mark.slow
@settings(max_examples=10)
@given(
    seed=st.integers(0, 10**6),
    subscribers=st.integers(50, 90),
    hours=st.sampled_from([0.5, 3.0, 24.0]),
    oversample=st.sampled_from([1.0, 40.0]),
    extreme=st.dictionaries(
        st.sampled_from([each.name for each in (*DRAWN, *CAMPAIGN)]), st.booleans(), max_size=40
    ),
    counted=st.dictionaries(st.sampled_from([each.name for each in COUNTS]), st.integers(0, 2)),
    honest=st.booleans(),
)
def test_any_world_is_written_as_the_format_has_it(
    seed: int,
    subscribers: int,
    hours: float,
    oversample: float,
    extreme: dict[str, bool],
    counted: dict[str, int],
    honest: bool,
) -> None:
    given = {name: BY_NAME[name].ends[high] for name, high in extreme.items()}
    given |= {"subscribers": subscribers, "hours": hours, "oversample": oversample, **counted}
    with TemporaryDirectory() as name:
        folder = Path(name)
        summary = simulate_calls(draw_calls(seed, honest=honest, given=given), folder)
        calls = rows(folder, "calls")
        assert len(calls) == summary.records
        assert wrong_calls(calls) == []
        assert wrong_others(folder) == []
        if honest:
            assert {row["kind"] for row in truth(folder)} <= {"look_alike"}


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    given = {"subscribers": 120, "hours": 3, "oversample": 200, "police_gangs": 1}
    for name, seed in (("one", 4), ("two", 4), ("three", 5)):
        simulate_calls(draw_calls(seed, given=given), tmp_path / name)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {"calls.jsonl.gz", "sms.jsonl.gz", "numbers.jsonl.gz", "truth.jsonl"} < names
    for name in names:
        first, second, third = (
            (tmp_path / run / name).read_bytes() for run in ("one", "two", "three")
        )
        assert first == second != third, name


def test_every_number_is_of_a_made_up_range(tmp_path: Path) -> None:
    given = {"subscribers": 300, "hours": 4, "oversample": 100}
    simulate_calls(draw_calls(8, given=given | {"spoofed_campaigns": 8}), tmp_path)
    calls = rows(tmp_path, "calls")
    seen = {canonical(row, "caller") for row in calls if row.get("caller")}
    seen |= {canonical(row, "callee") for row in calls}
    for row in (*calls, *rows(tmp_path, "sms")):
        seen |= {row[name].removeprefix("+") for name in NUMBERS[2:] if name in row}
    for row in (*rows(tmp_path, "subscribers"), *truth(tmp_path)):
        some = [row.get("subscriber"), *row.get("callers", ()), *row.get("subscribers", ())]
        seen |= {number.removeprefix("+") for number in some if number}
    patterns = (MADE_UP, ODD, EXTENDED)
    assert len(seen) > 1000
    seen = {each for each in seen if not MADE_UP.fullmatch(each.lstrip("0"))}
    assert [each for each in seen if not any(one.fullmatch(each) for one in patterns)] == []
    codes = {row["imei_tac"] for row in calls if "imei_tac" in row}
    assert codes <= set(range(100_000, 100_400))  # of test equipment: 00 10 00 00 on


def test_classes_of_numbers_are_those_of_their_ranges() -> None:
    numbers = [8613812550001, 8617012550001, 862855501234, 8675555501234, 864005550001]
    numbers += [861064855000001, 95588, 8695588, 6012555123, -3, 0]
    assert class_of(np.array(numbers)).tolist() == [1, 3, 0, 0, 4, 2, 5, -1, -1, -1, -1]
    assert dialled(np.array(numbers))[[0, 2, 6, 7]].tolist() == [
        *(8613812550001, 862855501234, 95588, 95588)
    ]


def test_no_two_lines_have_one_number() -> None:
    lines = draw_lines(draw_calls(3, given={"subscribers": 60_000, "regions": 21})).lines
    assert len(np.unique(lines["number"])) == len(lines)
    own = lines["number"] // 10**8 - 86_000
    assert np.isin(own, OWN).mean() > 0.5
    mobile = class_of(lines["number"]) == 1
    block = lines["number"] // 10**6 % 100
    assert (block[mobile] % 21 == lines["region"][mobile]).all()


def test_base_rates_are_those_of_the_sources() -> None:
    """Planned scam calls beside all calls: in the range of their share; people's frauds as few."""
    planned = calls = takeovers = 0.0
    given = {"subscribers": 1_000_000, "oversample": 1}
    for seed in range(60):
        stage = draw_lines(draw_calls(seed, given=given | {"subscribers": 50}))
        stage.world.parameters["subscribers"] = 1_000_000
        number = counts(stage)
        planned += 235 * (number["spoofed_campaigns"] + number["sim_boxes"])
        planned += 235 * number["wangiri_campaigns"] + 103 * number["home_scammers"]
        planned += 80 * number["police_gangs"]
        calls += expected_calls(stage)
        takeovers += number["account_takeovers"]
    assert 3e-5 < planned / calls < 3e-4  # the mean of the range is 8.5e-5
    assert 0.5 < takeovers / 60 < 3.0  # a million people and day; the mean is 1.25


def test_as_many_scam_calls_are_played_as_are_planned() -> None:
    given = {"subscribers": 300, "oversample": 4000, "scam_call_share": 2e-4}
    given |= {each.name: each.low for each in LOOK_ALIKES} | {"network_probes": 0.05}
    played = planned = 0.0
    for seed in range(9):
        stage, script, calls = play(draw_calls(seed, given=given))
        scam = [story.kind not in ("look_alike", "account_takeover") for story in script.stories]
        mine = (calls["story"] >= 0) & ~calls["aside"]
        played += np.array([*scam, False])[calls["story"][mine]].sum()
        planned += 4000 * 2e-4 * expected_calls(stage)
    assert 0.5 < played / planned < 2.0


def test_people_ring_back_and_forth_by_day_and_a_few_ring_many() -> None:
    given = {"subscribers": 800, "offnet_share": 0.2, "night_floor": 0.01, "call_back_share": 0.05}
    stage, script, _ = play(draw_calls(6, honest=True, given=given))
    calls = script.calls[0]
    pairs = Counter(zip(calls["origin"].tolist(), calls["target"].tolist(), strict=True))
    both = {pair: n for pair, n in pairs.items() if min(pair) >= 0}
    mutual = sum((other, one) in both for one, other in both) / len(both)
    assert mutual > 0.1
    hour = calls["t"] // 3_600_000
    assert (hour == 3).sum() < 0.3 * (hour == 10).sum()
    spread = stage.lines["contacts"]
    assert np.percentile(spread, 99) > 3 * np.median(spread)


def test_honest_people_ring_hotlines_and_abroad_and_numbers_that_nobody_has() -> None:
    given = {"subscribers": 1500, "hotline_share": 0.3, "stranger_share": 0.15}
    given |= {"outgoing_share": 0.01, "unassigned_share": 0.02}
    _, _, calls = play(draw_calls(6, honest=True, given=given))
    made = calls[calls["origin"] >= 0]
    rung = set(made["callee"].tolist())
    assert {POLICE, DIRECTORY, *BANKS} <= rung
    assert sum(class_of(np.array([*rung])) < 0) > 20  # of other countries
    assert (made["cause"] == UNASSIGNED).sum() > 5
    # Police and directory only receive calls, and nobody rings back whom nobody has.
    assert not set(calls["caller"].tolist()) & {POLICE, DIRECTORY}
    assert not calls["answered"][calls["cause"] == UNASSIGNED].any()


def test_campaigns_of_a_week_are_on_many_days_in_hours_when_people_are_called() -> None:
    given = {"subscribers": 60, "hours": 168, "spoofed_campaigns": 12, "calls_per_day": 2}
    _, script, calls = play(draw_calls(3, given=given))
    begins = [
        int(calls["t"][calls["story"] == place].min())
        for place, story in enumerate(script.stories)
        if story.kind == "scam_campaign"
    ]
    assert len({begin // 86_400_000 for begin in begins}) >= 4
    assert all(8 <= begin / 3_600_000 % 24 < 22 for begin in begins)


@pytest.mark.parametrize("name", ["calls_per_day", "scam_call_share", "pbx_extensions"])
def test_a_value_that_is_given_shifts_no_other(name: str) -> None:
    one, other = draw_calls(5).parameters, draw_calls(5, given={name: BY_NAME[name].low}).parameters
    assert {key for key in one if one[key] != other[key]} == {name}


def test_a_value_of_campaigns_that_is_given_holds_for_all() -> None:
    given = {"campaign_calls": 40, "calls_per_number": 1, "shown_numbers": "400"}
    given |= {"subscribers": 60, "hours": 6, "spoofed_campaigns": 3}
    _, script, calls = play(draw_calls(3, given=given))
    for place, story in enumerate(script.stories):
        if story.kind == "scam_campaign":
            mine = calls[(calls["story"] == place) & ~calls["aside"]]
            assert len(mine) == 40
            assert (class_of(mine["caller"]) == 4).all()
            assert len(np.unique(mine["caller"])) > 30


def test_the_plan_that_ships_has_these_classes_too() -> None:
    """Only ranges that no plan lists yet are unallocated; an honest number never is otherwise."""
    given = {"subscribers": 600, "hours": 6, "new_range_share": 0.02}
    _, _, calls = play(draw_calls(6, honest=True, given=given))
    numbers = np.unique(np.concatenate([calls["caller"], calls["callee"]]))
    numbers = numbers[numbers > 0]
    # In the plan short numbers stand behind the code of the country too.
    texts = [f"{number}" if number > 10**6 else f"86{number}" for number in numbers.tolist()]
    prefixes = np.array([int(text[:7]) for text in texts])
    digits, lengths = np.array([[min(7, len(text)), len(text)] for text in texts]).T
    kinds = shipped_plan().kinds(prefixes, digits, lengths)
    known = class_of(numbers)
    new = np.isin(numbers // 10**8 - 86_000, NEW) & (known == 1)
    assert new.any()
    assert (kinds[new] == UNALLOCATED).all()
    assert not (kinds[~new] == UNALLOCATED).any()
    home = ~new & (known >= 0)
    assert home.sum() > 500
    assert (kinds[home] == known[home] + 1).all()
