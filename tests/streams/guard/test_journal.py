"""What a worker was decoding when it died is found, and nothing else is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.guard.journal import Journal, Span, left_behind
from streams.kafka.settings import KafkaSettings

_KAFKA = KafkaSettings()
_SPAN = Span("cell.measurements", 3, 17, 2**40)
_DIES = """
import os, signal, sys
from pathlib import Path
from streams.guard.journal import Journal, Span
from streams.kafka.settings import KafkaSettings
journal = Journal(Path(sys.argv[1]), KafkaSettings())
with journal.at_work(Span("sms.metadata", 0, 1, 2)):
    pass
with journal.at_work(Span("cell.measurements", 3, 17, 2**40)):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_dead_worker_was_at_is_found(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    spans, (file,) = left_behind(tmp_path, _KAFKA)
    assert spans == [_SPAN]
    assert file.stat().st_mode & 0o077 == 0
    # Workers on other brokers, or under another prefix, leave it alone.
    assert left_behind(tmp_path, KafkaSettings(prefix="other-")) == ([], [])
    file.unlink()
    assert left_behind(tmp_path, _KAFKA) == ([], [])


def test_what_a_worker_that_lives_is_at_is_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path, _KAFKA)
    with journal.at_work(_SPAN):
        assert left_behind(tmp_path, _KAFKA) == ([], [])
        assert [work.span for work in journal.at_hand()] == [_SPAN]
    assert journal.at_hand() == []
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_its_note(tmp_path: Path) -> None:
    journal = Journal(tmp_path, _KAFKA)
    with pytest.raises(ValueError, match="a bug"), journal.at_work(_SPAN):
        raise ValueError("a bug")
    journal.close()
    assert left_behind(tmp_path, _KAFKA)[0] == [_SPAN]


def test_without_a_folder_the_worker_works_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file"):
        journal = Journal(folder, _KAFKA)
        assert not journal.kept
        with journal.at_work(_SPAN):
            assert len(journal.at_hand()) == 1
        journal.close()


def test_the_journal_does_not_grow(tmp_path: Path) -> None:
    journal = Journal(tmp_path, _KAFKA)
    (file,) = tmp_path.iterdir()
    before = file.stat().st_size
    for number in range(1000):
        with journal.at_work(Span("fbs.evidence", number, 0, number)):
            pass
    assert file.stat().st_size == before < 16_384
    journal.close()
