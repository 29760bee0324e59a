"""Each fraud and each victim is in the trace as the truth says, and nothing else gives it away."""

from collections import defaultdict
from functools import cache

import pytest

from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import open_trace
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher
from tests.replay.simulate.calls.town import BANKS, OFFICIAL, Row, Town, number


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


def test_short_numbers_are_institutions_whoever_shows_them(town: Town) -> None:
    shown = {each for story in town.of("scam_campaign") for each in story["callers"]}
    short = {each for each in shown if len(each.removeprefix("+")) < 9 and each.startswith("+86")}
    assert short
    assert short <= {story["callers"][0] for story in town.of("impersonated")}


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


def test_the_decoder_takes_all_of_it_and_one_number_has_one_hash(town: Town) -> None:
    """In all forms in which switches signal it, and as the truth has it."""
    hasher, trace = Hasher(b"k" * 32, load_settings(env={}).senders), open_trace(town.folder)
    read: dict[str, int] = {}
    for topic, file in trace.files.items():
        for decoded, count in decoded_chunks(reader_of(file), topic, hasher):
            assert decoded.dead == [], topic
            read[topic] = read.get(topic, 0) + count
    assert (read["call.signalling"], len(read) > 1) == (len(town.calls), True)

    named = cache(lambda number, nature: hasher.number(number, nature).name)

    def hashed(row: Row, field: str) -> str | None:
        nature = row.get("caller_nai", 0) if field == "caller" else 0
        return named(row[field], nature) if row.get(field) else None

    for some in town.by_ref.values():
        for field in ("caller", "callee"):
            assert len({hashed(row, field) for row in some if row.get(field)}) <= 1, some
    for story in town.stories:
        callers = {hasher.number(each).name for each in story["callers"]}
        for row in town.records(story):
            if row.get("caller"):
                fields = ("caller", "callee", "redirecting")
                assert callers & {hashed(row, field) for field in fields}, (story["id"], row)
