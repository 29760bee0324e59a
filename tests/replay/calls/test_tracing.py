"""The way of a call from a trace, by the command: only pseudonyms come out."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from cellhound.door import main
from tests.streams.privacy.canary_forms import MSISDN, found

T0 = 1_748_916_020_000
KEY = {"CELLHOUND_KEY": "0123456789abcdef" * 4}


def record(at: int, point: str, ingress: str, **over: Any) -> dict[str, Any]:
    fixed = {"ts": T0 + at, "rx_ts": T0 + at + 800, "call_ref": "c-7f21", "answered": True}
    both = {"caller": f"+86{MSISDN}", "callee": f"+86{MSISDN}"}
    return {**fixed, **both, "point": point, "ingress": ingress, **over}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        record(900, "msc", "onnet", carrier="own"),
        record(0, "igw", "international", carrier="gateway-1", trunk="igw-gateway-1-0"),
        record(0, "igw", "international", call_ref="c-other", carrier="gateway-2"),
        record(300, "gmsc", "interconnect", carrier=f"x {MSISDN}"),
    ]
    (tmp_path / "calls.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    return tmp_path


def test_each_point_is_a_line_and_the_entry_is_marked(folder: Path) -> None:
    ran = CliRunner(env=KEY).invoke(main, ["calls", "trace", str(folder), "--call", "c-7f21"])
    assert ran.exit_code == 0, ran.output
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(row["point"], row["entry"]) for row in rows] == [
        ("igw", True),
        ("gmsc", False),
        ("msc", False),
    ]
    assert (rows[0]["carrier"], rows[0]["trunk"]) == ("gateway-1", "igw-gateway-1-0")
    assert {row["caller"][:2] for row in rows} == {"h-"}
    assert found(ran.output) == set()


def test_a_table_says_who_handed_it_over(folder: Path) -> None:
    asked = ["calls", "trace", str(folder), "--call", "c-7f21", "--table"]
    ran = CliRunner(env=KEY).invoke(main, asked)
    assert ran.output.splitlines()[-1] == "Handed over by gateway-1 at igw (international)."
    assert found(ran.output) == set()


def test_a_call_that_nothing_recorded_fails_and_is_not_echoed(folder: Path) -> None:
    asked = ["calls", "trace", str(folder), "--call", f"ref {MSISDN}"]
    for more in ([], ["--table"]):
        ran = CliRunner(env=KEY).invoke(main, [*asked, *more])
        assert ran.exit_code == 1
        assert "nothing has recorded" in ran.output
        assert found(ran.output) == set()


def test_a_trace_without_calls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sms.jsonl").write_text("")
    ran = CliRunner(env=KEY).invoke(main, ["calls", "trace", str(tmp_path), "--call", "c"])
    assert ran.exit_code == 2
    assert "has no calls" in ran.output


@pytest.mark.parametrize(
    ("span", "points"),
    [
        (["--from", T0 + 1000], ["gmsc", "msc"]),
        (["--to", T0 + 1100], ["igw"]),
        (["--from", T0 + 900, "--to", T0 + 1700], ["gmsc"]),
    ],
)
def test_of_a_trace_too_only_a_span_is_asked_about(
    folder: Path, span: list[Any], points: list[str]
) -> None:
    asked = ["calls", "trace", str(folder), "--call", "c-7f21", *map(str, span)]
    ran = CliRunner(env=KEY).invoke(main, asked)
    assert [json.loads(line)["point"] for line in ran.stdout.splitlines()] == points


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--bootstrap", "127.0.0.1:9"], "--bootstrap"),
        (["--prefix", "a."], "--prefix"),
        (["--from", "5", "--to", "5"], "--from 5 is not before --to 5"),
    ],
)
def test_what_a_trace_has_no_use_for_is_refused(folder: Path, more: list[str], named: str) -> None:
    ran = CliRunner(env=KEY).invoke(main, ["calls", "trace", str(folder), "--call", "c", *more])
    assert ran.exit_code == 2
    assert named in ran.output


@pytest.mark.parametrize("ref", ["6a24578260497284", "43331459502540d7", "b246548991270564"])
def test_a_reference_that_looks_like_a_number_is_found_as_the_switch_wrote_it(
    tmp_path: Path, ref: str
) -> None:
    """Of references of 16 hex digits about three in a thousand do; an alert then lists a hash."""
    row = record(0, "igw", "international", call_ref=ref)
    (tmp_path / "calls.jsonl").write_bytes(msgspec.json.encode(row))
    ran = CliRunner(env=KEY).invoke(main, ["calls", "trace", str(tmp_path), "--call", ref])
    assert ran.exit_code == 0, ran.output
    (line,) = ran.stdout.splitlines()
    listed = json.loads(line)["call_ref"]
    assert listed != ref
    again = CliRunner(env=KEY).invoke(main, ["calls", "trace", str(tmp_path), "--call", listed])
    assert again.stdout.splitlines() == [line]
