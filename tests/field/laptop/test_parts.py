"""The parts of a start by themselves: its broker, first account, page and commands."""

import inspect
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from field.channels.commands import READY as CHANNELS_READY
from field.console import serve
from field.console.access.credentials.passwords import problem_with
from field.console.access.database import open_database
from field.laptop import broker as broker_of_start
from field.laptop import together
from field.laptop.broker import own_broker
from field.laptop.claim import Claim, claimed, read_note
from field.laptop.first_account import drawn_password, first_password
from field.laptop.page import open_page
from field.laptop.stopping import StartError, Stop
from streams.config.settings import Settings, load_settings
from streams.kafka.local_broker import BrokerError, BrokerStatus
from streams.worker.worker import READY as WORKER_READY
from tests.integration.waiting import wait_until


@dataclass
class FakeBroker:
    """Remembers what was done with it."""

    home: Path
    runs: bool = False
    at: str = "127.0.0.1:9092"
    bootstrap: str = "127.0.0.1:9092"
    fails: bool = False
    done: list[str] = field(default_factory=list)

    def status(self) -> BrokerStatus:
        return BrokerStatus(self.runs, 1 if self.runs else None, self.at, self.runs)

    def up(self) -> None:
        self.done.append("up")
        if self.fails:
            raise BrokerError("No java was found.")
        self.runs, self.at = True, self.bootstrap

    def down(self) -> None:
        self.done.append("down")
        self.runs = False

    def last_lines(self) -> str:
        return "The last lines of server.log:\nout of memory"


@pytest.fixture(autouse=True)
def _remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_of_start, "remember", lambda _node: None)


def used(node: FakeBroker, claim: Claim) -> list[str]:
    shown: list[str] = []
    with own_broker(node, claim, shown.append) as bootstrap:  # type: ignore[arg-type]
        assert bootstrap == node.bootstrap
        assert (note := read_note(claim.folder)) is not None
        assert note.owns_broker == ("stays" not in shown[-1])
    return shown


def test_its_own_broker_goes_with_it(tmp_path: Path) -> None:
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        used(node := FakeBroker(tmp_path), claim)
    assert node.done == ["up", "down"]


def test_a_broker_that_ran_before_stays(tmp_path: Path) -> None:
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        used(node := FakeBroker(tmp_path, runs=True), claim)
    assert node.done == ["up"]


@pytest.mark.parametrize(
    ("at", "done"), [("9092", ["up", "down"]), ("9093", ["down", "up", "down"])]
)
def test_that_of_a_start_that_was_killed_is_taken_over(
    tmp_path: Path, at: str, done: list[str]
) -> None:
    (tmp_path / "start.json").write_text('{"pid": 1, "page": "p", "owns_broker": true}')
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        used(node := FakeBroker(tmp_path, runs=True, at=f"127.0.0.1:{at}"), claim)
    assert node.done == done


def test_what_is_missing_for_a_broker_is_a_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    node = FakeBroker(tmp_path, fails=True)
    with (
        pytest.raises(BrokerError, match="No java"),
        claimed(tmp_path, "http://127.0.0.1:1", print) as claim,
        own_broker(node, claim, print),  # type: ignore[arg-type]
    ):
        pytest.fail("it runs")
    assert read_note(tmp_path) is None


def test_a_broker_that_dies_ends_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_BROKER_EVERY_S", 0.0)
    with pytest.raises(StartError, match=r"(?s)broker has ended.*out of memory"):
        together.watch([], FakeBroker(tmp_path), Stop())  # type: ignore[arg-type]


def test_the_first_account_is_made_once_and_its_password_is_kept_nowhere(tmp_path: Path) -> None:
    console, env = Settings().console, {"CELLHOUND_HOME": str(tmp_path)}
    password = first_password(console, env)
    assert password is not None
    assert problem_with(password, "admin") is None
    assert password.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert first_password(console, env) is None
    engine = open_database("", env)
    with engine.connect() as db:
        rows = db.exec_driver_sql("SELECT name, role FROM accounts").all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("admin", "admin")]


def test_drawn_passwords_are_good_ones_and_never_the_same() -> None:
    drawn = [drawn_password() for _ in range(300)]
    assert len(set(drawn)) == 300
    assert [each for each in drawn if problem_with(each, "admin")] == []


def test_the_page_is_opened_where_there_is_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {asked}.new && mv {asked}.new {asked}\n')
    browser.chmod(0o700)
    assert not open_page("http://127.0.0.1:8340", {})
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setattr("webbrowser._tryorder", None)
    assert open_page("http://127.0.0.1:8340", os.environ)
    wait_until(asked.exists, "the browser is asked")
    assert asked.read_text() == "http://127.0.0.1:8340"


@pytest.mark.parametrize(
    ("listen", "certificate", "port", "page"),
    [
        ("127.0.0.1:8340", "", None, "http://127.0.0.1:8340"),
        ("127.0.0.1:8340", "chain.pem", 9000, "https://127.0.0.1:9000"),
        ("[::1]:80", "", None, "http://[::1]:80"),
        # A laptop's page is for the laptop, whatever the settings are for.
        ("0.0.0.0:8340", "", None, "http://127.0.0.1:8340"),
    ],
)
def test_the_page_is_on_this_computer_alone(
    listen: str, certificate: str, port: int | None, page: str
) -> None:
    console = msgspec.structs.replace(Settings().console, listen=listen, tls_cert=certificate)
    settings = msgspec.structs.replace(Settings(), console=console)
    assert together.page_address(settings, port) == page


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"listens on 127.0.0.1:{port}.*--port"):
            together.refuse_taken_port(f"http://127.0.0.1:{port}")


def test_what_programs_print_when_ready_is_what_is_waited_for() -> None:
    on, prefix = "127.0.0.1:9092", "p-"
    assert together.worker(on, prefix).ready == WORKER_READY
    assert together.channels(on, prefix).ready == CHANNELS_READY
    console = together.console(on, prefix, "http://127.0.0.1:8340")
    assert console.ready in inspect.getsource(serve)
    assert console.words == (
        *("console", "--listen", "127.0.0.1:8340", "--no-channels"),
        *("--bootstrap", "127.0.0.1:9092", "--prefix", "p-"),
    )


def test_channels_leave_the_address_of_the_figures_to_the_worker() -> None:
    env = {"CELLHOUND__METRICS__LISTEN": "127.0.0.1:9308"}
    assert load_settings(env=env).metrics.listen == "127.0.0.1:9308"
    own = together.channels("127.0.0.1:9092", "").env
    assert load_settings(env={**env, **own}).metrics.listen == ""


def test_a_folder_to_which_anybody_may_write_is_not_used(tmp_path: Path) -> None:
    """Whoever lays a number of a process or a link there would have us stop or write something."""
    tmp_path.chmod(0o1777)
    with pytest.raises(StartError, match="Anybody may write to the folder"):
        claimed(tmp_path, "http://127.0.0.1:1", print).__enter__()
    assert not list(tmp_path.iterdir())


def test_a_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(StartError, match="is another user's"):
        claimed(tmp_path, "http://127.0.0.1:1", print).__enter__()
    assert not list(tmp_path.iterdir())
