"""Why messages could not be read, counted by file and reason."""

import json
from pathlib import Path

from replay.dead_table import dead_table


def test_each_files_reasons_are_counted_with_the_first_of_each(tmp_path: Path) -> None:
    path = tmp_path / "dead_letters.jsonl"
    letters = [
        *(letter("sms.jsonl", "not_json", line) for line in (4, 9)),
        letter("calls.parquet", "not_json", 1, messages=7),
        letter("sms.jsonl", "wrong_type", 5),
        letter("sms.jsonl", "unknown_value", 6),
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in letters))
    assert dead_table(path).splitlines() == [
        f"what could not be read (all of it is in {path}):",
        "  7 of calls.parquet: not_json, first in line 1: why 1",
        "  2 of sms.jsonl: not_json, first in line 4: why 4",
        "  1 of sms.jsonl: wrong_type, first in line 5: why 5",
        "  and 1 more reasons",
    ]


def test_a_run_that_could_read_all_has_no_table(tmp_path: Path) -> None:
    path = tmp_path / "dead_letters.jsonl"
    path.touch()
    assert dead_table(path) == ""


def letter(file: str, reason: str, line: int, **more: int) -> dict[str, object]:
    return {"reason": reason, "detail": f"why {line}", "topic": file, "offset": line, **more}
