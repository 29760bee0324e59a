"""The hashing key from a file, as services get their secrets."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cellhound import main


def called(monkeypatch: pytest.MonkeyPatch, **env: str) -> tuple[Result, str | None]:
    """What a command that needs no key says, and the key that others would find."""
    for name in ("CELLHOUND_KEY", "CELLHOUND_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CELLHOUND_KEY_FORMER", "")  # put back afterwards
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CELLHOUND_KEY", env.get("CELLHOUND_KEY", ""))  # put back afterwards
    result = CliRunner().invoke(main, ["broker", "acls", "--role", "worker"])
    return result, os.environ.get("CELLHOUND_KEY") or None


def test_the_key_in_the_file_is_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hashing.key"
    file.write_text("a long secret of many words\n")
    result, key = called(monkeypatch, CELLHOUND_KEY_FILE=str(file))
    assert (result.exit_code, key) == (0, "a long secret of many words")


@pytest.mark.parametrize(
    ("content", "other", "reason"),
    [
        (None, "", "No such file"),
        (b"\n", "", "is empty"),
        (b"\xff\xfe", "", "is no text"),
        (b"a secret", "another", "set one of them"),
    ],
)
def test_what_is_no_key_is_refused_by_name(
    content: bytes | None,
    other: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "hashing.key"
    if content is not None:
        file.write_bytes(content)
    result, _ = called(monkeypatch, CELLHOUND_KEY_FILE=str(file), CELLHOUND_KEY=other)
    assert result.exit_code == 2
    assert "CELLHOUND_KEY_FILE" in result.output
    assert reason in result.output


def test_the_former_key_may_lie_in_a_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "former.key"
    file.write_text("the one before it\n")
    result, _ = called(monkeypatch, CELLHOUND_KEY_FORMER_FILE=str(file))
    assert (result.exit_code, os.environ["CELLHOUND_KEY_FORMER"]) == (0, "the one before it")
