"""The whole pipeline over one small trace: its files, and that nothing but the messages counts.

Long because all of it is asked of one run over one trace.
"""

import base64
import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from shapely.geometry import shape

from detectors.rules import RULES
from replay.detect import detect
from replay.simulate import Scenario, simulate
from replay.traces.trace_files import TraceError
from streams.config.settings import Settings, load_settings
from streams.decode.dead_letters import REASONS
from streams.privacy.hasher import Hasher
from tests.replay.village import VILLAGE

pytestmark = pytest.mark.slow

STEMS = ("measurements", "signalling", "sms")
OUTPUTS = (
    "actions.jsonl",
    "alerts.geojson",
    "alerts.jsonl",
    "dead_letters.jsonl",
    "evidence.jsonl",
    "summary.json",
    "victims.jsonl",
)
#: Line by line what is wrong with it, and the reason of its dead letter.
BROKEN = (
    (b"no JSON", "not_json"),
    (b'{"ts": 1748916000000}', "missing_field"),
    (b'{"ts": "1748916000000", "device": "d", "source": "smsc", "sender": "1"}', "wrong_type"),
    (b'{"ts": 1748916000000, "device": "d", "source": "gossip", "sender": "1"}', "unknown_value"),
    (b"[]", "not_an_object"),
    (b'{"ts": 1, "device": "460001234567890", "source": "smsc", "sender": "1"}', None),
)


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def run(trace: Path, out: Path, key: bytes = b"k" * 32, register: Path | None = None) -> Path:
    settings = load_settings(env={})
    detect(trace, out, settings, Hasher(key, settings.senders), register)
    return out


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(env={})


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    simulate(msgspec.convert(VILLAGE, Scenario), 5, folder)
    return folder


@pytest.fixture(scope="module")
def out(trace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(trace, tmp_path_factory.mktemp("out") / "deep" / "er")


def test_it_writes_the_files_of_the_contract(out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == list(OUTPUTS)


def test_the_summary(trace: Path, out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text())
    lines = [
        len(gzip.decompress((trace / f"{stem}.jsonl.gz").read_bytes()).splitlines())
        for stem in STEMS
    ]
    assert summary["messages"] == sum(lines)
    assert summary["dead_letters"] == 0
    assert summary["alerts"] == len({alert["alert_id"] for alert in jsonl(out / "alerts.jsonl")})
    assert summary["findings"] == len(jsonl(out / "evidence.jsonl"))
    assert summary["register_rows"] == len((trace / "register.csv").read_text().splitlines()) - 1
    assert summary["register_rejects"] == 0
    assert summary["peak_rss_mb"] > 10.0
    rate = summary["messages"] / summary["seconds"]
    assert summary["messages_per_second"] == pytest.approx(rate, rel=0.05)
    assert set(summary["stages"]) == {"register", "read", "decode", "screen", "decide", "write"}
    assert 0.0 < sum(summary["stages"].values()) <= summary["seconds"] * 1.01


def test_every_alert_has_every_field(trace: Path, out: Path) -> None:
    alerts = jsonl(out / "alerts.jsonl")
    assert alerts
    arrivals = [
        message["rx_ts"]
        for stem in STEMS
        for line in gzip.decompress((trace / f"{stem}.jsonl.gz").read_bytes()).splitlines()
        for message in (json.loads(line),)
    ]
    required = {
        *("alert_id", "revision", "status", "ts", "first_seen", "last_seen", "kind", "identities"),
        *("probability", "severity", "devices", "reports", "evidence", "headline", "region_level"),
    }
    nullable = {"position", "region", "radius_m", "track"}
    revisions: dict[str, list[int]] = {}
    for alert in alerts:
        assert (required | nullable) <= set(alert)
        assert all(alert[name] is not None for name in required)
        revisions.setdefault(alert["alert_id"], []).append(alert["revision"])
        assert alert["status"] in {"open", "update", "closed"}
        assert alert["severity"] in {"info", "low", "medium", "high", "critical"}
        assert 0.0 <= alert["probability"] <= 1.0
        assert alert["first_seen"] <= alert["last_seen"] <= alert["ts"]
        assert min(arrivals) <= alert["ts"] <= max(arrivals)
        weights = [share["weight"] for share in alert["evidence"]]
        assert weights == sorted(weights, reverse=True)
        for share in alert["evidence"]:
            fields = {"detector", "weight", "count", "first_ts", "last_ts", "explanation"}
            assert fields <= set(share)
        for identity in alert["identities"]:
            assert set(identity) == {"rat", "mcc", "mnc", "area", "cell", "arfcn", "pci"}
        if alert["region"] is not None:
            assert shape(alert["region"]).is_valid
            assert alert["radius_m"] > 0.0
    assert all(seen == list(range(1, len(seen) + 1)) for seen in revisions.values())
    # A trace's end closes no incident.
    assert all(alert["status"] != "closed" for alert in alerts)
    assert [alert["ts"] for alert in alerts] == sorted(alert["ts"] for alert in alerts)


def test_the_map_layer_holds_the_newest_revision_of_each_alert(out: Path) -> None:
    newest = {alert["alert_id"]: alert for alert in jsonl(out / "alerts.jsonl")}
    features = json.loads((out / "alerts.geojson").read_text())["features"]
    assert [feature["id"] for feature in features] == list(newest)
    for feature in features:
        alert = newest[feature["id"]]
        assert feature["geometry"] == alert["region"]
        assert feature["properties"]["revision"] == alert["revision"]


def test_the_evidence_names_rule_time_weight_and_source(trace: Path, out: Path) -> None:
    rules = {rule.name: rule for rule in RULES}
    findings = jsonl(out / "evidence.jsonl")
    assert {finding["detector"] for finding in findings} <= set(rules)
    assert {"unknown_old_area", "unknown_cell"} <= {finding["detector"] for finding in findings}
    for finding in findings:
        assert {"detector", "version", "ts", "rx_ts", "weight", "source"} <= set(finding)
        assert finding["version"] == rules[finding["detector"]].version
        assert finding["ts"] <= finding["rx_ts"]
        assert finding["source"]["topic"] in {
            "cell.measurements",
            "cell.signalling",
            "sms.metadata",
        }
        assert finding["source"]["offset"] >= 1  # the line
    assert any(finding.get("place") for finding in findings)
    assert any(finding.get("claimed", {}).get("area") for finding in findings)
    # The line is the one that the finding is about.
    first = next(f for f in findings if f["source"]["topic"] == "cell.signalling")
    lines = gzip.decompress((trace / "signalling.jsonl.gz").read_bytes()).splitlines()
    assert json.loads(lines[first["source"]["offset"] - 1])["ts"] == first["ts"]


@pytest.mark.parametrize("form", [".jsonl", ".jsonl.gz"])
def test_dead_letters_name_file_line_and_reason(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "trace"
    folder.mkdir()
    good = b'{"ts": 1748916000000, "device": "d", "source": "smsc", "sender": "95588"}'
    lines = b"\n".join(line for broken, _ in BROKEN for line in (good, broken)) + b"\n"
    packed = gzip.compress(lines) if form.endswith("gz") else lines
    (folder / f"sms{form}").write_bytes(packed)
    letters = jsonl(run(folder, tmp_path / "out") / "dead_letters.jsonl")
    assert [letter["offset"] for letter in letters] == [2, 4, 6, 8, 10, 12]
    for letter, (broken, reason) in zip(letters, BROKEN, strict=True):
        assert set(letter) == {
            *("reason", "detail", "topic", "partition", "offset", "index"),
            *("rx_ts", "bytes", "sha256", "value_base64"),
        }
        assert letter["reason"] == reason or (reason is None and letter["reason"] in REASONS)
        assert letter["bytes"] == len(broken)
        value = base64.b64decode(letter["value_base64"])
        assert letter["sha256"] == hashlib.sha256(value).hexdigest()
        assert b"460001234567890" not in value
        if b"460001234567890" not in broken:
            assert value == broken
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["dead_letters"] == 6


def test_the_topic_of_a_dead_letter_is_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "trace"
    folder.mkdir()
    (folder / "sms.jsonl").write_text("no JSON\n")
    (letter,) = jsonl(run(folder, tmp_path / "out") / "dead_letters.jsonl")
    assert letter["topic"].endswith("sms.jsonl")


def test_what_is_no_fraud_in_files_of_calls_changes_nothing(
    trace: Path, out: Path, tmp_path: Path
) -> None:
    """Alerts and other findings are those without them, and what can't be read has its file and
    line."""
    folder = tmp_path / "trace"
    shutil.copytree(trace, folder)
    at = {"ts": 1748916000000}
    call = {"call_ref": "c", "point": "msc", "callee": "861087654321", "ingress": "onnet"}
    files = {
        "calls": at | call | {"answered": True},
        "numbers": at | {"prefix": "8640012"},
        "subscribers": at | {"subscriber": "s", "kind": "activated"},
        "reports": at | {"source": "app", "about": "url", "url_domain": "a.example"},
    }
    for stem, message in files.items():
        good = json.dumps(message)
        lines = [good, '{"callee": "861087654321"', good, '{"ts": 1748916000000}']
        (folder / f"{stem}.jsonl").write_text("\n".join(lines))
    more = run(folder, tmp_path / "out")
    letters = jsonl(more / "dead_letters.jsonl")
    assert {(letter["topic"], letter["offset"], letter["reason"]) for letter in letters} == {
        (f"{stem}.jsonl", line, reason)
        for stem in files
        for line, reason in ((2, "not_json"), (4, "missing_field"))
    }
    values = [base64.b64decode(letter["value_base64"]) for letter in letters]
    assert not [value for value in values if b"7654321" in value]
    counts = [json.loads((each / "summary.json").read_text())["messages"] for each in (more, out)]
    assert counts[0] == counts[1] + 4 * len(files)
    assert (more / "alerts.jsonl").read_bytes() == (out / "alerts.jsonl").read_bytes()
    # Only the complaint is a finding by itself, which alone makes no alert.
    found = (more / "evidence.jsonl").read_bytes().splitlines()
    of_stations = [line for line in found if b'"detector":"reputation"' not in line]
    assert sorted(of_stations) == sorted((out / "evidence.jsonl").read_bytes().splitlines())
    assert len(found) == len(of_stations) + 2


def test_two_runs_write_the_same_bytes(trace: Path, out: Path, tmp_path: Path) -> None:
    again = run(trace, tmp_path / "again")
    for name in OUTPUTS:
        if name != "summary.json":  # which holds times
            assert (again / name).read_bytes() == (out / name).read_bytes(), name


def test_a_second_run_replaces_the_first(trace: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    (quiet / "sms.jsonl").write_text("")
    run(trace, tmp_path / "out")
    run(quiet, tmp_path / "out")
    assert (tmp_path / "out" / "alerts.jsonl").read_bytes() == b""
    assert json.loads((tmp_path / "out" / "alerts.geojson").read_text())["features"] == []


@pytest.mark.nightly
def test_another_key_gives_the_same_alerts(trace: Path, out: Path, tmp_path: Path) -> None:
    """Also where the trace holds bare identifiers, which every key hashes to other pseudonyms."""
    bare = tmp_path / "bare"
    shutil.copytree(trace, bare)
    names: dict[str, str] = {}
    for stem in STEMS:
        path = bare / f"{stem}.jsonl.gz"
        messages = [
            msgspec.json.decode(line) for line in gzip.decompress(path.read_bytes()).splitlines()
        ]
        for message in messages:
            who = "subscriber" if stem == "signalling" else "device"
            message[who] = names.setdefault(message[who], f"{460_000_000_000_000 + len(names)}")
        path.write_bytes(gzip.compress(b"".join(msgspec.json.encode(m) + b"\n" for m in messages)))
    one, other = (run(bare, tmp_path / str(n), key=bytes([n]) * 32) for n in (1, 2))
    for name in ("alerts.jsonl", "alerts.geojson"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert (one / "alerts.jsonl").read_bytes() == (out / "alerts.jsonl").read_bytes()
    evidence = [(folder / "evidence.jsonl").read_bytes() for folder in (one, other)]
    assert evidence[0] != evidence[1]  # the pseudonyms in it
    assert not any(name.encode() in text for text in evidence for name in names.values())


@pytest.mark.parametrize("form", [".jsonl", ".jsonl.zst", ".parquet"])
def test_other_forms_of_the_trace_give_the_same_alerts(
    trace: Path, out: Path, tmp_path: Path, form: str
) -> None:
    other = tmp_path / "trace"
    other.mkdir()
    shutil.copy(trace / "register.csv", other)
    for stem in STEMS:
        lines = gzip.decompress((trace / f"{stem}.jsonl.gz").read_bytes())
        path = other / f"{stem}{form}"
        if form == ".parquet":
            messages = [msgspec.json.decode(line) for line in lines.splitlines()]
            columns = sorted({name for message in messages for name in message})
            pq.write_table(
                pa.table({c: [message.get(c) for message in messages] for c in columns}), path
            )
        else:
            path.write_bytes(zstandard.compress(lines) if form.endswith("zst") else lines)
    again = run(other, tmp_path / "out")
    for name in ("alerts.jsonl", "alerts.geojson", "evidence.jsonl", "dead_letters.jsonl"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


def test_the_register_named_comes_before_the_traces_own(
    trace: Path, out: Path, tmp_path: Path
) -> None:
    """With a register of nothing known of these cells, other things are found."""
    header = (trace / "register.csv").read_text().splitlines()[0]
    other = tmp_path / "other.csv"
    other.write_text(f"{header}\n")
    named = run(trace, tmp_path / "out", register=other)
    assert json.loads((named / "summary.json").read_text())["register_rows"] == 0
    assert (named / "evidence.jsonl").read_bytes() != (out / "evidence.jsonl").read_bytes()


def test_without_a_register_nothing_breaks_and_rules_that_need_one_are_silent(
    trace: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "trace"
    shutil.copytree(trace, bare, ignore=shutil.ignore_patterns("register.csv"))
    found = jsonl(run(bare, tmp_path / "out") / "evidence.jsonl")
    needing = {"unknown_cell", "unknown_old_area", "impossible_distance"}
    assert not needing & {finding["detector"] for finding in found}


def test_a_folder_without_a_trace_is_refused_and_nothing_is_written(
    tmp_path: Path, settings: Settings
) -> None:
    with pytest.raises(TraceError, match="holds no file of a trace"):
        detect(tmp_path, tmp_path / "out", settings, Hasher(b"k" * 32, settings.senders))
    assert not (tmp_path / "out").exists()


def test_feedback_in_a_trace_closes_the_alert_and_mutes_its_place(
    trace: Path, out: Path, tmp_path: Path
) -> None:
    opened, *_ = jsonl(out / "alerts.jsonl")
    verdict_ms = opened["ts"] + 30_000
    later = [alert for alert in jsonl(out / "alerts.jsonl") if alert["ts"] > verdict_ms]
    assert len(later) >= 3
    with_verdict = tmp_path / "with_verdict"
    shutil.copytree(trace, with_verdict)
    feedback = {"rx_ts": verdict_ms, "alert_id": opened["alert_id"], "by": "team-1"}
    lines = [{**feedback, "verdict": "legitimate_cell"}, {**feedback, "verdict": "gossip"}]
    (with_verdict / "feedback.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    alerts = jsonl(run(with_verdict, tmp_path / "out") / "alerts.jsonl")
    assert alerts[:-1] == [a for a in jsonl(out / "alerts.jsonl") if a["ts"] <= verdict_ms]
    last = alerts[-1]
    assert (last["status"], last["ts"], last["verdict"]) == (
        "closed",
        verdict_ms,
        "legitimate_cell",
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["dropped_fields"]["verdict"] == 1
