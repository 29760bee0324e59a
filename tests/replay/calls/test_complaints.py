"""Cases and monthly figures of a trace's complaints, by the commands."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from cellhound.door import main
from tests.streams.privacy.canary_forms import MSISDN, forms, found

T0 = 1_748_916_020_000
KEY = {"CELLHOUND_KEY": "0123456789abcdef" * 4}
USERS = "cases: {users: [{number_class: mobile, carrier: own, users: 2000000}]}"


def report(**over: Any) -> dict[str, Any]:
    number = {"number": f"+86{MSISDN}", "case_ref": "A-1", "category": "loan"}
    return {"ts": T0, "source": "12321", "about": "call", **number, **over}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        report(),
        report(ts=T0 + 1),
        report(case_ref=None),
        report(about="url", number=None, url_domain="a.example", case_ref="A-2"),
        *(report(case_ref=text, category=text, reporter=text) for _, _, text in forms()),
    ]
    listed = {
        "ts": T0,
        "prefix": f"86{MSISDN}"[:7],
        "length": 13,
        "class": "mobile",
        "carrier": "own",
    }
    for name, lines in (("reports", rows), ("numbers", [listed])):
        (tmp_path / f"{name}.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (tmp_path / "users.yaml").write_text(USERS)
    return tmp_path


def run(*words: str) -> Result:
    ran = CliRunner(env=KEY).invoke(main, ["calls", *words])
    assert ran.exit_code == 0, ran.output
    assert found(ran.output) == set()
    return ran


def test_a_case_a_line_with_who_has_to_answer(folder: Path) -> None:
    cases = [json.loads(line) for line in run("cases", str(folder)).stdout.splitlines()]
    (first,) = [case for case in cases if case["case_id"] == "12321:A-1"]
    assert (first["number_class"], first["carrier"], first["state"]) == ("mobile", "own", "open")
    assert first["answerable"] == "own"
    assert first["number"].startswith("h-")


def test_figures_with_complaints_a_million_users(folder: Path) -> None:
    asked = ("sums", str(folder), "--config", str(folder / "users.yaml"))
    (only,) = [json.loads(line) for line in run(*asked).stdout.splitlines()]
    count = 3 + len(list(forms()))
    assert (only["month"], only["class"], only["carrier"]) == ("2025-06", "mobile", "own")
    assert only["complaints"] == count
    assert only["per_million"] == count / 2
    lines = run(*asked, "--by", "class", "--table").stdout.splitlines()
    assert lines[0].split()[:3] == ["month", "class", "carrier"]
    assert lines[1].split()[:4] == ["2025-06", "mobile", "-", str(count)]


def test_a_trace_without_reports_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sms.jsonl").write_text("")
    for command in ("cases", "sums"):
        ran = CliRunner(env=KEY).invoke(main, ["calls", command, str(tmp_path)])
        assert ran.exit_code == 2
        assert "has no reports" in ran.output
