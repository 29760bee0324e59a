"""A file of a trace screened in a process of its own, beside whoever works off what comes of it.

At most one piece waits: the process goes on when it has been taken.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from replay.screened.screened_file import Asked, Piece, ScreenedFile


class SideProcess:
    """As `replay.screened.screened_file.ScreenedFile`, in another process from when it is made."""

    def __init__(self, asked: Asked) -> None:
        # A fork would copy locks that threads of this process may hold.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_screen, args=(asked, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def pieces(self) -> Iterator[Piece]:
        """All pieces, in order; raises what the other process raised."""
        while (piece := self._received()) is not None:
            yield piece

    def rest(self, until_ms: int) -> Piece:
        """After the last piece: what is counted of all that arrived before a time (ms)."""
        self._pipe.send(until_ms)
        piece: Piece = self._received()
        self._process.join()
        return piece

    def stop(self) -> None:
        """Ends the process, wherever it is."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _received(self) -> Any:
        try:
            found = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            raise RuntimeError(f"a process that screens a file ended with {code}") from None
        if isinstance(found, Exception):
            raise found
        return found


def _screen(asked: Asked, pipe: "Connection[Any, Any]") -> None:
    """What the other process does."""
    # Whoever interrupts the program interrupts both; the first one ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        file = ScreenedFile(asked)
        for piece in file.pieces():
            pipe.send(piece)
        pipe.send(None)
        pipe.send(file.rest(pipe.recv()))
    except Exception as error:  # It is raised again where the pieces are taken.
        pipe.send(error)
