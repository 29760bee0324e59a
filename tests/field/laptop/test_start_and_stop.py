"""How starts begin and end, with programs that do nothing: in order, after deaths and kills."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from field.laptop import programs
from field.laptop.claim import claimed, read_note
from field.laptop.programs import Begin, Program, running
from field.laptop.stopping import StartError, Stop, stopped_by_signals
from field.laptop.together import watch
from tests.integration.waiting import wait_until

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent


@pytest.fixture
def how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    fake = (sys.executable, str(HERE / "fake_program.py"))
    monkeypatch.setattr(programs, "ATTENDED", fake)
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        yield Begin(env, tmp_path / "log", claim.programs_lock)


def program(folder: Path, name: str, how: str = "well") -> Program:
    return Program(name, (name, str(folder / "ended"), how), f"{name} is ready", "is ready")


def started(folder: Path) -> "subprocess.Popen[str]":
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "starter.py"), str(folder)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def read_until(start: "subprocess.Popen[str]", line: str) -> list[str]:
    assert start.stdout is not None
    lines: list[str] = []
    while line not in lines:
        text = start.stdout.readline()
        assert text, lines
        lines.append(text.rstrip())
    return lines


def numbers(folder: Path) -> list[int]:
    """The processes of its programs."""
    texts = [(folder / "log" / f"{name}.log").read_text() for name in ("worker", "console")]
    return [int(re.findall(r"is ready (\d+)", text)[0]) for text in texts]


def is_alive(number: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_all_are_shown_when_ready_and_ended_in_the_opposite_order(
    how: Begin, tmp_path: Path
) -> None:
    shown: list[str] = []
    both = [program(tmp_path, "worker"), program(tmp_path, "console")]
    with running(both, how, Stop(), shown.append) as children:
        assert sorted(shown) == ["console    is ready", "worker     is ready"]
        assert all(child.process.poll() is None for child in children)
    assert [child.process.returncode for child in children] == [0, 0]
    assert (tmp_path / "ended").read_text() == "console\nworker\n"


def test_one_that_dies_ends_all_with_its_last_lines(how: Begin, tmp_path: Path) -> None:
    both = [program(tmp_path, "worker"), program(tmp_path, "console", "dying")]
    with (
        pytest.raises(StartError, match=r"(?s)console has ended \(exit code 3\).*disk is full"),
        running(both, how, Stop(), print),
    ):
        pytest.fail("it began all the same")
    assert (tmp_path / "ended").read_text() == "worker\n"


def test_one_that_is_killed_later_ends_all(how: Begin, tmp_path: Path) -> None:
    both = [program(tmp_path, "worker"), program(tmp_path, "console")]
    with running(both, how, Stop(), print) as children:
        children[0].process.kill()
        with pytest.raises(StartError, match=r"worker has ended \(SIGKILL\)"):
            watch(children, None, Stop())
    assert (tmp_path / "ended").read_text() == "console\n"


def test_a_second_signal_waits_for_nobody(how: Begin, tmp_path: Path) -> None:
    stop = Stop()
    with running([program(tmp_path, "worker", "stubborn")], how, stop, print) as children:
        stop.hurry.set()
    assert children[0].process.returncode == -signal.SIGKILL


def test_what_the_one_before_printed_is_kept(how: Begin, tmp_path: Path) -> None:
    for _ in range(2):
        with running([program(tmp_path, "worker")], how, Stop(), print):
            pass
    assert sorted(path.name for path in how.logs.iterdir()) == ["worker.log", "worker.log.before"]


def test_a_second_start_says_that_one_runs_and_where(tmp_path: Path) -> None:
    where = rf"page is at http://127.0.0.1:8340, its broker on 127.0.0.1:9092.*kill {os.getpid()}"
    with claimed(tmp_path, "http://127.0.0.1:8340", print) as claim:
        claim.put(broker="127.0.0.1:9092")
        with (
            pytest.raises(StartError, match=where),
            claimed(tmp_path, "http://127.0.0.1:8350", print),
        ):
            pytest.fail("two have it")
    assert read_note(tmp_path) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_asks_and_the_second_hurries(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals() as stop:
        assert not stop.asked.is_set()
        signal.raise_signal(number)
        assert (stop.asked.is_set(), stop.hurry.is_set()) == (True, False)
        signal.raise_signal(number)
        assert stop.hurry.is_set()
    assert signal.getsignal(number) is before


def test_a_signal_stops_it_and_nothing_is_left(tmp_path: Path) -> None:
    with started(tmp_path) as start:
        read_until(start, "up")
        children = numbers(tmp_path)
        start.terminate()
        assert start.wait(60) == 0
    assert (tmp_path / "ended").read_text() == "console\nworker\n"
    assert not any(map(is_alive, children))
    assert read_note(tmp_path) is None


def test_after_a_kill_the_programs_end_and_the_next_start_takes_over(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        read_until(first, "up")
        children = numbers(tmp_path)
        first.kill()
    # Not waited for: the next start does so itself.
    with started(tmp_path) as second:
        read_until(second, "up")
        assert not any(map(is_alive, children))
        assert sorted((tmp_path / "ended").read_text().split()) == ["console", "worker"]
        second.terminate()
        assert second.wait(60) == 0
    wait_until(lambda: not any(map(is_alive, numbers(tmp_path))), "all are gone")


def test_of_a_start_that_was_killed_the_note_is_known(tmp_path: Path) -> None:
    (tmp_path / "start.json").write_text('{"pid": 1, "page": "p", "owns_broker": true}')
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        assert claim.former is not None
        # Were we killed now, the next would still know whose the broker is.
        assert (note := read_note(tmp_path)) is not None
        assert (note.pid, note.owns_broker) == (os.getpid(), True)
    with claimed(tmp_path, "http://127.0.0.1:1", print) as claim:
        assert claim.former is None


def test_a_folder_that_cant_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StartError, match="can't be written"),
        claimed(tmp_path / "file", "http://127.0.0.1:1", print),
    ):
        pytest.fail("it has it")
