"""One start at a time over a folder, also after one that was killed.

Two files are locked. One lock is the starting process's alone: it is held for as long as that
process lives, so it says whether one is running. The other is handed on to the programs, so it is
free once the last of them is gone: who starts after a kill waits for that. Locks go with their
processes, whatever ended them, so nothing is ever to be cleaned up by hand.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from field.laptop.stopping import StartError
from streams.privacy.secret_file import write_private

_NOTE: Final = "start.json"
_OWN_LOCK, _PROGRAMS_LOCK = "start.lock", "programs.lock"
_LOOK_EVERY_S: Final = 0.2
_GONE_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Note:
    """What others read of a start: its process, where its page and its broker are, and whether the
    broker goes with it."""

    pid: int
    page: str
    broker: str = ""
    owns_broker: bool = False


@dataclass(slots=True)
class Claim:
    """A folder that is ours. ``former`` is what a start that was killed has left."""

    folder: Path
    programs_lock: int
    note: Note
    former: Note | None

    def put(self, **values: Any) -> None:
        """Changes what others read."""
        self.note = replace(self.note, **values)
        write_private(self.folder / _NOTE, json.dumps(asdict(self.note)).encode())


@contextmanager
def claimed(folder: Path, page: str, show: Callable[[str], None]) -> Iterator[Claim]:
    """The folder for ourselves, until the end of the block. Raises StartError where it is taken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_others(folder)
        own = os.open(folder / _OWN_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        programs = os.open(folder / _PROGRAMS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"The folder {folder} can't be written: {error.strerror}.") from error
    try:
        if not _locked(own):
            raise StartError(_running(folder))
        _wait_for_former(programs, folder, show)
        claim = Claim(folder, programs, Note(os.getpid(), page), read_note(folder))
        former = claim.former
        # What was the former's own is ours from now on, also if we were killed at once.
        claim.put(owns_broker=former is not None and former.owns_broker)
        try:
            yield claim
        finally:
            # Whatever ended us in order has stopped what was ours.
            (folder / _NOTE).unlink(missing_ok=True)
    finally:
        os.close(programs)
        os.close(own)


def _refuse_others(folder: Path) -> None:
    """Raises StartError for a folder in which somebody else may lay what is read or followed here:
    keys, accounts, links, and the number of the process that is stopped."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise StartError(f"The folder {folder} is another user's; name one of your own.")
    if found.st_mode & stat.S_IWOTH:
        raise StartError(f"Anybody may write to the folder {folder}; name one below it.")


def read_note(folder: Path) -> Note | None:
    """What a start over this folder has put down, which one that ended well takes away again."""
    with suppress(OSError, ValueError, TypeError):
        return Note(**json.loads((folder / _NOTE).read_text()))
    return None


def _running(folder: Path) -> str:
    note = read_note(folder)
    if note is None:
        return f"One is just being started over {folder}."
    broker = f", its broker on {note.broker}" if note.broker else ""
    return (
        f"One is running: the page is at {note.page}{broker}, the data in {folder}. Stop it with"
        f" Ctrl-C where it runs, or kill {note.pid}; or start another with --data DIR, --port and"
        " --broker-port."
    )


def _wait_for_former(programs: int, folder: Path, show: Callable[[str], None]) -> None:
    if _locked(programs):
        return
    show("waiting    for the programs of a start that was killed, which are ending")
    until_s = time.monotonic() + _GONE_WITHIN_S
    while not _locked(programs):
        if time.monotonic() > until_s:
            raise StartError(
                f"Programs of a start that was killed still run; they hold"
                f" {folder / _PROGRAMS_LOCK} (lsof names them). End them and try again."
            )
        time.sleep(_LOOK_EVERY_S)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
