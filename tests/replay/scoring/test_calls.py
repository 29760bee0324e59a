"""Alerts about calls against the truth: what counts as found, in time, and wrongly accused."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cellhound import main
from replay.scoring.call_tables import shown
from replay.scoring.calls import (
    CallAlert,
    Named,
    Notice,
    Recorded,
    Story,
    read_stories,
    score_calls,
    score_run,
)
from replay.traces.truth import EvaluationError
from streams.config.settings import load_settings
from streams.limits import DEFAULT
from streams.privacy.hasher import Hasher
from streams.privacy.hashing_key import load_key

HASHER = Hasher(bytes(32))
CALLER, HONEST, VICTIM = "+8613912345670", "+862155501234", "+8613812345671"


def name(number: str, hasher: Hasher = HASHER) -> str:
    found = hasher.number(number)
    assert found is not None
    return found.name


def calls(count: int, caller: str = CALLER) -> Recorded:
    refs = [f"c{n}" for n in range(count)]
    times = {ref: 1000 * n for n, ref in enumerate(refs)}
    late = {ref: at + 500 for ref, at in times.items()}
    callers = frozenset((name(caller), name(HONEST)))
    return Recorded(dict.fromkeys(refs, name(caller)), late, times, callers)


def story(count: int, kind: str = "scam_caller") -> Story:
    return Story("s-1", kind, [f"c{n}" for n in range(count)], [CALLER])


def alert(ts: int, *listed: str, number: str = CALLER, **over: Any) -> CallAlert:
    fixed: dict[str, Any] = {"alert_id": "a", "kind": "scam_caller", "probability": 0.9}
    return CallAlert(
        **{**fixed, "ts": ts, "numbers": [Named(name(number))], "calls": [*listed]} | over
    )


@pytest.mark.parametrize(("ts", "in_time"), [(19_500, 1), (19_501, 0)])
def test_a_caller_is_found_in_time_before_its_twentieth_call_has_arrived(
    ts: int, in_time: int
) -> None:
    scores = score_calls([alert(ts, "c0")], [story(25)], calls(25), HASHER)
    assert scores.persistent["scam_caller"] == 1
    assert scores.in_time["scam_caller"] == in_time
    assert not scores.accused


def test_what_is_below_one_half_does_not_count() -> None:
    scores = score_calls([alert(0, "c0", probability=0.49)], [story(25)], calls(25), HASHER)
    assert scores.found["scam_caller"] == scores.in_time["scam_caller"] == 0


def test_of_a_campaign_the_calls_from_the_fiftieth_on_count() -> None:
    listed = [f"c{n}" for n in range(40, 55)]
    scores = score_calls([alert(0, *listed)], [story(60, "scam_campaign")], calls(60), HASHER)
    assert scores.rotating_calls["scam_campaign"] == 11
    assert scores.rotating_found["scam_campaign"] == 6
    assert scores.alone["scam_campaign"] == 1


def test_an_honest_caller_is_accused_by_its_look_unless_it_is_impersonated() -> None:
    look = Story("l-1", "look_alike", callers=[HONEST], look="courier")
    accuse = alert(0, number=HONEST)
    scores = score_calls([accuse], [story(25), look], calls(25), HASHER)
    assert scores.accused == {"courier": 1}
    assert scores.false_alerts == {"scam_caller": 1}
    assert scores.honest == 1
    spared = alert(0, numbers=[Named(name(HONEST), "impersonated")])
    assert not score_calls([spared], [story(25), look], calls(25), HASHER).accused


@pytest.mark.parametrize(("ts", "in_time"), [(19_500, 1), (19_501, 0)])
def test_an_impersonated_number_is_found_in_time_when_it_is_named_as_that(
    ts: int, in_time: int
) -> None:
    named = alert(ts, "c0", numbers=[Named(name(CALLER), "impersonated")])
    owner = Story("l-1", "look_alike", callers=[CALLER], look="impersonated")
    scores = score_calls([named], [story(25), owner], calls(25), HASHER)
    assert scores.in_time["scam_caller"] == in_time
    nobodys = score_calls([named], [story(25)], calls(25), HASHER)
    assert not nobodys.in_time["scam_caller"]
    assert nobodys.named_in_time["scam_caller"] == in_time


def test_an_owner_who_is_named_as_a_caller_is_accused() -> None:
    owner = Story("l-1", "look_alike", callers=[CALLER], look="impersonated")
    named = alert(5, "c0", numbers=[Named(name(CALLER), "impersonated")])
    spared = score_calls([named], [story(25), owner], calls(25), HASHER)
    assert (spared.owners, spared.owners_accused) == (1, 0)
    accused = score_calls([named, alert(9, "c0")], [story(25), owner], calls(25), HASHER)
    assert (accused.owners, accused.owners_accused) == (1, 1)
    assert "1 owners of numbers that frauds show, of whom accused as callers: 1" in shown(accused)


def test_a_victim_is_warned_by_a_notice_of_its_level_or_a_deeper_one() -> None:
    victims = [
        Story(f"v-{level}", "victim", subscriber=VICTIM, level=level, since=0)
        for level in ("shallow", "medium", "deep")
    ]
    notices = [Notice(name(VICTIM), "medium", 5), Notice(name(HONEST), "deep", 5)]
    scores = score_calls([], victims, calls(1), HASHER, notices)
    assert scores.warned == {"shallow": 1, "medium": 1, "deep": 0}
    assert scores.warned_falsely == 1


def written(folder: Path, hasher: Hasher = HASHER) -> tuple[Path, Path]:
    at = {"ts": 1_748_880_000_000, "point": "igw", "callee": "+8613812345671"}
    record = {**at, "ingress": "international", "answered": True, "caller": CALLER}
    lines = [json.dumps({**record, "call_ref": f"c{n}"}) for n in range(3)]
    (folder / "calls.jsonl").write_text("\n".join(lines))
    truth, alerts = folder / "truth.jsonl", folder / "alerts.jsonl"
    truth.write_text(
        json.dumps({"id": "s", "kind": "wangiri", "calls": ["c0"], "callers": [CALLER]})
    )
    about = {
        "number": name(CALLER, hasher),
        "prefix": "8613912",
        "class": "mobile",
        "role": "caller",
    }
    revision = {"alert_id": "a", "revision": 1, "ts": 1, "last_seen": 1, "kind": "wangiri"}
    alerts.write_text(
        json.dumps({**revision, "probability": 0.8, "numbers": [about], "calls": ["c0"]})
    )
    return alerts, truth


def test_a_run_is_scored_from_its_files(tmp_path: Path) -> None:
    scores = score_run(*written(tmp_path), HASHER, DEFAULT)
    assert scores.found == {"wangiri": 1}
    assert "wangiri" in shown(scores)
    assert [each.id for each in read_stories(tmp_path / "truth.jsonl")] == ["s"]
    (tmp_path / "calls.jsonl").unlink()
    (tmp_path / "sms.jsonl").write_text("")
    with pytest.raises(EvaluationError, match="no calls beside the truth"):
        score_run(tmp_path / "alerts.jsonl", tmp_path / "truth.jsonl", HASHER, DEFAULT)


def test_numbers_under_another_key_are_no_false_accusations(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="set CELLHOUND_KEY to the key of the run"):
        score_run(*written(tmp_path), Hasher(b"another key" * 3), DEFAULT)


def test_the_command_scores_calls_and_counts_them_as_no_transmitters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLHOUND_KEY", "a key for tests only")
    hasher = load_key(os.environ).hasher(load_settings(env={}).senders)
    alerts, truth = written(tmp_path, hasher)
    found = CliRunner().invoke(main, ["evaluate", str(alerts), "--truth", str(truth), "--json"])
    assert found.exit_code == 0, found.output
    scores = json.loads(found.stdout)
    assert scores["calls"]["found"] == {"wangiri": 1}
    assert scores["false_alerts"] == 0
