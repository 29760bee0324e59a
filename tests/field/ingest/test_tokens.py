"""Tokens of a file: who is added or taken out of it counts at once, and a wrong line is named."""

from pathlib import Path

import pytest

from field.ingest.tokens import Tokens, new_token
from streams.config.settings import ConfigError


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    (one, line), (two, other) = new_token("one"), new_token("two")
    file, clock = tmp_path / "tokens", _Clock()
    file.write_text(line)
    tokens = Tokens(file, clock)
    assert (tokens.name(f"Bearer {one}"), tokens.name(f"Bearer {two}")) == ("one", None)
    file.write_text(other + "\n")
    clock.now_s = 10.0
    assert (tokens.name(f"Bearer {one}"), tokens.name(f"Bearer {two}")) == (None, "two")
    # Half written: who was known stays so.
    file.write_text("two 12")
    clock.now_s = 20.0
    assert tokens.name(f"Bearer {two}") == "two"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no token"),
        (b"# a\n", "holds no token"),
        (b"# a\nanna 12\n", "line 2"),
        (b"\xff", "it is no text"),
    ],
)
def test_a_file_that_holds_no_tokens_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="tokens") as found:
        Tokens(file)
    assert says in str(found.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        Tokens(tmp_path / "tokens")


@pytest.mark.parametrize("name", ["", "two words", "#anna", "a" * 101])
def test_names_that_cannot_stand_in_the_file(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name"):
        new_token(name)


def test_nothing_of_a_token_is_in_its_line() -> None:
    token, line = new_token("anna")
    assert token[4:12] not in line
    assert len(token) > 40
