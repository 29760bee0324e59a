"""The door: help, wrong use, failure and success of every command, and which stream they use.

Long because it is one list, every command in each way that it can end.
"""

import ast
import gzip
import importlib
import itertools
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import cellhound
from cellhound import main
from replay.results.running import detect_with
from tests.replay.test_alert_files import alert

ROOT = Path(__file__).parents[1]
HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
)
SCENARIO = """
name: hamlet
description: Nobody rogue.
start_ms: 1748916000000
duration_s: 60
city: {centre_lat_deg: 30.6, centre_lon_deg: 104.0, size_m: 1000}
operators: [{mcc: 460, mnc: 0, share: 1.0}]
people: {phones: 20}
"""
NO_CELL_TO_CLONE = """
far_town: null
rogues:
  - id: clone
    kind: cloned_cell
    rat: lte
    place: {mode: parked, at_m: [0, 0]}
    active_s: [[1, 20]]
    claims: [0]
    identity: {mode: clone, at_least_m: 90000}
"""
WRONG_SETTINGS = """
kafka: {bootstap: 127.0.0.1:9092}
streams: {idle_s: soon}
rules: {unknown_cell: {wait: 1}, fake_tower: {}}
colour: red
"""
WRONG_PLACES = (
    "kafka.bootstap",
    "streams.idle_s",
    "rules.unknown_cell.wait",
    "rules.fake_tower",
    "colour",
)

#: Every command with the least that it can be called with; see `files` for the names.
LEAST: dict[str, tuple[str, ...]] = {
    "detect": ("trace", "--out", "out"),
    "worker": (),
    "replay": ("trace",),
    "ingest": (),
    "record": ("--out", "out"),
    "simulate": ("scenario.yaml", "--out", "out"),
    "evaluate": ("alerts.jsonl", "--truth", "truth.jsonl"),
    "register audit": ("trace", "--out", "out"),
    "register import": ("register.csv",),
    "profile export": ("--out", "profile.json"),
    "profile import": ("empty.json",),
    "profile show": ("empty.json",),
    "import auto": ("cells.ntm", "--out", "out"),
    "import tower-collector": ("tower.csv", "--out", "out"),
    "import g-nettrack": ("log.txt", "--out", "out"),
    "import kismet": ("log.kismet", "--out", "out"),
    "import csv": ("tower.csv", "--out", "out", "--mapping", "mapping.yaml"),
    "import netmonster": ("cells.ntm", "--out", "out"),
    "import opencellid": ("register.csv", "--out", "out"),
    "import nas": ("capture.pcap", "--out", "out"),
    "import rayhunter": ("analysis.ndjson", "--out", "out"),
    "import nas-table": ("events.csv", "--out", "out"),
    "start": ("--no-browser",),
    "broker up": (),
    "broker down": (),
    "broker status": (),
    "broker acls": (),
    "demo": (),
    "console": (),
    "accounts add": ("anna", "--password-file", "password"),
    "accounts list": (),
    "accounts remove": ("anna",),
    "accounts token": ("anna",),
    "accounts mfa": ("anna", "--off"),
    "notify run": (),
    "notify test": ("pager",),
    "notify list": (),
    "evidence export": ("0" * 32, "--out", "bundle.zip"),
    "evidence verify": ("bundle.zip",),
    "doctor": (),
    "basemap make": ("empty.json",),
    "account": (),
    "capacity": (),
    "numbers show": ("13912345678",),
    "numbers check": ("plan.csv",),
    "calls trace": ("trace", "--call", "c-1"),
    "calls cases": ("trace",),
    "calls sums": ("trace",),
    "numbers import": ("numbers.csv",),
    "rollup export": (),
    "rollup national": (),
    "rollup mirror-config": ("--national", "n:1", "--province", "east=e:1"),
    "rollup mirror": ("mm2.properties",),
    "state show": (),
    "state reset": (),
    "accounts public-key": (),
    "evidence public-key": (),
    "check-message": ("cell.signalling", "messages.jsonl"),
}
NEEDING_KAFKA = (
    "worker",
    "replay",
    "ingest",
    "record",
    "register import",
    "numbers import",
    "profile export",
    "profile import",
    "console",
    "evidence export",
    "rollup national",
)

#: Wrong uses, and what the sentence must name.
WRONG: tuple[tuple[str, str], ...] = (
    ("", "Usage"),
    ("fly", "No such command 'fly'"),
    ("register", "import"),
    ("broker", "status"),
    ("broker restart", "No such command 'restart'"),
    ("rollup export", "rollup.province: name the province"),
    ("rollup export --province a.b", "rollup.province"),
    ("rollup export --province east", "CELLHOUND_NATIONAL_KEY is not set"),
    ("rollup mirror-config --national n:1 --province a.b=e:1", "give NAME=HOST:PORT"),
    ("rollup mirror-config --national n:1 --province national=e:1", "give NAME=HOST:PORT"),
    ("broker acls --role pilot", "no role pilot; roles are worker, console"),
    ("import", "nas"),
    (
        "import auto map.kml --out out",
        "map.kml: no importer reads it; it looks like a KML document",
    ),
    ("import auto no-columns.csv --out out", "it looks like a CSV table; name its columns"),
    ("import nas map.kml --out out", "is not a capture (pcap or pcapng); it looks like a KML"),
    ("import nas capture.pcap --out out", "capture.pcap: is not a capture (pcap or pcapng)"),
    ("import nas-table events.csv --out out", "is not a table of decoded NAS messages"),
    ("import kismet log.kismet --out out", "log.kismet: nothing in it can be used"),
    ("import g-nettrack tower.csv --out out", "it looks like a Tower Collector export"),
    ("import g-nettrack log.txt --out out --utc-offset 8", "write it as +08:00"),
    ("import g-nettrack log.txt --out out", "log.txt: nothing in it can be used: 1 other tech"),
    ("import netmonster none.ntm --out out", "'none.ntm' does not exist"),
    ("import opencellid tower.csv --out out", "is not an OpenCelliD register (CSV); it looks"),
    ("import opencellid tower.csv --out out --columns list.yaml", "list.yaml: must be a mapping"),
    ("import csv tower.csv --out out", "Missing option '--mapping'"),
    ("import csv tower.csv --out out --mapping empty.yaml", "must be a mapping with the keys into"),
    (
        "import csv map.kml --out out --mapping mapping.yaml",
        "is not a CSV table; it looks like",
    ),
    ("import rayhunter analysis.ndjson --out out", "nothing in it can be used: 1 without network"),
    ("register import --check register.csv --columns list.yaml", "must be a mapping"),
    ("import nas capture.pcap --out out --plmn china", "write MCC-MNC, such as 460-00"),
    ("import nas none.pcap --out out", "'none.pcap' does not exist"),
    ("detect", "Missing argument 'TRACE'"),
    ("detect trace", "Missing option '--out'"),
    ("detect nowhere --out out", "'nowhere' does not exist"),
    ("detect alerts.jsonl --out out", "'alerts.jsonl' is a file"),
    ("detect empty --out out", "holds no file of a trace. A trace is a folder with"),
    ("detect twice --out out", "the same file in two forms; keep one"),
    ("detect broken-parquet --out out", "measurements.parquet: can't be read as Parquet"),
    ("detect trace --out alerts.jsonl", "alerts.jsonl is a file; name a folder"),
    ("detect trace --out alerts.jsonl/deep/out", "alerts.jsonl is a file; name a folder"),
    ("detect trace --out out --register nowhere.csv", "'nowhere.csv' does not exist"),
    ("detect trace --out out --register trace", "'trace' is a directory"),
    ("detect trace --out out --register empty.csv", "expected is a CSV file"),
    ("detect trace --out out --register no-columns.csv", "lacks radio, mcc"),
    ("detect trace --out out --register broken.csv.gz", "broken.csv.gz: damaged or cut short"),
    ("detect trace --out out --config nowhere.yaml", "'nowhere.yaml' does not exist"),
    ("detect trace --out out --config trace", "'trace' is a directory"),
    ("detect trace --out out --config list.yaml", "must be a mapping"),
    ("detect trace --out out --config no-yaml.yaml", "is not YAML"),
    ("detect trace --out out --config binary.yaml", "is not YAML"),
    ("check-message cell.signalling", "Missing argument 'FILE'"),
    ("capacity --subscribers 0", "0.0 is not in the range x>=1.0"),
    ("capacity --set peek=2", "--set peek: there is no such name; there are subscribers, peak"),
    ("capacity --costs empty.csv", "empty.csv: Object missing required field"),
    ("numbers", "show"),
    ("numbers show", "Missing argument 'NUMBER...'"),
    ("numbers show 110 --nai local", "'local' is not a valid integer"),
    ("numbers check empty.csv", "empty.csv: line 1: is empty; expected is a CSV file in UTF-8"),
    ("numbers check no-columns.csv", "line 1: lacks prefix, digits, class; expected is"),
    ("numbers check register.csv", "line 1: lacks prefix, digits, class"),
    ("numbers import", "Missing argument 'FILE'"),
    ("numbers import --check empty.csv", "empty.csv: line 1: is empty; expected is a CSV file"),
    ("numbers import --check register.csv", "line 1: lacks prefix"),
    ("numbers import --check plan.csv", "line 1: there is no column 'digits'"),
    ("check-message cell.sign messages.jsonl", "no input topic; those are cell.measurements, cell"),
    ("check-message fbs.alerts messages.jsonl", "fbs.alerts is no input topic"),
    ("check-message cell.signalling nowhere.jsonl", "'nowhere.jsonl' does not exist"),
    ("check-message cell.signalling register.csv", "its name ends in none of .jsonl, .jsonl.gz"),
    ("worker now", "unexpected extra argument (now)"),
    ("worker --log-level loud", "'loud' is not one of 'crit', 'error'"),
    ("worker --bootstrap 127.0.0.1:port", "give HOST:PORT"),
    ("worker --bootstrap kafka.example:9092", "CELLHOUND_KEY must be set"),
    ("replay", "Missing argument 'TRACE'"),
    ("replay nowhere", "'nowhere' does not exist"),
    ("replay empty", "holds no file of a trace"),
    ("replay trace --speed fast", "'fast' is neither a number above 0 nor max"),
    ("replay trace --speed 0", "neither a number above 0 nor max"),
    ("replay trace --speed -1", "neither a number above 0 nor max"),
    ("replay trace --speed nan", "neither a number above 0 nor max"),
    ("replay trace --speed inf", "neither a number above 0 nor max"),
    ("replay trace --max-gap -1", "-1.0 is not in the range x>=0"),
    ("replay trace --max-gap wide", "'wide' is not a valid float"),
    ("replay trace --bootstrap :9092", "give HOST:PORT"),
    ("replay trace --bootstrap 127.0.0.1:99999", "give HOST:PORT"),
    ("replay trace --bootstrap 127.0.0.1:9092,", "give HOST:PORT"),
    ("ingest --arrow", "--arrow goes with --stdin"),
    ("ingest --stdin cell.signalling", "topics are cell.measurements, device.signalling"),
    ("ingest --topic fbs.alerts", "ingest.topics"),
    ("ingest --listen nowhere", "ingest.listen: 'nowhere' is no address"),
    ("ingest --listen 0.0.0.0:8341", "there are no tokens"),
    ("ingest --bootstrap kafka.example:9092", "CELLHOUND_KEY must be set"),
    ("ingest --new-token #anna", "is no name for a token"),
    ("record", "Missing option '--out'"),
    ("record --out alerts.jsonl", "alerts.jsonl is a file; name a folder"),
    ("record --out out --form xml", "'xml' is not one of 'jsonl', 'jsonl.gz'"),
    ("record --out out --from today", "'today' is not a valid integer"),
    ("record --out out --from 5 --to 5", "--from 5 is not before --to 5"),
    ("simulate", "Missing option '--out'"),
    ("simulate --out out", "name a scenario, or draw a world with --drawn"),
    ("simulate scenario.yaml --out out --honest", "a scenario that isn't drawn"),
    ("simulate --drawn --out out --parameter phones=1", "phones lies between 800 and 3200"),
    ("simulate scenario.yaml", "Missing option '--out'"),
    ("simulate nowhere.yaml --out out", "'nowhere.yaml' does not exist"),
    ("simulate trace --out out", "'trace' is a directory"),
    ("simulate moving-blastr --out out", "Did you mean moving-blaster? There are benign-city"),
    ("simulate nothing-alike-at-all --out out", "no scenario that ships. There are benign-city"),
    ("simulate scenario.yaml --out alerts.jsonl", "alerts.jsonl is a file; name a folder"),
    ("simulate scenario.yaml --out out --seed -1", "-1 is not in the range x>=0"),
    ("simulate scenario.yaml --out out --seed one", "'one' is not a valid integer"),
    ("simulate no-yaml.yaml --out out", "no-yaml.yaml: is not YAML"),
    ("simulate binary.yaml --out out", "binary.yaml: is not YAML"),
    ("simulate list.yaml --out out", "top level: must be a mapping"),
    ("simulate empty.csv --out out", "top level: must be a mapping"),
    ("simulate wrong.yaml --out out", "kafka: no such key; known keys are name"),
    ("simulate wrong-seconds.yaml --out out", "duration_s: must be a number at least 60"),
    ("simulate no-clone.yaml --out out", "name a far_town, or a smaller at_least_m"),
    ("evaluate", "Missing argument 'ALERTS'"),
    ("evaluate alerts.jsonl", "Missing option '--truth'"),
    ("evaluate nowhere.jsonl --truth truth.jsonl", "'nowhere.jsonl' does not exist"),
    ("evaluate alerts.jsonl --truth nowhere.jsonl", "'nowhere.jsonl' does not exist"),
    (
        "evaluate broken.jsonl --truth truth.jsonl",
        "broken.jsonl, line 3: this is no line of alerts",
    ),
    (
        "evaluate alerts.jsonl --truth broken.jsonl",
        "broken.jsonl, line 3: this is no line of truth",
    ),
    ("evaluate alerts.jsonl --truth never-on.jsonl", "line 1: this is no line of truth"),
    (
        "evaluate alerts.jsonl --truth truth.jsonl --register no-numbers.csv",
        "no-numbers.csv, line 2: mcc is 'x'",
    ),
    (
        "evaluate alerts.jsonl --truth truth.jsonl --register broken.csv.gz",
        "broken.csv.gz: damaged or cut short",
    ),
    ("register audit trace", "Missing option '--out'"),
    ("register audit --out out", "name a TRACE, or --bootstrap"),
    ("register audit trace --out out --minutes 5", "not both"),
    ("register audit --out out --bootstrap 127.0.0.1:1 --minutes 0", "0 is not in the range"),
    ("register audit nowhere --out out", "'nowhere' does not exist"),
    ("register audit empty --out out", "holds no file of a trace"),
    ("register import", "Missing argument 'FILE'"),
    ("register import nowhere.csv", "'nowhere.csv' does not exist"),
    ("register import trace", "'trace' is a directory"),
    ("register import --check empty.csv", "expected is a CSV file"),
    ("register import --check no-columns.csv", "lacks radio, mcc"),
    ("register import --check broken.csv.gz", "broken.csv.gz: damaged or cut short"),
    ("profile", "export"),
    ("profile export", "Missing option '--out'"),
    ("profile import", "Missing argument 'FILE'"),
    ("profile show nowhere.json", "'nowhere.json' does not exist"),
    ("profile show broken.jsonl", "broken.jsonl: is not JSON"),
    ("profile show world.json", "format: is no profile; a file of `cellhound profile export`"),
    ("profile import later.json", "later.json: version: must be 1, got 2"),
    ("detect trace --out out --profile later.json", "later.json: version: must be 1, got 2"),
    ("detect trace --out out --profile-out trace", "'trace' is a directory"),
    ("detect trace --out out --profile-out no/p.json", "there is no folder no for p.json"),
    ("detect trace --out out --report no/r.html", "there is no folder no for r.html"),
    ("replay trace --prefix a/b", "'a/b' can't begin names of topics"),
    (f"worker --prefix {'a' * 201}", "a prefix of 200 of them at most"),
    ("broker up --port 0", "0 is not in the range 1<=x<=65535"),
    ("broker down --port kafka", "'kafka' is not a valid integer"),
    ("broker status --port 65536", "65536 is not in the range"),
    ("start --port 0", "0 is not in the range 1<=x<=65535"),
    ("start --data alerts.jsonl", "alerts.jsonl is a file; name a folder"),
    ("start --bootstrap 127.0.0.1:1 --broker-port 9093", "but 127.0.0.1:1 is named"),
    ("demo --stay --no-broker", "--stay needs a broker"),
    ("demo --port 8341", "which needs --stay"),
    ("demo --seed -1", "-1 is not in the range x>=0"),
    ("demo --out alerts.jsonl", "alerts.jsonl is a file; name a folder"),
    ("demo loud", "unexpected extra argument (loud)"),
)


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = [name for name, _ in leaves(main)]
Run = Callable[..., Result]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with good and broken files, and an environment without surprises."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path / "home"))
    for name in ("CELLHOUND_KEY", "CELLHOUND_CONFIG", "KAFKA_BOOTSTRAP"):
        monkeypatch.setenv(name, "")
    for folder in ("trace", "twice", "empty", "broken-parquet"):
        Path(folder).mkdir()
    good = {"ts": 1748916000000, "device": "d", "source": "device", "sender": "95588"}
    texts = {
        "trace/sms.jsonl": json.dumps(good) + "\nno JSON\n",
        "twice/sms.jsonl": "",
        "twice/sms.parquet": "",
        "broken-parquet/measurements.parquet": "none",
        "scenario.yaml": SCENARIO,
        "no-clone.yaml": SCENARIO + NO_CELL_TO_CLONE,
        "wrong-seconds.yaml": SCENARIO.replace("duration_s: 60", "duration_s: 5"),
        "wrong.yaml": WRONG_SETTINGS,
        "list.yaml": "[1, 2]",
        "empty.yaml": "",
        "no-yaml.yaml": "kafka: [",
        "alerts.jsonl": "",
        "password": "a password for tests only\n",
        "bundle.zip": "no zip",
        "truth.jsonl": "",
        "messages.jsonl": json.dumps(good) + "\n",
        "broken.jsonl": "\n\nno JSON\n",
        "never-on.jsonl": json.dumps(
            {"id": "a", "rat": "gsm", "kind": "k", "identities": [], "active": [], "track": []}
        ),
        "mm2.properties": "clusters = a, b\n",
        "capture.pcap": "no pcap",
        "map.kml": '<?xml version="1.0"?><kml><Document/></kml>',
        "cells.ntm": "4G;001;01;13;21800;141311;270;10.5;-30.5;Pylon;6200\n",
        "tower.csv": (
            "mcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,bearing,altitude,"
            "measured_at,net_type,neighboring,device\n"
            "1,1,4100,25601,,,-85,,10,-30,8,1,2,3,2024-06-01T08:00:00.123Z,LTE,false,A\n"
        ),
        "log.txt": "Timestamp\tLongitude\tLatitude\tCellID\n2024.06.01_08.00.00\t-30\t10\t7\n",
        "mapping.yaml": (
            "into: measurements\ncolumns: {ts: {column: measured_at, unit: iso}, mcc: mcc,"
            " mnc: mnc, area: lac, cell: cell_id, signal_dbm: dbm}\nconstants: {rat: lte}\n"
        ),
        "analysis.ndjson": (
            '{"analyzers":[{"name":"Null Cipher"}]}\n{"packet_timestamp":"2026-03-09T01:48:02Z",'
            '"events":[{"message":"Cell suggested use of null cipher"}]}\n'
        ),
        "events.csv": "trace,ts\n",
        "empty.json": '{"format": "cellhound-profile", "version": 1}',
        "later.json": '{"format": "cellhound-profile", "version": 2}',
        "world.json": "{}",
        "register.csv": HEADER + "GSM,460,0,1,2,0,104.0,30.6,1000,1,0,0,0,0\n",
        "empty.csv": "",
        "no-columns.csv": "a,b\n1,2\n",
        "plan.csv": "prefix,digits,class\n8613912,13,iot\n",
        "numbers.csv": "prefix,class\n8613912,iot\n8613812345678,mobile\n",
        "no-numbers.csv": HEADER + "GSM,x,0,1,2,0,104.0,30.6,1000,1,0,0,0,0\n",
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("binary.yaml").write_bytes(b"\xff\xfe")
    with sqlite3.connect("log.kismet") as database:
        database.execute("CREATE TABLE KISMET (kismet_version TEXT)")
    database.close()
    Path("broken.csv.gz").write_bytes(gzip.compress(HEADER.encode())[:-9])
    return tmp_path


@pytest.fixture
def run(files: Path) -> Run:
    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, [part for word in words for part in word.split()])
        # An exception that got this far would be a traceback in a terminal.
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            f"{words}: {result.exception!r}"
        )
        return result

    return run


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens, and the patience for a broker is over at once."""
    clock = itertools.count(step=100.0)
    monkeypatch.setattr("streams.kafka.make_topics.is_open", lambda *_: False)
    monkeypatch.setattr(
        "streams.kafka.make_topics.time",
        SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None),
    )


def test_every_command_is_in_the_table_of_this_test() -> None:
    assert set(COMMANDS) == set(LEAST)


@pytest.mark.parametrize("command", ["", "register", "broker", *COMMANDS])
def test_help_exits_0(run: Run, command: str) -> None:
    for flag in ("--help", "-h"):
        result = run(command, flag)
        assert result.exit_code == 0, (command, flag, result.output)
        assert result.stdout.startswith("Usage:")
        assert result.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_sentence(command: str) -> None:
    params = [param for param in dict(leaves(main))[command].params if param.name != "help"]
    options = [param for param in params if isinstance(param, click.Option)]
    silent = {option.name for option in options if not option.help}
    # Their defaults explain them.
    assert silent <= {"port", "seed", "form", "log_level", "out", "role"}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_wrong_use(run: Run, command: str) -> None:
    result = run(command, *LEAST[command], "--colour")
    assert result.exit_code == 2
    assert "No such option: --colour" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_all_problems_of_a_configuration_are_listed(run: Run, command: str) -> None:
    result = run(command, *LEAST[command], "--config wrong.yaml")
    assert result.exit_code == 2
    assert "wrong.yaml can't be used" in result.stderr
    for place in WRONG_PLACES:
        assert f"\n  {place}: " in result.stderr
    assert "no such key; known keys are" in result.stderr
    assert result.stdout == ""
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"), WRONG, ids=[words or "nothing" for words, _ in WRONG]
)
def test_wrong_use_exits_2_with_a_sentence(run: Run, words: str, sentence: str) -> None:
    result = run(words)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_an_unknown_topic_in_the_partitions_is_wrong_use(run: Run) -> None:
    Path("topics.yaml").write_text("kafka: {partitions: {cell.towers: 3}}")
    assert run("record --out out --config topics.yaml").exit_code == 2


@pytest.mark.parametrize("name", ["CELLHOUND_CONFIG", "KAFKA_BOOTSTRAP", "CELLHOUND__KAFKA"])
def test_a_wrong_environment_is_wrong_use(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "/nowhere:x")
    result = run("replay trace")
    assert result.exit_code == 2
    assert result.stderr.strip().endswith(("Name a YAML file.", "configuration", "a mapping"))


@pytest.mark.usefixtures("no_broker")
@pytest.mark.parametrize("command", NEEDING_KAFKA)
def test_no_broker_is_a_failure_with_a_sentence(run: Run, command: str) -> None:
    result = run(command, *LEAST[command], "--bootstrap 127.0.0.1:9")
    assert result.exit_code == 1
    assert "No Kafka broker answers at 127.0.0.1:9" in result.stderr
    assert "cellhound broker up" in result.stderr
    assert result.stdout == ""


def test_no_key_is_a_failure_with_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLHOUND_HOME", "/proc/nowhere")
    result = run("detect trace --out out")
    assert result.exit_code == 1
    assert "Set CELLHOUND_KEY" in result.stderr


def test_a_disk_that_fails_is_a_failure_with_a_sentence(run: Run) -> None:
    Path("out/alerts.jsonl").mkdir(parents=True)
    result = run("detect trace --out out")
    assert result.exit_code == 1
    assert "out/alerts.jsonl: can't be read or written (Is a directory)." in result.stderr


def test_a_bug_is_shown_as_one(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("replay.detect.detect", broken)
    result = CliRunner().invoke(main, ["detect", "trace", "--out", "out"])
    assert isinstance(result.exception, ValueError)


def test_detect_says_what_it_did_and_where_it_lies(run: Run) -> None:
    result = run("detect trace --out out")
    assert result.exit_code == 0
    assert result.stdout.startswith("2 messages, 0 findings, 1 dead letters, 0 alerts in ")
    assert result.stdout.endswith(": out\n")
    # The key was made just now: a warning, and so on the other stream.
    assert "CELLHOUND_KEY is not set" in result.stderr
    head, row = run("detect trace --out out").stderr.splitlines()
    assert head == "cellhound: what could not be read (all of it is in out/dead_letters.jsonl):"
    assert row.startswith("  1 of sms.jsonl: not_json, first in line 2: JSON is malformed: ")
    Path("trace/sms.jsonl").write_text("")
    assert run("detect trace --out out").stderr == ""


def test_what_has_the_name_of_a_traces_file_and_is_none_is_not_passed_over(run: Run) -> None:
    Path("trace/measurements.jsonl.gz").symlink_to("nowhere")
    result = run("detect trace --out out")
    assert result.exit_code == 2
    assert "trace/measurements.jsonl.gz: is no file, or a link to one" in result.stderr
    Path("trace/measurements.jsonl.gz").unlink()
    Path("trace/register.csv").mkdir()
    assert "trace/register.csv: is no file" in run("detect trace --out out").stderr


def test_detect_says_that_no_cell_is_registered(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run("detect trace --out out")
    assert "no cell is registered" not in caplog.text
    Path("trace/signalling.jsonl").write_text("")
    run("detect trace --out out")
    assert "trace: no cell is registered, so that rules that compare with" in caplog.text
    caplog.clear()
    Path("trace/register.csv").write_text(HEADER)
    run("detect trace --out out")
    assert "trace/register.csv: no cell is registered" in caplog.text
    caplog.clear()
    assert run("detect trace --out out --register register.csv").exit_code == 0
    assert caplog.text == ""


def test_an_output_that_nobody_reads_on_ends_without_a_word(files: Path) -> None:
    script = "import sys; from cellhound import main; main(['simulate', '--list'])"
    out, end = os.pipe()
    os.close(out)
    ended = subprocess.run([sys.executable, "-c", script], stdout=end, stderr=subprocess.PIPE)
    os.close(end)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_detect_ends_with_its_alerts_and_the_places_of_map_and_report(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*args: Any, **more: Any) -> Any:
        result = detect_with(*args, **more)
        result.structs = [alert()]
        return result

    monkeypatch.setenv("CELLHOUND_KEY", "a key for tests only, 0123456789")
    monkeypatch.setattr("replay.results.running.detect_with", found)
    result = run("detect trace --out out --report report.html")
    assert result.exit_code == 0
    # One line for programs; what is for people does not mix with it.
    assert result.stdout.count("\n") == 1
    _, _, head, row, *places = result.stderr.splitlines()
    assert head.startswith("alert ")
    assert "Probable SMS blaster" in row
    assert places == ["map: out/map.html", "report: report.html"]
    assert "Probable SMS blaster" in Path("report.html").read_text("utf-8")
    bare = run("detect trace --out bare --no-map")
    assert bare.stderr.splitlines()[2:] == [head, row]
    assert not Path("bare/map.html").exists()


def test_detect_writes_a_map_where_nothing_was_found_too(run: Run) -> None:
    assert run("detect trace --out out").exit_code == 0
    assert "No alerts" in Path("out/map.html").read_text("utf-8")


@pytest.mark.parametrize("order", ["--out new/out --report {}", "--report {} --out new/out"])
def test_a_report_may_lie_in_the_folder_that_detect_makes(run: Run, order: str) -> None:
    """And it is named where nothing was found, too: what that means stands in it."""
    result = run(f"detect trace {order.format('new/out/report.html')}")
    assert (result.exit_code, result.stderr.splitlines()[-2:]) == (
        0,
        ["No alerts.", "report: new/out/report.html"],
    )
    assert "no proof that the air was clean" in Path("new/out/report.html").read_text("utf-8")
    assert run("detect trace --out new/other --report new/third/r.html").exit_code == 2


def test_the_map_is_in_the_language_of_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run("detect trace --out out").exit_code == 0
    page = Path("out/map.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page
    assert "<h2>无告警</h2>" in page


@pytest.mark.parametrize(
    ("env", "first"),
    [({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"), ({}, "en")],
)
def test_a_report_opens_in_the_language_of_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], first: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, env.get(name, ""))
    run("evaluate alerts.jsonl --truth truth.jsonl --report r.html")
    (chosen,) = re.findall(r'id="pick-(\w+)"[^>]* checked', Path("r.html").read_text("utf-8"))
    assert chosen == first


def test_evaluate_writes_a_report(run: Run) -> None:
    for more in ("", "--also alerts.jsonl truth.jsonl"):
        result = run(f"evaluate alerts.jsonl --truth truth.jsonl --report r.html {more}")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Against the truth" in Path("r.html").read_text("utf-8")


def test_detect_says_that_rows_of_the_register_are_left_out(run: Run) -> None:
    columns = "radio,mcc,net,area,cell,lon,lat"
    rows = ("GSM,460,0,1,2,116.4,39.9", "GSM,460,0,1,two,116.4,39.9")
    Path("rows.csv").write_text("\n".join((columns, *rows)) + "\n")
    result = run("detect trace --out out --register rows.csv")
    assert result.exit_code == 0
    assert "1 of 2 rows of the register are left out" in result.stderr


def test_simulate_detect_and_evaluate_work_together(run: Run) -> None:
    assert run("simulate scenario.yaml --out town --seed 7").stdout.startswith("hamlet, seed 7: ")
    assert run("detect town --out out").exit_code == 0
    scored = run("evaluate out/alerts.jsonl --truth town/truth.jsonl --json")
    assert (scored.exit_code, scored.stderr) == (0, "")
    assert json.loads(scored.stdout)["false_alerts"] == 0
    table = run("evaluate out/alerts.jsonl --truth town/truth.jsonl --register town/register.csv")
    assert table.stdout.startswith("transmitters found ")


def test_register_import_checks_without_a_broker(run: Run) -> None:
    result = run("register import --check register.csv")
    assert (result.exit_code, result.stdout) == (0, "1 cells, 0 rows rejected\n")


def test_numbers_import_checks_without_a_broker(run: Run) -> None:
    result = run("numbers import --check numbers.csv")
    assert (result.exit_code, result.stdout) == (0, "2 rows\n")


def test_a_broker_that_is_down(run: Run) -> None:
    status = run("broker status")
    assert (status.exit_code, status.stdout) == (1, "Kafka is down (127.0.0.1:9092)\n")
    down = run("broker down")
    assert (down.exit_code, down.stdout) == (0, "Kafka was not running\n")


@pytest.mark.parametrize(("asked", "code"), [(9092, 0), (9093, 1)])
def test_the_status_is_that_of_the_port_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, asked: int, code: int
) -> None:
    now = SimpleNamespace(running=True, pid=1, bootstrap="127.0.0.1:9092", ready=True)
    monkeypatch.setattr("streams.kafka.local_broker.Broker.status", lambda _: now)
    result = run(f"broker status --port {asked}")
    assert result.exit_code == code
    assert result.stdout == f"Kafka is {'down' if code else 'up'} (127.0.0.1:{asked})\n"
    if code:
        refused = run(f"broker down --port {asked}")
        assert refused.exit_code == 2
        assert "runs on 127.0.0.1:9092" in refused.stderr


def test_a_broker_that_does_not_answer_yet_is_down(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(running=True, pid=1, bootstrap="127.0.0.1:9092", ready=False)
    monkeypatch.setattr("streams.kafka.local_broker.Broker.status", lambda _: now)
    assert run("broker status").exit_code == 1


def modules_after(code: str) -> set[str]:
    """What a fresh Python has imported after some code."""
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return set(done.stderr.split())


HELP = "import cellhound\ntry: cellhound.main(['--help'])\nexcept SystemExit: pass"
HEAVY = {"faust", "mode", "aiokafka", "kafka", "pyarrow", "numpy", "scipy", "shapely", "pyproj"}
HEAVY |= {"pandas", "polars", "matplotlib", "tqdm", "yaml", "msgspec"}


def test_help_imports_no_room_and_no_heavy_library() -> None:
    after = modules_after(HELP)
    loaded = {name.partition(".")[0] for name in after}
    assert "cellhound" in loaded
    assert not loaded & (HEAVY | {"geo", "detectors", "streams", "field", "replay"})
    # How long it takes is how much is imported: ours, and beside click a few of Python's own.
    own = {name for name in after if name.startswith("cellhound")}
    assert len(after - own - modules_after("import click")) <= 40
    assert len(own) <= 25


def test_what_type_checkers_see_is_what_there_is() -> None:
    """The names under TYPE_CHECKING, those that are fetched, and those that are offered."""
    source = Path(cellhound.__file__)
    tree = ast.parse(source.read_text("utf-8"))
    (checking,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in checking.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == cellhound._ELSEWHERE
    assert sorted(seen) == sorted(cellhound.__all__)
    for name, module in seen.items():
        assert getattr(cellhound, name) is getattr(importlib.import_module(str(module)), name)
    for room in ("cellhound", "replay", "field", "streams", "detectors", "geo"):
        assert (ROOT / room / "py.typed").is_file()  # PEP 561


def test_a_command_keeps_pyarrow_from_importing_pandas() -> None:
    checked = modules_after(HELP.replace("'--help'", "'check-message', 'sms.metadata', '-'"))
    assert "pyarrow" in checked
    assert not {name for name in checked if name.startswith("pandas.")}


def test_the_library_is_imported_where_it_is_asked_for() -> None:
    bare = modules_after("import cellhound\nassert 'detect' in dir(cellhound)")
    assert len(bare - modules_after("import typing")) <= 3
    used = modules_after("import cellhound\ncellhound.detect")
    assert "replay.results.running" in used
    assert "replay.simulate" not in used
    # Pandas by pyarrow, where it is installed.
    assert not {name.partition(".")[0] for name in used} & {"polars", "matplotlib", "faust"}
    with pytest.raises(AttributeError, match="'cellhound' has no attribute 'detects'"):
        _ = cellhound.detects  # type: ignore[attr-defined]


def test_a_run_over_files_imports_no_kafka_client() -> None:
    script = "import sys, replay.detect; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "streams" in loaded
    assert not loaded & {"faust", "mode", "aiokafka", "kafka", "aiohttp"}


@pytest.mark.slow
def test_a_program_run_for_real_prints_no_traceback(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLHOUND_KEY", "a key for tests only")
    done = subprocess.run(
        [sys.executable, "-m", "cellhound", "detect", "empty", "--out", "out"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cellhound: empty: holds no file of a trace.")


@pytest.mark.parametrize(
    ("words", "made", "file"),
    [
        ("auto cells.ntm", "cells.ntm is a NetMonster list of cells (.ntm).", "register.csv"),
        ("auto register.csv", "1 cells of 1 rows in out.", "register.csv"),
        ("netmonster cells.ntm", "1 cells of 1 rows in out.", "register.csv"),
        ("opencellid register.csv", "1 cells of 1 rows in out.", "register.csv"),
        ("tower-collector tower.csv", "1 messages of 1 rows in out.", "measurements.jsonl"),
        ("csv tower.csv --mapping mapping.yaml", "1 messages of 1 rows", "measurements.jsonl"),
        ("auto tower.csv --device 001010123456789", "1 messages of 1", "measurements.jsonl"),
        ("rayhunter analysis.ndjson --plmn 001-01", "1 messages of 1 lines", "signalling.jsonl"),
    ],
)
def test_a_recording_becomes_a_trace(run: Run, words: str, made: str, file: str) -> None:
    result = run(f"import {words} --out out")
    assert result.exit_code == 0, result.stderr
    assert made in result.stderr
    assert [path.name for path in Path("out").iterdir()] == [file]
    assert "001010123456789" not in Path("out", file).read_text("utf-8")


def test_help_lists_every_importer_with_a_whole_line(run: Run) -> None:
    listed = run("import --help").stdout.split("Commands:\n")[1].splitlines()
    names = [line.split()[0] for line in listed]
    assert names == [name.split()[1] for name in LEAST if name.startswith("import ")]
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_a_scenario_that_ships_is_simulated_by_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def made(path: Path, out: Path, **_: object) -> SimpleNamespace:
        asked.append(path)
        numbers = dict.fromkeys(
            ("seed", "measurements", "signalling", "sms", "phones", "register_rows"), 1
        )
        return SimpleNamespace(scenario="s", transmitters=1, captures=1, **numbers)

    monkeypatch.setattr("replay.simulate.calls.asked.simulate_asked", made)
    for name in ("moving-blaster", "attacks/backpack", "scenario.yaml"):
        assert run(f"simulate {name} --out out").exit_code == 0
    assert [path.name for path in asked] == [
        "moving-blaster.yaml",
        "backpack.yaml",
        "scenario.yaml",
    ]
    assert all(path.is_file() for path in asked)


def test_the_scenarios_that_ship_are_listed_with_what_they_are(run: Run) -> None:
    result = run("simulate --list")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = dict(line.split(None, 1) for line in result.stdout.splitlines())
    assert rows["benign-city"] == "A city without any rogue transmitter."
    assert rows["benign/area-replan-announced"].startswith("As area-replan-old-register, but")
    assert {"calls/town", "demo", "moving-blaster", "worst/world-01"} <= set(rows)
