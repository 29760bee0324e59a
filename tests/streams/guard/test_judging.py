"""Only what a trial has shown is condemned, whatever ends processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from streams.guard.judging import TrialError, judge
from streams.limits import Limits
from tests.streams.guard import short_cases
from tests.streams.guard.forked import fork_trials
from tests.streams.guard.short_cases import ShortCase, records

_LIMITS = Limits(seconds=1, memory=64 << 20)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes find the cases."""
    # By its own name: packages of others too call their tests so.
    name = "short_cases"
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr(short_cases.ShortCase, "__module__", name)
    monkeypatch.setitem(sys.modules, name, short_cases)
    # The machine may be busy: else what works would be taken for what waits.
    monkeypatch.setattr("streams.guard.judging._WAITING", 100)
    fork_trials(monkeypatch)


def test_each_way_to_end_a_process_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    case = ShortCase(records(b"good", b"hang", b"segv", b"memory", b"raise", b"good"))
    found = {place: tuple(fault) for place, fault in judge(case, _LIMITS).items()}
    assert found == {
        1: ("not_decodable_in_time", "more than 1 s of processor time"),
        2: ("kills_decoding", "it ends the process by SIGSEGV"),
        3: ("kills_decoding", "it takes more than 64 MiB of memory"),
        4: ("kills_decoding", "it raises ValueError"),
    }
    printed = "".join(capfd.readouterr())
    assert "tried apart raises ValueError" in printed
    assert "460001234567890" not in printed


def test_who_only_waits_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """In processes as a worker starts them."""
    monkeypatch.setattr("streams.guard.judging.subprocess", subprocess)
    monkeypatch.setattr("streams.guard.judging._WAITING", 1)
    found = judge(ShortCase(records(b"sleep", b"good")), _LIMITS)
    assert found == {0: ("not_decodable_in_time", "without an end, 1 s long")}


def test_a_kill_from_outside_proves_nothing(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.write_bytes(b"123")
    assert judge(ShortCase(records(b"good", b"killed"), str(killed)), _LIMITS) == {}
    assert killed.read_bytes() == b""


@pytest.mark.parametrize("name", [b"SIGTERM", b"SIGINT"])
def test_a_signal_that_no_record_sends_proves_nothing(name: bytes) -> None:
    with pytest.raises(TrialError, match="ended by"):
        judge(ShortCase(records(b"good", name)), _LIMITS)


def test_what_others_keep_is_nobody_elses_fault() -> None:
    # Twelve times 12 MiB, each of them within the bound.
    assert judge(ShortCase(records(*[b"keep"] * 12, b"good", b"good")), _LIMITS) == {}


def test_who_spoils_what_is_known_is_found_and_not_who_comes_after_it() -> None:
    values = (b"good", b"keep", b"spoil", b"good", b"spoilt", b"spoilt", b"spoilt", b"good")
    assert [*judge(ShortCase(records(*values)), _LIMITS)] == [2]


def test_two_in_a_row_that_end_a_process_are_both_found() -> None:
    values = (b"good", b"raise", b"segv", b"raise", b"good")
    assert [*judge(ShortCase(records(*values)), _LIMITS)] == [1, 2, 3]


def test_without_an_end_of_kills_nothing_is_found(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.write_bytes(b"1" * 100)
    with pytest.raises(TrialError, match="enough memory"):
        judge(ShortCase(records(b"killed"), str(killed)), _LIMITS)


def test_a_process_that_can_not_begin_condemns_nobody() -> None:
    with pytest.raises(TrialError, match="enough memory"):
        judge(ShortCase(records(b"segv"), unable=True), _LIMITS)


def test_what_can_not_be_handed_over_is_not_tried() -> None:
    case = ShortCase(records(b"good"))
    case.unable = lambda: None  # type: ignore[assignment]
    with pytest.raises(TrialError, match="handed over"):
        judge(case, _LIMITS)
