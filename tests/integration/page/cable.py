"""A network cable between a browser and a server that a test can pull out and plug in again."""

import contextlib
import socket
import threading


class Cable:
    """Forwards TCP connections on ``port`` to the ``target`` port, while it is plugged in."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._plugged = True
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Ends all connections, and at once each that is tried."""
        with self._lock:
            self._plugged = False
            for end in self._ends:
                _end(end)

    def plug(self) -> None:
        """As before."""
        with self._lock:
            self._plugged = True

    def close(self) -> None:
        """For ever."""
        self.pull()
        self._listener.close()

    def _accept(self) -> None:
        # The listener's end is the end of this thread.
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if not self._plugged:
                return
            with socket.create_connection(("127.0.0.1", self._target)) as far:
                with self._lock:
                    # Looked at once more: it may have been pulled meanwhile.
                    if not self._plugged:
                        return
                    self._ends |= {near, far}
                back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                back.start()
                _pump(near, far)
                back.join()
                with self._lock:
                    self._ends -= {near, far}


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
