"""Ports of the settings where another program answers, nobody, or ours at the wrong one."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from field.doctor import broker
from field.doctor.connections import ports
from streams.config.console import ConsoleSettings
from streams.config.operation import MetricsSettings
from streams.config.settings import KafkaSettings
from streams.metrics.meters import Meters
from streams.metrics.probes import Probes
from streams.metrics.server import serving
from tests.conftest import free_port

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
POLICY = "Content-Security-Policy: default-src 'self'\r\n"
#: What another web server has to say to whatever it is asked.
SOMEBODY = f"{HEAD}\r\n<html>It works!</html>".encode()


@contextmanager
def answering(reply: Callable[[bytes], bytes]) -> Iterator[str]:
    """A program that answers each first line so; where it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(reply(connection.recv(4096)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def probe(ready: str) -> Callable[[bytes], bytes]:
    """A console's answers to probes, ``ready`` its word of how it is."""

    def reply(request: bytes) -> bytes:
        word = "ok" if request.startswith(b"GET /livez ") else ready
        return f"{HEAD}{POLICY}\r\n{word}\n".encode()

    return reply


@pytest.mark.parametrize(
    ("reply", "state", "seen"),
    [
        (probe("ok"), "ok", "the console answers at 127.0.0.1:"),
        (probe("catching_up"), "warn", "is not ready: catching_up"),
        (lambda _: SOMEBODY, "fail", "there is another program (HTTP status 200), and no console"),
        (lambda _: b"HTTP/1.1 404 Not Found\r\n\r\n", "fail", "(HTTP status 404)"),
        (lambda _: f"{HEAD}\r\nok\n".encode(), "fail", "what serves figures of a worker"),
        (lambda _: b"\x00\x15\x03\x01", "fail", "a program that speaks no HTTP,"),
        (lambda _: b"", "fail", "a program that speaks no HTTP,"),
    ],
)
def test_who_answers_where_the_console_should(
    reply: Callable[[bytes], bytes], state: str, seen: str
) -> None:
    with answering(reply) as place:
        found = ports.console(ConsoleSettings(listen=place), None)
    assert found.state == state
    assert seen in found.seen


def test_a_console_in_plain_text_is_none_where_tls_is_set() -> None:
    with answering(probe("ok")) as place:
        settings = ConsoleSettings(listen=place, tls_cert="c.pem", tls_key="k.pem")
        found = ports.console(settings, None)
    assert (found.state, "speaks no HTTPS" in found.seen) == ("fail", True)


def test_where_nobody_listens_it_depends_on_whether_a_console_was_here(tmp_path: Path) -> None:
    closed = ConsoleSettings(listen=f"127.0.0.1:{free_port()}")
    store = tmp_path / "store.db"
    assert ports.console(closed, None).state == "skipped"
    assert ports.console(closed, str(store)).state == "skipped"
    assert ports.console(closed, "postgresql://db/x").state == "skipped"
    store.touch()
    assert ports.console(closed, str(store)).state == "warn"
    assert ports.console(ConsoleSettings(listen="nowhere"), None).state == "fail"


def test_figures_are_served_by_ours_or_by_another() -> None:
    settings = MetricsSettings(listen=f"127.0.0.1:{free_port()}")
    assert ports.figures(settings).state == "skipped"
    with serving(settings, Meters("worker"), Probes(lambda: True)):
        assert ports.figures(settings).state == "ok"
        found = ports.console(ConsoleSettings(listen=settings.listen), None)
        assert (found.state, "figures of a worker" in found.seen) == ("fail", True)
    for reply, seen in ((probe("ok"), "there is a console"), (lambda _: SOMEBODY, "another")):
        with answering(reply) as place:
            found = ports.figures(MetricsSettings(listen=place))
            assert (found.state, seen in found.seen) == ("fail", True)
    assert ports.figures(MetricsSettings()).state == "skipped"
    assert ports.figures(MetricsSettings(listen="nowhere")).state == "fail"


def test_one_that_never_ends_its_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        assert ports.console(ConsoleSettings(listen=place), None).state == "fail"


def test_brokers_of_two_clusters_are_no_list_of_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = {"a": "one", "b": "two", "c": None, "d": "one"}
    monkeypatch.setattr(broker, "cluster_id", lambda host, _port: clusters[host])

    def outcome(bootstrap: str) -> tuple[str, str | None]:
        check, cluster = broker.reached(KafkaSettings(bootstrap=bootstrap))
        return check.state, cluster

    assert outcome("a:9092,d:9092") == ("ok", "one")
    assert outcome("c:9092,a:9092,d:9092") == ("warn", "one")
    assert outcome("a:9092,b:9092")[0] == "fail"
    check, _ = broker.reached(KafkaSettings(bootstrap="c:9092,a:9092,b:9093"))
    assert "a:9092 answers as cluster one, b:9093 as another" in check.seen
