"""Bars: on a terminal alone, after two seconds, and nothing that is worked on depends on them."""

import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams import progress
from streams.progress import bar, by_bytes, each, shown, steps
from tests.replay.village import HAMLET


class Terminal(StringIO):
    """Takes what is shown, as a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    made = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=made))
    monkeypatch.setattr(progress, "AFTER_S", 0.0)
    return made


def test_nobody_who_does_not_ask_sees_a_bar(terminal: Terminal) -> None:
    assert list(each([1, 2], "work")) == [1, 2]
    with steps("work", 1) as begin:
        begin("first")
    assert terminal.getvalue() == ""


def test_a_terminal_shows_how_far_it_is(terminal: Terminal) -> None:
    with shown():
        assert list(each([1, 2], "counting", 2, " items")) == [1, 2]
        with steps("making", 2) as begin:
            begin("walls")
            begin("roof")
    for what in ("counting:   0%", "0/2", "making:   0%"):
        assert what in terminal.getvalue()
    assert list(each([1], "later")) == [1]
    assert "later" not in terminal.getvalue()


def test_what_is_no_terminal_shows_nothing_unless_it_is_asked_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipe = StringIO()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=pipe))
    monkeypatch.setattr(progress, "AFTER_S", 0.0)
    with shown():
        list(each([1], "in a pipe"))
    assert pipe.getvalue() == ""
    with shown(everywhere=True):
        list(each([1], "in a notebook"))
    assert "in a notebook" in pipe.getvalue()


def test_what_takes_long_at_one_thing_is_shown_meanwhile(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "AFTER_S", 0.05)
    with shown(), steps("making", 3) as begin:
        begin("walls")
        begin("roof")
        deadline = time.monotonic() + 10.0
        while "making" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        # The first of three is done, the second is being worked on.
        assert "1/3" in terminal.getvalue()
        assert "roof" in terminal.getvalue()


def test_what_is_done_within_two_seconds_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=made))
    with shown(), bar("quick", 3) as quick:
        quick.update(3)
    assert made.getvalue().strip() == ""


def test_a_bar_of_bytes_follows_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    class Counted:
        n = 0
        disable = True

        def __enter__(self) -> "Counted":
            return self

        def __exit__(self, *_: object) -> None:
            done.append(self.n)

        def update(self, more: int) -> None:
            self.n += more
            done.append(more)

    monkeypatch.setattr(progress, "tqdm", lambda **_: Counted())
    reader = SimpleNamespace(read=0.0)

    def read() -> Iterator[int]:
        for share in (0.5, 1.0):
            reader.read = share
            yield round(share * 10)

    assert list(by_bytes(read(), reader, 2000, "reading")) == [5, 10]
    assert done == [1000, 1000, 2000]


@pytest.mark.slow
def test_commands_show_bars_on_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    import cellhound

    trace = cellhound.simulate(HAMLET, tmp_path / "trace")
    found = cellhound.detect(trace, tmp_path / "out", key="a key for tests only, 0123456789")
    assert "the city:" in terminal.getvalue()
    assert "the trace:" in terminal.getvalue()
    assert "detect:" in terminal.getvalue()
    assert found.alerts == []
