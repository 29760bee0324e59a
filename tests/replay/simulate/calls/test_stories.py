"""Each fraud and each honest oddity is in the trace as the truth says."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replay.simulate.calls.call_world import calls_of, read_calls
from replay.simulate.calls.simulation import simulate_calls
from tests.replay.simulate.calls.contract_checker import rows, truth
from tests.replay.simulate.calls.test_call_worlds import canonical

TOWN = Path(__file__).parents[4] / "configs" / "scenarios" / "calls" / "town.yaml"
#: So that all kinds are there, more than once, and times are those of one clock.
MORE: dict[str, float] = {
    **{"subscribers": 1000, "hours": 7, "oversample": 25, "clock_off_share": 0},
    **{"spoofed_campaigns": 6, "police_gangs": 4, "sim_boxes": 3, "wangiri_campaigns": 2},
    **{"home_scammers": 3, "rogue_callbacks": 4, "account_takeovers": 5, "offshore_centres": 0.5},
    **{"new_range_share": 0.01, "abroad_share": 0.01, "terminal_known_share": 1.0},
    **{"cell_known_share": 1.0, "roaming_check_share": 1.0, "roaming_check_wrong_share": 0.0},
    **{"report_share": 0.2, "report_delay_h": 0.1, "diverted_abroad_share": 0.3},
    **{"calls_per_day": 9, "taxi_dispatch": 1, "banks": 1, "predictive_dialers": 1, "couriers": 5},
    **{"schools": 1.5, "hospitals": 1.5, "call_centres": 1.5, "estate_agents": 2, "alarm_lines": 2},
    **{"pbx_extensions": 3, "missed_on_purpose": 3, "foreign_relatives": 3, "new_phones": 3},
    **{
        "foreign_share": 0.01,
        "foreign_odd_share": 0.05,
        "network_probes": 1,
        "verified_share": 0.5,
    },
}
OFFICIAL, BANKS = {"110", "114", "96110"}, {"95588", "95533", "95599", "95566", "95555"}
SEED = 33  # one in which every kind is drawn
Row = dict[str, Any]


class Town:
    """A trace, its records by reference, and its truth."""

    def __init__(self, folder: Path) -> None:
        self.calls = rows(folder, "calls")
        self.texts = rows(folder, "sms")
        self.changes = rows(folder, "subscribers")
        self.reports = rows(folder, "reports")
        self.register = {row["prefix"]: row for row in rows(folder, "numbers")}
        self.stories = [row for row in truth(folder) if row["kind"] != "victim"]
        self.victims = [row for row in truth(folder) if row["kind"] == "victim"]
        self.by_ref: dict[str, list[Row]] = defaultdict(list)
        for row in self.calls:
            self.by_ref[row["call_ref"]].append(row)

    def of(self, kind: str) -> list[Row]:
        """Stories of a kind, or of a look."""
        found = [row for row in self.stories if kind in (row["kind"], row.get("look"))]
        assert found, kind
        return found

    def records(self, story: Row, key: str = "calls") -> list[Row]:
        """One record of each call of a story."""
        return [self.by_ref[ref][0] for ref in story.get(key, ())]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    asked = read_calls(TOWN)
    assert asked is not None
    folder = tmp_path_factory.mktemp("town")
    world = calls_of(asked, SEED)
    world.parameters.update(MORE)
    simulate_calls(world, folder)
    return Town(folder)


def number(row: Row, name: str = "caller") -> str | None:
    return canonical(row, name) if row.get(name) else None


def test_references_exist_and_callers_are_those_of_the_calls(town: Town) -> None:
    for story in town.stories:
        callers = {each.removeprefix("+") for each in story["callers"]}
        for row in town.records(story):
            some = {number(row), row.get("redirecting", "").removeprefix("+")}
            some |= {number(row, "callee"), row.get("presented", "").removeprefix("+")}
            shown = row.get("caller") in callers or not row.get("caller")
            assert some & callers or shown, (story["id"], row)
        first, last = story["active"][0]
        for row in (*town.records(story), *town.records(story, "callbacks")):
            assert first - 2000 <= row["ts"] <= last + 2000, story["id"]


def test_records_of_one_call_agree(town: Town) -> None:
    odd = odd_refs(town)
    several = [some for some in town.by_ref.values() if len(some) > 1]
    assert several
    for some in several:
        for name in ("answered", "duration_ms", "ingress", "trunk"):
            assert len({row.get(name) for row in some}) == 1
        callers = {number(row) for row in some if row.get("caller") and row["caller"].isdigit()}
        if some[0]["call_ref"] not in odd:
            assert len(callers) <= 1, some
        assert len({number(row, "callee") for row in some}) == 1, some


def odd_refs(town: Town) -> set[str]:
    return {ref for story in town.of("pbx_extension") for ref in story["calls"]} | {
        ref for story in town.of("scam_campaign") for ref in story["calls"]
    }


def test_spoofed_numbers_of_home_come_in_by_gateways(town: Town) -> None:
    some = [row for story in town.of("scam_campaign") for row in town.records(story)]
    abroad = [row for row in some if row["ingress"] == "international"]
    assert len(abroad) > 200
    assert all(row["trunk"].startswith("gateway") for row in abroad)
    assert all(row.get("roaming_check") != "abroad" for row in abroad)
    home = [row for row in abroad if (number(row) or "").startswith("86")]
    assert len(home) > 50


def test_wangiri_rings_once_and_is_rung_back(town: Town) -> None:
    for story in town.of("wangiri"):
        for row in town.records(story):
            assert not row["answered"]
            assert row["ring_ms"] < 4000
            assert row["released_by"] == "caller"
        backs = {number(row, "callee") for row in town.records(story, "callbacks")}
        assert backs <= {each.removeprefix("+") for each in story["callers"]}
    assert any(story.get("callbacks") for story in town.of("wangiri"))


def test_a_sim_box_has_more_sims_than_terminals_and_stands_still(town: Town) -> None:
    for story in town.of("sim_box"):
        seen = [row for row in town.records(story) if "sim" in row]
        sims, terminals = ({row[name] for row in seen} for name in ("sim", "terminal"))
        assert len(sims) >= 3 * len(terminals)
        assert len({row["cell"] for row in seen if "cell" in row}) <= 3
        activated = {row["subscriber"] for row in town.changes if row["kind"] == "activated"}
        assert activated & set(story["callers"])


def test_a_single_scammer_goes_on_for_at_least_twenty_calls(town: Town) -> None:
    assert all(
        len(story["calls"]) >= 12 for story in town.of("scam_caller")
    )  # some aren't recorded
    assert all(len(story["callers"]) <= 3 for story in town.of("scam_caller"))


def test_a_rogue_text_has_a_number_that_is_rung(town: Town) -> None:
    texted = defaultdict(set)
    for row in town.texts:
        if row.get("area", 0) >= 40_000:
            texted[row.get("callback")].add(row["source"])
    waves = [story for story in town.of("scam_campaign") if story["callers"][0] in texted]
    assert len(waves) >= 2
    for story in waves:
        assert texted[story["callers"][0]] == {"device"}  # the centre never saw it
        rung = [row for row in town.records(story) if number(row) != story["callers"][0][1:]]
        assert {number(row, "callee") for row in rung} == {story["callers"][0][1:]}


def test_an_account_is_taken_over_by_a_change_then_codes_then_calls(town: Town) -> None:
    for story in town.of("account_takeover"):
        owner = story["callers"][0]
        change = min(row["ts"] for row in town.changes if row["subscriber"] == owner)
        codes = [row for row in town.texts if row["device"] == owner and row["ts"] > change]
        assert len(codes) >= 3
        for row in town.records(story):
            owners = {number(row), row.get("redirecting", "").removeprefix("+")}
            assert owner[1:] in owners
            assert row["ts"] > change


def test_levels_of_victims_follow_from_records(town: Town) -> None:
    story_of = {story["id"]: story for story in town.stories}
    calls_of_line: dict[str | None, list[Row]] = defaultdict(list)
    for some in town.by_ref.values():
        calls_of_line[number(some[0])].append(some[0])
    reached = defaultdict(set)
    for victim in town.victims:
        line, since, story = victim["subscriber"][1:], victim["since"], story_of[victim["by"]]
        scams = [row for row in town.records(story) if number(row, "callee") == line]
        made = [row for row in calls_of_line[line] if abs(row["ts"] - since) < 2000]
        deciding = {number(row, "callee") for row in made}
        numbers = {each.removeprefix("+") for each in story["callers"]}
        before = reached[line, victim["by"]]
        if victim["level"] == "shallow":
            assert any(row["answered"] and abs(row["ts"] - since) < 2000 for row in scams)
        elif victim["level"] == "medium":
            long = [row for row in scams if row["duration_ms"] >= 900_000 and row["ts"] < since]
            assert (long and deciding & OFFICIAL) or deciding & numbers, victim
        else:
            back = [row for row in calls_of_line[line] if number(row, "callee") in numbers]
            often = sum(row["ts"] <= since + 2000 for row in back) >= 3
            assert "medium" in before
            assert deciding & BANKS or often, victim
        before.add(victim["level"])
    levels = [victim["level"] for victim in town.victims]
    assert min(levels.count(level) for level in ("shallow", "medium", "deep")) >= 2


def share(some: list[Row], test: Callable[[Row], bool]) -> float:
    return sum(map(test, some)) / max(1, len(some))


NEW = {"163", "164", "168"}
#: What must be seen of each look-alike, of the records of all its callers together.
LOOKS: dict[str, Callable[[Town, list[Row]], bool]] = {
    "courier": lambda _, some: len({row.get("cell") for row in some}) > 20,
    "taxi_dispatch": lambda _, some: share(some, lambda row: "trunk" in row) == 1.0,
    "school": lambda _, some: len(some) > 20,
    "hospital": lambda _, some: len(some) > 20,
    "bank": lambda _, some: {number(row) for row in some} <= BANKS,
    "call_centre": lambda _, some: all((number(row) or "").startswith("86400") for row in some),
    "predictive_dialer": lambda _, some: share(
        some, lambda row: row["ring_ms"] < 4000 and row["released_by"] == "caller"
    ) > 0.02,
    "estate_agent": lambda _, some: share(some, lambda row: "sim" in row) > 0.5,
    "alarm_line": lambda _, some: sorted(row["duration_ms"] for row in some)[len(some) // 2] < 9000,
    "network_probe": lambda _, some: len({row.get("sim") for row in some}) > len(
        {row.get("terminal") for row in some}
    ),
    "missed_on_purpose": lambda _, some: share(some, lambda row: row["answered"]) < 0.4,
    "odd_from_abroad": lambda _, some: all(row["caller"].startswith("00") for row in some),
    "roamer": lambda _, some: {row.get("roaming_check") for row in some} == {"abroad"},
    "diverted_abroad": lambda _, some: all("redirecting" in row for row in some),
    "foreign_relative": lambda _, some: all(row["duration_ms"] >= 600_000 for row in some),
    "offshore_centre": lambda town, some: all(
        town.register.get(number(row) or "", {"rights": [row["trunk"]]}).get("rights") is not None
        and row["ingress"] == "international"
        for row in some
    ),
    "pbx_extension": lambda _, some: share(
        some, lambda row: len(row.get("caller", "")) not in (11, 10)
    ) > 0.5,
    "new_range": lambda _, some: {(number(row) or "")[2:5] for row in some} <= NEW,
    "migrant_worker": lambda _, some: len({number(row) for row in some}) > 1,
    "impersonated": lambda _, some: {row["ingress"] for row in some} == {"onnet"},
}  # fmt: skip


@pytest.mark.parametrize("look", [*LOOKS, "new_phone"])
def test_each_look_alike_is_there_as_it_is_called(town: Town, look: str) -> None:
    stories = town.of(look)
    some = [row for story in stories for row in town.records(story)]
    if look == "new_phone":
        changed = {row["subscriber"] for row in town.changes}
        assert all(story["callers"][0] in changed for story in stories)
        return
    assert some
    assert LOOKS[look](town, some)


#: What would give a fraud away by a slip of the simulation, not by how it calls.
UNTELLING = (
    *("point", "caller_nai", "caller_npi", "presentation", "screening", "caller_category"),
    *("carrier", "verstat", "attestation", "released_by", "cause", "rat", "imei_tac"),
)


@pytest.mark.parametrize("name", UNTELLING)
def test_no_value_is_of_frauds_alone(town: Town, name: str) -> None:
    frauds = {ref for row in town.stories if row["kind"] != "look_alike" for ref in row["calls"]}
    theirs, others = set(), set()
    for row in town.calls:
        if row["ingress"] == "international":
            (theirs if row["call_ref"] in frauds else others).add(row.get(name))
    assert theirs
    assert theirs <= others


def test_codes_are_sent_to_all(town: Town) -> None:
    hunted = {row["callers"][0] for row in town.of("account_takeover")}
    theirs = [row["length"] for row in town.texts if row["device"] in hunted]
    others = [row["length"] for row in town.texts if row["device"] not in hunted]
    assert set(theirs) & set(others)


def test_owners_of_shown_numbers_are_rung_by_strangers(town: Town) -> None:
    shown = {each for story in town.of("scam_campaign") for each in story["callers"]}
    owners = town.of("impersonated")
    assert all(story["callers"][0] in shown for story in owners)
    assert any(story.get("callbacks") for story in owners)


def test_reports_are_few_late_and_some_of_them_wrong(town: Town) -> None:
    scams = {each for row in town.stories if row["kind"] != "look_alike" for each in row["callers"]}
    about = [row["number"] in scams for row in town.reports]
    assert 0.1 < sum(about) / len(about) < 0.99
    called = [row for story in town.stories if story["kind"] != "look_alike" for row in
              town.records(story)]  # fmt: skip
    assert sum(about) < 0.5 * len(called)
    assert any("case_ref" in row for row in town.reports)


def test_the_register_of_numbers_has_ranges_and_lines(town: Town) -> None:
    assert town.register["95588"]["protected"]
    assert {row["class"] for row in town.register.values()} >= {"fixed", "mobile", "iot", "400"}
    assert any(row.get("trusted") for row in town.register.values())
