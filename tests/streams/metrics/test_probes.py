"""Probes: one word, the right one, by whatever it takes; and who reaches the port gets no more."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from streams.config.operation import MetricsSettings
from streams.config.settings import KafkaSettings, load_settings
from streams.config_error import ConfigError
from streams.metrics import server
from streams.metrics.broker_look import BrokerLook
from streams.metrics.meters import Meters
from streams.metrics.probes import OK, REASONS, SILENT_S, STUCK_S, Probes
from streams.metrics.server import serving


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """Probes with a clock and a broker of the test's own."""

    def __init__(self) -> None:
        self.clock, self.broker = Clock(), True
        self.probes = Probes(lambda: self.broker, self.clock)

    def words(self) -> tuple[str, str]:
        return self.probes.live(), self.probes.ready()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_it_is_live_before_it_is_ready(stage: Stage) -> None:
    stage.clock.now = 10 * SILENT_S
    assert stage.words() == (OK, "starting")
    stage.probes.tick()
    assert stage.words() == (OK, OK)


def test_an_event_loop_that_stands_still_is_found_out(stage: Stage) -> None:
    stage.probes.tick()
    stage.clock.now = STUCK_S
    assert stage.words() == (OK, OK)
    stage.clock.now += 1
    assert stage.words() == ("stuck", "stuck")


def test_signs_of_life_must_go_on_while_there_is_a_broker(stage: Stage) -> None:
    stage.probes.sign()
    stage.clock.now = SILENT_S + 1
    stage.probes.tick()
    assert stage.words() == ("silent", "silent")
    # A restart would bring no broker back.
    stage.broker = False
    assert stage.words() == (OK, "broker_away")


def test_the_first_check_that_is_not_met_is_named(stage: Stage) -> None:
    found = {"a": OK, "b": OK}
    stage.probes.tick()
    stage.probes.check(lambda: found["a"])
    stage.probes.check(lambda: found["b"])
    assert stage.probes.ready() == OK
    found |= {"a": "restoring", "b": "stopping"}
    assert stage.words() == (OK, "restoring")
    assert set(found.values()) <= set(REASONS)


def test_a_broker_is_asked_every_few_seconds_at_most() -> None:
    clock, asked = Clock(), []

    def look(kafka: KafkaSettings) -> bool:
        asked.append(kafka)
        if len(asked) == 2:
            raise ConfigError("a file is missing")
        return True

    broker = BrokerLook(KafkaSettings(), look, clock)
    assert [broker(), broker(), len(asked)] == [True, True, 1]
    clock.now = 6.0
    assert [broker(), broker(), len(asked)] == [False, False, 2]


@pytest.fixture
def served(stage: Stage) -> Iterator[tuple[Stage, str]]:
    with serving(MetricsSettings(listen="127.0.0.1:0"), Meters("worker"), stage.probes) as place:
        assert place is not None
        yield stage, f"http://127.0.0.1:{place[1]}"


def test_what_is_served(served: tuple[Stage, str]) -> None:
    stage, url = served
    assert httpx.get(f"{url}/metrics").text.startswith("# HELP ")
    assert httpx.get(f"{url}/livez").text == "ok\n"
    answer = httpx.get(f"{url}/readyz")
    assert (answer.status_code, answer.text) == (503, "starting\n")
    stage.probes.tick()
    assert httpx.get(f"{url}/readyz?verbose").status_code == 200
    assert httpx.get(f"{url}/etc/passwd").status_code == 404
    assert httpx.head(f"{url}/livez").content == b""
    assert httpx.post(f"{url}/livez").status_code == 501
    assert "Python" not in answer.headers["server"]


def test_who_says_nothing_keeps_nobody_out_for_long(served: tuple[Stage, str]) -> None:
    """Half-open connections beyond the bound are closed, and all others after a while."""
    _, url = served
    port = int(url.rpartition(":")[2])
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    try:
        more = socket.create_connection(("127.0.0.1", port))
        more.settimeout(60)
        assert more.recv(1) == b"", "one too many is closed at once"
        more.close()
        for one in idle:
            one.settimeout(60)
            assert one.recv(1) == b"", "closed when nothing came"
        assert httpx.get(f"{url}/livez", timeout=60).text == "ok\n"
    finally:
        for one in idle:
            one.close()


def _trickle(slow: socket.socket) -> None:
    """Each byte comes well within the socket's own time."""
    for _ in range(200):
        slow.send(b"G")
        time.sleep(0.1)


def test_who_sends_a_byte_now_and_then_is_ended_too(
    served: tuple[Stage, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_PATIENCE_S", 0.2)
    port = int(served[1].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(60)
        with pytest.raises(ConnectionError):
            _trickle(slow)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"listen": "0.0.0.0:9340"}, "metrics.beyond_loopback"),
        ({"listen": "worker-1.example:9340"}, "reached from other computers"),
        ({"listen": "9340"}, "give HOST:PORT"),
        ({"listen": "127.0.0.1"}, "give HOST:PORT"),
        ({"listen": "a@127.0.0.1:1"}, "give HOST:PORT"),
        ({"listen": "127.0.0.1:1", "port": True}, "can't listen"),
    ],
)
def test_where_it_does_not_listen(settings: dict[str, str | bool], words: str) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    if settings.pop("port", False):
        settings["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
    wanted = MetricsSettings(**settings)
    with (
        taken,
        pytest.raises(ConfigError, match=words),
        serving(wanted, Meters("worker"), Probes(lambda: True)),
    ):
        pass


def test_beyond_loopback_it_listens_when_the_settings_ask_for_it() -> None:
    wanted = MetricsSettings(listen="0.0.0.0:0", beyond_loopback=True)
    with serving(wanted, Meters("worker"), Probes(lambda: True)) as place:
        assert place is not None
    assert load_settings(env={}).metrics == MetricsSettings(), "by default nowhere"
    with serving(MetricsSettings(), Meters("worker"), Probes(lambda: True)) as place:
        assert place is None
