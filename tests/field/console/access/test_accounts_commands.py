"""``cellhound accounts``: what is printed, and with which exit code."""

import re
import time
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from cellhound import main
from field.console.access import commands
from tests.field.console.access.factors.authenticator import SECRET


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path))
    return tmp_path


def accounts(*arguments: str, typed: str = "correct horse battery\n") -> Result:
    return CliRunner().invoke(main, ["accounts", *arguments], input=typed)


def test_accounts_come_and_go(home: Path) -> None:
    assert "There are no accounts" in accounts("list").stdout
    assert accounts("add", "Anna", "--role", "admin").stdout.endswith("Added anna as admin.\n")
    again = accounts("add", "anna", "--role", "field", typed="another password\n").stdout
    assert "anna has another password now, and is field; its sessions and tokens are over." in again
    token = accounts("token", "anna", "--label", "van 3", "--days", "7").stdout.strip()
    assert token.startswith("chd_")
    listed = accounts("list").stdout
    assert "anna  field" in listed
    assert f"token {token[:12]}..  van 3, field, ends 2" in listed
    assert "used last never" in listed
    assert token not in listed
    assert "Removed anna" in accounts("remove", "anna").stdout
    assert "There are no accounts" in accounts("list").stdout
    assert (home / "accounts.db").is_file()


def test_a_password_comes_from_a_file_too(home: Path) -> None:
    (home / "password").write_text("a password in a file\n")
    done = accounts("add", "anna", "--password-file", str(home / "password"))
    assert done.stdout == "Added anna as viewer.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "a b"), "no name for an account"),
        (("add", "13812345678"), "seven digits"),
        (("remove", "nobody"), "there is no account 'nobody'; there are none yet"),
        (("token", "nobody"), "there is no account 'nobody'"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_exit_code_2(
    home: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = accounts(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_a_short_password_is_refused(home: Path) -> None:
    done = accounts("add", "anna", typed="short\n")
    assert (done.exit_code, "needs 12 to 1024" in done.stderr) == (2, True)


def test_a_second_factor_is_given_and_taken_away(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 1_700_000_000.0
    monkeypatch.setattr(time, "time", lambda: now_s)
    monkeypatch.setattr(commands, "new_secret", lambda: SECRET)
    accounts("add", "anna")
    wrong = accounts("mfa", "anna", typed="000000\n")
    assert (wrong.exit_code, "nothing is changed" in wrong.stderr) == (2, True)
    assert "second factor" not in accounts("list").stdout
    done = accounts("mfa", "Anna", typed=pyotp.TOTP(SECRET).at(int(now_s)) + "\n")
    assert f"otpauth://totp/cellhound:anna?secret={SECRET}" in done.stdout
    assert len(re.findall(r"(?m)^(?:[a-z2-7]{4}-){5}[a-z2-7]{4}$", done.stdout)) == 10
    assert "anna  viewer  second factor" in accounts("list").stdout
    assert "has a second factor already" in accounts("mfa", "anna").stderr
    assert "has no second factor any more" in accounts("mfa", "anna", "--off").stdout
    assert accounts("mfa", "anna", "--off").exit_code == 2
    assert "there is no account 'nobody'" in accounts("mfa", "nobody").stderr
