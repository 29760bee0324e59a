"""An app on a port of this computer, for programs that ask it as others do."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


@contextmanager
def served(app: FastAPI, **more: str) -> Iterator[str]:
    """The app's address while the block runs, by TLS where files of a certificate are given."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        # A page's stream of events never ends by itself.
        patience = {"timeout_graceful_shutdown": 2}
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", **patience, **more))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline_s = time.monotonic() + 60.0
            while not server.started and time.monotonic() < deadline_s:
                time.sleep(0.02)
            assert server.started
            yield f"http{'s' if more else ''}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30.0)
