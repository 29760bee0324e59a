"""Which brokers are remembered, with which addresses, without starting any."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from streams.kafka.laptop.known_brokers import broker_in, known, remember
from streams.kafka.local_broker import Broker, BrokerStatus, default_home


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLHOUND_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CELLHOUND_CONFIG", raising=False)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The folder of a broker that was started on port 9193, and remembered."""
    return started(tmp_path / "other", 9193)


def started(folder: Path, port: int) -> Path:
    folder.mkdir(parents=True)
    (folder / "address.json").write_text(json.dumps({"host": "127.0.0.1", "port": port}))
    remember(broker_in(folder))
    return folder


def all_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Broker, "status", lambda self: BrokerStatus(self.home.is_dir(), 1, self.bootstrap, True)
    )


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ("broker", *words))
    return done.exit_code, done.stdout, done.stderr


def test_a_folder_keeps_the_port_that_its_broker_had(other: Path) -> None:
    assert broker_in(other).port == 9193
    assert broker_in(other, 9300).port == 9300
    assert broker_in().port == 9092


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": "9193"}', '{"host": "127.0.0.1"}'])
def test_a_broken_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "address.json").write_text(text)
    assert broker_in(tmp_path).port == 9092
    default_home().mkdir(parents=True)
    (default_home() / "brokers.json").write_text(text)
    assert [broker.home for broker in known()] == [default_home()]


def test_all_that_were_started_are_known_until_their_folders_go(other: Path) -> None:
    remember(broker_in(other))
    assert [broker.home for broker in known()] == [default_home(), other]
    (other / "address.json").unlink()
    other.rmdir()
    assert [broker.home for broker in known()] == [default_home()]


def test_status_finds_the_one_that_runs_by_itself(
    other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("status") == (1, "Kafka is down (127.0.0.1:9092)\n", "")
    monkeypatch.setattr(
        Broker, "status", lambda self: BrokerStatus(self.home == other, 1, self.bootstrap, True)
    )
    for words in ((), ("--port", "9193"), ("--data", str(other))):
        assert run("status", *words) == (0, f"Kafka is up (127.0.0.1:9193, data in {other})\n", "")
    monkeypatch.setattr(Broker, "down", lambda self: self.home == other)
    assert run("down") == (0, "Kafka has stopped\n", "")


def test_of_several_each_is_shown_and_one_is_to_be_named(
    other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = started(tmp_path / "third", 9194)
    all_run(monkeypatch)
    code, out, _ = run("status")
    assert (code, len(out.splitlines())) == (0, 3)  # the usual one, too
    code, _, err = run("down")
    assert code == 2
    assert f"127.0.0.1:9193 (data in {other})" in err
    stopped: list[Path] = []

    def down(self: Broker) -> bool:
        stopped.append(self.home)
        return True

    monkeypatch.setattr(Broker, "down", down)
    assert run("down", "--port", "9194")[0] == run("down", "--data", str(other))[0] == 0
    assert stopped == [third, other]
