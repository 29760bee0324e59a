"""`cellhound check-message`: what is printed, to which stream, and the exit code."""

import gzip
import json
import os
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result

from cellhound import main
from streams.decode.schema import SIGNALLING

GOOD = json.dumps(SIGNALLING.example)
PART = json.dumps({**SIGNALLING.example, "cause": 256})
DEAD = json.dumps({"ts": 1748916012000})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path / "home"))
    for name in ("CELLHOUND_KEY", "CELLHOUND_CONFIG", "KAFKA_BOOTSTRAP"):
        monkeypatch.setenv(name, "")


def run(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check-message", *words], input=stdin)


def test_each_line_has_a_verdict_and_the_last_line_counts_them() -> None:
    Path("some.jsonl").write_text(f"{GOOD}\n\n{PART}\n{DEAD}\n")
    result = run("cell.signalling", "some.jsonl")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "line 1: accepted",
        "line 3: accepted in part: cause is 256, an integer from 0 to 255 is due",
        "line 4: dead letter: missing_field, 'subscriber' is missing",
        "3 messages of cell.signalling: 1 accepted, 1 accepted in part, 1 dead letters",
    ]
    assert result.stderr == ""


def test_dropped_fields_are_no_failure() -> None:
    Path("some.jsonl").write_text(f"{GOOD}\n{PART}")
    result = run("cell.signalling", "some.jsonl", "--problems")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        "line 2",
        "2 messages of cell.signalling",
    ]


def test_an_empty_file_has_no_messages() -> None:
    Path("some.jsonl").write_text("")
    result = run("cell.signalling", "some.jsonl")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert result.stdout.startswith("0 messages")


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "jsonl.zst", "-"])
def test_plain_packed_and_piped_files_read_alike(form: str) -> None:
    content = f"{GOOD}\r\n{DEAD}\n"
    pack = {"jsonl.gz": gzip.compress, "jsonl.zst": zstandard.compress}.get(form, bytes)
    name = form if form == "-" else f"some.{form}"
    if form != "-":
        Path(name).write_bytes(pack(content.encode()))
    result = run("cell.signalling", name, stdin=content if form == "-" else None)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "line 1: accepted",
        "line 2: dead letter: missing_field, 'subscriber' is missing",
    ]


def test_a_file_that_is_cut_short_is_a_failure() -> None:
    # What packs badly, so that half of the file holds whole lines.
    lines = [GOOD.replace("s-904", os.urandom(400).hex()) for _ in range(50)]
    packed = gzip.compress("\n".join(lines).encode())
    Path("some.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    result = run("cell.signalling", "some.jsonl.gz")
    assert result.exit_code == 1
    assert "line 1: accepted" in result.stdout


def test_a_time_is_judged_by_the_lines_around_it_as_in_a_trace() -> None:
    ahead = GOOD.replace("1748916012000", "1749916012000").replace("1748916012900", "null")
    Path("some.jsonl").write_text(f"{GOOD}\n{ahead}\n{GOOD}\n")
    result = run("cell.signalling", "some.jsonl", "--problems")
    assert "line 2: dead letter: time_out_of_range" in result.stdout
    assert result.exit_code == 1


def test_nothing_is_kept_of_what_was_looked_at(tmp_path: Path) -> None:
    Path("some.jsonl").write_text(GOOD)
    assert run("cell.signalling", "some.jsonl").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["some.jsonl"]
